"""A gateway's yes by somebody else's token, for another request, twice, or by a question bent on the way."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from kiosk.service.store import applications, people
from kiosk.service.store.schema import openid_grant, stepup_grant
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.gateway import BASE, URI, gateway
from tests.fakes.openid import register
from tests.fakes.service import Hospital

EXPORT = {"action": "record.export", "resource": "Patient/123"}


async def test_another_gateway_learns_nothing_of_a_token_and_uses_nothing_up(either: Hospital) -> None:
    asked = await gateway(either)
    sign_in, approval = (await asked.wing.tokens())["access_token"], await asked.approval()
    other = await register(either, "other", "urn:other", auth="client_secret_basic")
    for token, wanted in ((sign_in, {}), (approval, EXPORT), (approval, {**EXPORT, "action": "bulk.print"})):
        answer = await either.http.post("/v1/verify", json={"token": token, **wanted}, headers=other.shown()[1])
        assert (answer.json()["decision"], answer.json()["reason"]) == (False, "invalid_token")
    assert await either.trail("token_redeemed") == []
    assert (await asked.asks(approval, **EXPORT))["decision"]


async def test_a_token_never_chooses_what_is_asked(service: Hospital) -> None:
    """A sign-in is no approval and an approval is no sign-in, whatever the action is called."""
    asked = await gateway(service)
    sign_in, approval = (await asked.wing.tokens())["access_token"], await asked.approval(action="app.use")
    assert (await asked.asks(sign_in, **EXPORT))["reason"] == "approval_needed"
    assert (await asked.asks(approval))["reason"] == "sign_in_needed"
    id_token = (await asked.wing.tokens())["id_token"]
    refresh = (await asked.wing.tokens())["refresh_token"]
    client = asked.wing.app.client
    await client.sign_on()
    for token in (id_token, refresh, str(client.token), "", "x.y.z", sign_in[:-2] + "AA", "é"):
        assert (await asked.asks(token))["reason"] == "invalid_token"


async def test_an_approval_is_used_once_by_many_at_once(either: Hospital) -> None:
    asked = await gateway(either)
    token = await asked.approval()
    said = await asyncio.gather(*(asked.asks(token, **EXPORT) for _ in range(8)))
    assert sorted(answer["decision"] for answer in said) == [False] * 7 + [True]


async def test_redeemed_is_used_and_used_is_redeemed(service: Hospital) -> None:
    asked = await gateway(service)
    client = asked.wing.app.client
    first, second = await asked.approval(), await asked.approval()
    assert (await client.post("/v1/tokens/redeem", {"token": first})).status == 200
    assert (await asked.asks(first, **EXPORT))["reason"] == "already_used"
    assert (await asked.asks(second, **EXPORT))["decision"]
    assert (await client.post("/v1/tokens/redeem", {"token": second})).code == "already_used"


async def test_a_stolen_bound_token_is_nothing_without_its_key(service: Hospital) -> None:
    asked = await gateway(service)
    token, holder = await asked.bound()
    thief = service.client()
    thief.base, thief.nonce = BASE, holder.nonce
    proofs = {
        "of another key": thief.proof("GET", "/export", ath=token),
        "of another token": holder.proof("GET", "/export", ath="another"),
        "of another address": holder.proof("GET", "/export/all", ath=token),
        "of another host": holder.proof("GET", "/export", ath=token, htu="https://evil.example/export"),
        "of this service": holder.proof("GET", "/export", ath=token, htu=f"{ORIGIN}/export"),
        "of another method": holder.proof("POST", "/export", ath=token),
        "of long ago": holder.proof("GET", "/export", ath=token, iat=NOW - 301),
        "none": "x",
    }
    for proof in proofs.values():
        said = await asked.asks(token, request={"method": "GET", "uri": URI, "proof": proof})
        assert (said["decision"], said["reason"]) == (False, "bad_proof")
    plain = (await asked.wing.tokens())["access_token"]
    good = holder.proof("GET", "/export", ath=plain)
    assert (await asked.asks(plain, request={"method": "GET", "uri": URI, "proof": good}))["reason"] == "bad_proof"


async def test_what_made_a_token_is_looked_at_again(either: Hospital) -> None:
    asked = await gateway(either)
    sign_in, approval = (await asked.wing.tokens())["access_token"], await asked.approval()
    await either.db.write(people.set_active, asked.wing.ward.person, False)
    assert (await asked.asks(sign_in))["reason"] == "ended"
    assert (await asked.asks(approval, **EXPORT))["reason"] == "suspended"
    assert [(row["result"], row["reason"]) for row in await either.trail("token_redeemed")] == [
        ("refused", "suspended")
    ]


async def test_an_application_that_was_revoked_is_told_nothing(service: Hospital) -> None:
    asked = await gateway(service)
    token = (await asked.wing.tokens())["access_token"]
    client = asked.wing.app.client
    assert (await client.post("/v1/verify", {"token": token})).body["decision"]
    await service.db.write(applications.revoke, asked.wing.app.id)
    assert (await asked.asks(token))["status"] == 401
    body = json.dumps({"token": token}).encode()
    headers = {**client.signed("POST", "/v1/verify", body), "Content-Type": "application/json"}
    answer = await service.http.post("/v1/verify", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


async def test_who_has_no_secret_is_no_gateway(service: Hospital) -> None:
    asked = await gateway(service)
    token = (await asked.wing.tokens())["access_token"]
    open_app = await register(service, "open", "urn:open", auth="none")
    keyed = await register(service, "keyed", "urn:keyed")
    heads: list[dict[str, str]] = [
        {},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"DPoP {token}"},
        {"Authorization": "Basic"},
        {"Authorization": "Basic é"},
        *({"Authorization": f"Basic {_basic(name, 'x')}"} for name in (asked.wing.app.id, open_app.id, keyed.id, "")),
        {"Authorization": f"Basic {_basic(open_app.id, '')}"},
    ]
    for sent in heads:
        answer = await service.http.post("/v1/verify", json={"token": token}, headers=_raw(sent))
        assert (answer.status_code, "decision" in answer.json()) == (401, False), sent
        asking = await service.http.get("/v1/verify/request", headers=_raw({**sent, "Kiosk-Token": token}))
        assert asking.status_code == 400, "a browser behind the proxy must not be asked for a password"
    station = await asked.wing.ward.station.post("/v1/verify", {"token": token})
    assert (station.status, station.code) == (403, "not_an_application")


def _basic(name: str, secret: str) -> str:
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


def _raw(headers: dict[str, str]) -> dict[str, bytes]:
    return {name: value.encode("latin-1") for name, value in headers.items()}


async def test_a_gateway_that_shows_one_token_for_everything_is_held_back(service: Hospital) -> None:
    asked = await gateway(service)
    token = await asked.approval()
    few = replace(service.service.budgets, application_rows=3)
    service.app.state.service = replace(service.service, budgets=few)
    said: list[dict[str, Any]] = [await asked.asks(token, **{**EXPORT, "action": "bulk.print"}) for _ in range(6)]
    assert [answer["status"] for answer in said] == [200, 200, 200, 429, 429, 429]
    assert len(await service.trail("token_redeemed")) == 3


@pytest.mark.parametrize(("table", "values"), [(openid_grant, {"acr": "phrh"}), (stepup_grant, {"redeemed": None})])
async def test_a_row_that_somebody_wrote_is_no_yes(service: Hospital, table: Any, values: dict[str, Any]) -> None:
    asked = await gateway(service)
    sign_in, approval = (await asked.wing.tokens())["access_token"], await asked.approval()
    assert (await asked.asks(approval, **EXPORT))["decision"]
    service.tampered = True
    await service.db.write(lambda conn: conn.execute(update(table).values(**values)))
    wanted = EXPORT if table is stepup_grant else {"acr": "phrh"}
    said = await asked.asks(approval if table is stepup_grant else sign_in, **wanted)
    assert (said["status"], said["code"]) == (403, "integrity")


@pytest.mark.parametrize(
    "bent",
    [
        {"Kiosk-Token": "two"},
        {"Kiosk-Method": "POST"},
        {"Kiosk-Uri": "https://evil.example/export"},
        {"DPoP": "two"},
    ],
)
async def test_a_header_that_comes_twice_counts_as_none(service: Hospital, bent: dict[str, str]) -> None:
    asked = await gateway(service)
    token, holder = await asked.bound()
    sent = [
        *asked.basic.items(),
        ("Kiosk-Token", token),
        ("Kiosk-Method", "GET"),
        ("Kiosk-Uri", URI),
        ("DPoP", holder.proof("GET", "/export", ath=token)),
    ]
    answer = await service.http.get("/v1/verify/request", headers=[*bent.items(), *sent])
    assert answer.status_code in (400, 401)
    sent[-1] = ("DPoP", holder.proof("GET", "/export", ath=token))
    assert (await service.http.get("/v1/verify/request", headers=sent)).status_code == 204
    for query in ("acr=phr&acr=urn:kiosk:pin", "maxage=1", "max_age=-1", "max_age=x", "acr=gold"):
        sent[-1] = ("DPoP", holder.proof("GET", "/export", ath=token))
        answer = await service.http.get(f"/v1/verify/request?{query}", headers=sent)
        assert answer.status_code in (400, 422), query
