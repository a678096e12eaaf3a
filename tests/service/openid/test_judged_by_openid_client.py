"""npm's openid-client and jose, in a Node of their own, against a real service over TLS: found by discovery, code with
PKCE, pushed, bound by DPoP, refreshed, looked at, given back; CIBA by polls and by a ping; tokens read by jose."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.openid_clients import OpenIdRules
from tests.fakes import attacked_service, judges
from tests.fakes.judges import AUDIENCE, JudgedWard, JudgeRefusedError, NodeJudge
from tests.fakes.openid import CALLBACK
from tests.fakes.ping_receiver import PingReceiver
from tests.fakes.server_logins import Rooms

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOKEN = "8d67dc78-7faa-4d41-aabd-67707b374255"
ACT = {"type": "kiosk_act", "action": "record.export", "resource": "Patient/123", "records": 2}


@dataclass
class Court:
    """``node`` speaks for the application of ``ward``; ``receiver`` is pinged."""

    ward: JudgedWard
    node: NodeJudge
    receiver: PingReceiver
    about: dict[str, Any]

    async def signed_in(self, **more: str) -> dict[str, Any]:
        """By a pushed request, as its rules want."""
        back = await self.ward.in_a_browser(await self.node.call("begin", pushed=True, **more))
        return dict(await self.node.call("finish", url=back))

    async def asked(self) -> dict[str, Any]:
        """The question that the server's request becomes at the station."""
        sent = {"login_hint": "ada", "binding_message": "Ward 3", "authorization_details": json.dumps([ACT])}
        said = await self.node.call("ask", **sent, client_notification_token=TOKEN, requested_expiry="120")
        assert said["auth_req_id"]
        ada = self.ward.ada
        listed = (await ada.station.get(f"/v1/sessions/{ada.session}/asked")).body["questions"]
        [question] = [each for each in listed if each["id"] not in ada.answered]
        ada.answered.add(str(question["id"]))
        return dict(question)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Court]:
    judges.needed()
    folder = tmp_path_factory.mktemp("court")
    receiver = PingReceiver(folder)
    rules = f'[openid]\nloopback = true\nca_file = "{receiver.ca}"\n'
    try:
        async with attacked_service.ward(folder / "ward", ["ada"], rules=rules) as ward:
            rooms = Rooms(ward, folder)
            rooms.give_codes("ada")
            chart = OpenIdRules("Chart", (CALLBACK,), dpop=True, pushed=True)
            made = await judges.judged(rooms, chart, BackchannelRules("ping", receiver.uri, ("record.export",)))
            async with judges.node_judge(folder, made.trust) as node:
                about = await node.call("discover", **_mine(made), dpop=True)
                yield Court(made, node, receiver, about)
    finally:
        receiver.close()


def _mine(made: JudgedWard) -> dict[str, Any]:
    key = made.key.as_dict(private=True)
    return {"issuer": made.base, "client_id": made.client_id, "key": key, "redirect_uri": CALLBACK}


async def test_code_pkce_par_private_key_jwt_and_dpop(court: Court) -> None:
    tokens = await court.signed_in()
    claims = tokens["claims"]
    assert (tokens["token_type"], claims["acr"]) == ("dpop", "urn:kiosk:pin")
    who = await court.node.call("userinfo", token=tokens["access_token"], subject=claims["sub"])
    assert who["preferred_username"] == "ada"
    renewed = await court.node.call("refresh", token=tokens["refresh_token"])
    assert renewed["claims"]["sub"] == claims["sub"]
    worth = await court.node.call("introspect", token=renewed["access_token"])
    assert (worth["active"], worth["cnf"]["jkt"]) == (True, await court.node.call("thumbprint"))
    await court.node.call("revoke", token=renewed["refresh_token"])
    assert await court.node.call("introspect", token=renewed["access_token"]) == {"active": False}


