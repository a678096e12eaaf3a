"""DPoP proofs and access tokens under attack: every ``/v1`` request, and the token endpoint."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from joserfc import jws

from kiosk.service.store import applications, workstations
from tests.fakes.client import NOW, ORIGIN, Client
from tests.fakes.service import Hospital

PATH = "/v1/workstation"


async def station(service: Hospital) -> Client:
    made = await service.station()
    assert (await made.get(PATH)).status == 200
    return made


@pytest.mark.parametrize(
    "bent",
    [
        {"htm": "POST"},
        {"htu": ORIGIN + "/v1/other"},
        {"htu": "https://evil.example/v1/workstation"},
        {"htu": "http://auth.hospital.example/v1/workstation"},
        {"ath": "AAAA"},
        {"jti": "short"},
        {"jti": "x" * 129},
        {"iat": NOW - 301},
        {"iat": NOW + 301},
        {"iat": "now"},
        {"iat": True},
        {"htm": None},
        {"htu": None},
        {"jti": None},
        {"iat": None},
    ],
    ids=str,
)
async def test_a_bent_proof_is_refused(service: Hospital, bent: dict[str, Any]) -> None:
    client = await station(service)
    answer = await client.get(PATH, client.signed("GET", PATH) | {"DPoP": _bent(client, bent)})
    assert (answer.status, answer.code) == (401, "invalid_dpop_proof")


def _bent(client: Client, bent: dict[str, Any]) -> str:
    return client.proof("GET", PATH, **{"ath": client.token, **bent}) if "ath" not in bent else _wrong_ath(client)


def _wrong_ath(client: Client) -> str:
    return client.proof("GET", PATH, ath="another token")


async def test_a_proof_without_ath_is_refused(service: Hospital) -> None:
    client = await station(service)
    headers = client.signed("GET", PATH) | {"DPoP": client.proof("GET", PATH)}
    assert (await client.get(PATH, headers)).code == "invalid_dpop_proof"


async def test_a_proof_counts_once_on_every_replica(either: Hospital) -> None:
    client = await station(either)
    headers = client.signed("GET", PATH)
    assert (await client.get(PATH, headers)).status == 200
    assert (await client.get(PATH, headers)).code == "invalid_dpop_proof"
    # What a second replica knows is what stands in the database.
    jti = str(uuid.uuid4())
    assert (await client.get(PATH, client.signed("GET", PATH, jti=jti))).status == 200
    assert (await client.get(PATH, client.signed("GET", PATH, jti=jti))).code == "invalid_dpop_proof"


async def test_a_proof_needs_the_services_nonce_and_is_told_it(service: Hospital) -> None:
    client = await station(service)
    for nonce in (None, "made-up"):
        answer = await client.get(PATH, client.signed("GET", PATH, nonce=nonce))
        assert (answer.status, answer.code) == (401, "use_dpop_nonce")
        assert 'error="use_dpop_nonce"' in answer.headers["www-authenticate"]
        assert (await client.get(PATH, client.signed("GET", PATH))).status == 200


async def test_a_nonce_grows_old(service: Hospital) -> None:
    client = await station(service)
    old = client.nonce
    service.clock.pass_by(599)
    assert (await client.get(PATH, client.signed("GET", PATH, nonce=old))).code == "use_dpop_nonce"


@pytest.mark.parametrize("typ", ["JWT", None])
async def test_a_proof_of_another_type_is_refused(service: Hospital, typ: str | None) -> None:
    client = await station(service)
    header = {"alg": "ES256", "jwk": client.jwk} | ({"typ": typ} if typ else {})
    payload = jws.extract_compact(client.proof("GET", PATH, ath=client.token).encode()).payload
    forged = jws.serialize_compact(header, payload, client.key, ["ES256"])
    answer = await client.get(PATH, client.signed("GET", PATH) | {"DPoP": forged})
    assert answer.code == "invalid_dpop_proof"


@pytest.mark.parametrize("proof", ["", "a.b.c", "x" * 5000, "eyJhbGciOiJub25lIn0.e30.", "ÿÿ.ÿÿ.ÿÿ"])
async def test_what_is_no_proof_is_refused(service: Hospital, proof: str) -> None:
    client = await station(service)
    headers = client.signed("GET", PATH) | {"DPoP": proof}
    answer = await client.http.get(PATH, headers=[(k.encode(), v.encode("latin-1")) for k, v in headers.items()])
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_dpop_proof")


async def test_a_stolen_token_is_worth_nothing_under_another_key(service: Hospital) -> None:
    victim, thief = await station(service), await service.station("thief")
    await thief.sign_on()
    thief.token = victim.token
    answer = await thief.get(PATH, thief.signed("GET", PATH))
    assert (answer.status, answer.code) == (401, "invalid_token")


async def test_a_token_as_a_bearer_is_refused(service: Hospital) -> None:
    client = await station(service)
    headers = client.signed("GET", PATH) | {"Authorization": f"Bearer {client.token}"}
    assert (await client.get(PATH, headers)).code == "invalid_token"
    assert (await client.get(PATH, {})).status == 401


async def test_an_access_token_lives_ten_minutes(service: Hospital) -> None:
    client = await station(service)
    service.clock.pass_by(600)
    assert (await client.get(PATH, client.signed("GET", PATH))).code == "invalid_token"


async def test_a_forged_token_is_refused(service: Hospital) -> None:
    client = await station(service)
    assert client.token is not None
    header, payload, signature = client.token.split(".")
    for forged in (f"{header}.{payload}.{signature[:-4]}AAAA", f"{header}.e30.{signature}", "nonsense", "a.b.c"):
        client.token = forged
        assert (await client.get(PATH, client.signed("GET", PATH))).code == "invalid_token"


async def test_a_revoked_workstation_is_refused_at_once_with_its_old_token(either: Hospital) -> None:
    client = await station(either)
    await either.db.write(workstations.revoke, client.client_id, NOW)
    answer = await client.get(PATH, client.signed("GET", PATH))
    assert (answer.status, answer.code) == (401, "station_revoked")
    view = await client.post("/v1/ceremonies", {"presented": {"uid": "04A1B2C3", "kind": "uid"}, "tap": 1})
    assert (view.status, view.code) == (401, "station_revoked")
    refused = await client.ask_token()
    assert (refused.status, refused.code, refused.body["error"]) == (401, "station_revoked", "invalid_client")


async def test_a_revoked_application_is_not_called_a_workstation(either: Hospital) -> None:
    client = await either.application()
    await client.ask_token()  # the first answer gives the nonce
    assert (await client.ask_token()).status == 200
    await either.db.write(applications.revoke, client.client_id)
    refused = await client.ask_token()
    assert (refused.status, refused.code, refused.body["error"]) == (401, "invalid_client", "invalid_client")
    assert refused.body["error_description"].startswith("This application is no longer accepted.")
    assert "workstation" not in refused.body["error_description"]