async def test_a_refresh_token_that_comes_twice_ends_the_sign_in(court: Court) -> None:
    tokens = await court.signed_in()
    renewed = await court.node.call("refresh", token=tokens["refresh_token"])
    with pytest.raises(JudgeRefusedError, match="invalid_grant"):
        await court.node.call("refresh", token=tokens["refresh_token"])
    assert await court.node.call("introspect", token=renewed["access_token"]) == {"active": False}


async def test_jose_reads_each_token_by_the_published_keys(court: Court) -> None:
    tokens = await court.signed_in()
    wanted = {"issuer": court.ward.base, "algorithms": ["ES256"]}
    read = await court.node.call("verify", token=tokens["id_token"], audience=court.ward.client_id, **wanted)
    assert read["payload"]["nonce"]
    read = await court.node.call("verify", token=tokens["access_token"], audience=AUDIENCE, typ="at+jwt", **wanted)
    assert read["payload"]["cnf"]["jkt"] == await court.node.call("thumbprint")
    for bent in ({"audience": "urn:other"}, {"audience": AUDIENCE, "typ": "JWT"}):
        with pytest.raises(JudgeRefusedError, match="unexpected"):
            await court.node.call("verify", token=tokens["access_token"], **{**wanted, **bent})


async def test_a_proof_made_by_jose_opens_and_a_bent_one_does_not(court: Court) -> None:
    token, url = (await court.signed_in())["access_token"], court.about["userinfo_endpoint"]
    assert (await court.node.call("use", token=token, url=url))["status"] == 200
    for bent in ({"htm": "POST"}, {"htu": f"{court.ward.base}/oauth/token"}, {"ath": "A" * 43}, {"iat": 1}):
        refused = await court.node.call("use", token=token, url=url, bent=bent)
        assert refused["status"] == 401, (bent, refused)


async def test_the_library_takes_no_answer_of_another_state_nonce_or_issuer(court: Court) -> None:
    back = await court.ward.in_a_browser(await court.node.call("begin", pushed=True))
    for url, bent in (
        (back, {"expectedState": "another"}),
        (back.replace("iss=https", "iss=http"), {}),
        (back, {"expectedNonce": "another"}),
    ):
        with pytest.raises(JudgeRefusedError) as caught:
            await court.node.call("finish", url=url, **bent)
        assert "unexpected" in caught.value.said["message"], caught.value.said


async def test_a_request_that_was_not_pushed_is_refused_as_it_wants(court: Court) -> None:
    async with court.ward.ada.station.http.stream("GET", await court.node.call("begin")) as answer:
        assert answer.status_code == 303
        assert "error=invalid_request" in answer.headers["location"]
        assert answer.headers["location"].startswith(CALLBACK)


async def test_ciba_by_polls(court: Court) -> None:
    question = await court.asked()
    waiting = asyncio.create_task(court.node.call("poll"))
    await court.ward.ada.approve(question)
    tokens = await waiting
    assert tokens["claims"]["acr"] == "urn:kiosk:mfa"
    assert tokens["authorization_details"] == [ACT]
    assert tokens["token_type"] == "dpop"


async def test_ciba_by_a_ping(court: Court) -> None:
    court.receiver.got.clear()
    court.receiver.came.clear()
    question = await court.asked()
    with pytest.raises(JudgeRefusedError, match="authorization_pending"):
        await court.node.call("fetch")
    await court.ward.ada.approve(question)
    assert await asyncio.to_thread(court.receiver.came.wait, judges.WITHIN)
    [(body, bearer, _)] = court.receiver.got
    assert bearer == f"Bearer {TOKEN}"
    tokens = await court.node.call("fetch")
    assert json.loads(body)["auth_req_id"]
    assert tokens["authorization_details"] == [ACT]
    with pytest.raises(JudgeRefusedError, match="invalid_grant"):
        await court.node.call("fetch")


async def test_its_registry_is_pinned() -> None:
    """Each package by version and hash, and by no address."""
    lock = json.loads((Path(__file__).parents[2] / "judges" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert len(packages) > 3
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in packages)
