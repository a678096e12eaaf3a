"""A person's own program gets a token for an audience that an administrator opened (RFC 8693), and no other."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from kiosk.service.store import backchannel_clients
from tests.fakes.asking import Ward, make
from tests.fakes.client import NOW, Answer, Client
from tests.fakes.openid import AUDIENCE, OpenIdApp, register
from tests.fakes.service import Hospital

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
PROGRAM = "/opt/export/bin/export"


class Desk:
    """Ada at work, and the application "chart"."""

    def __init__(self, ward: Ward, app: OpenIdApp) -> None:
        self.ward, self.app = ward, app

    async def subject(self, **bent: Any) -> Answer:
        """What the workstation attests."""
        said = {"session": self.ward.session, "audience": AUDIENCE, "program": PROGRAM, **bent}
        return await self.ward.station.post("/v1/openid/subject", said)

    async def exchange(self, subject: str, *, dpop: Client | None = None, **bent: Any) -> Any:
        """What is answered for a subject token."""
        form = {"grant_type": EXCHANGE, "subject_token": subject, "audience": AUDIENCE}
        form |= {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt", **bent}
        http, headers = self.ward.hospital.http, dict[str, str]()
        for _ in range(2):
            if dpop is not None:
                headers = {"DPoP": dpop.proof("POST", "/oauth/token")}
            answer = await http.post("/oauth/token", data=form, headers=headers)
            if dpop is None or answer.status_code == 200:
                break
            dpop.nonce = answer.headers["DPoP-Nonce"]
        return answer

    async def prove(self, said: dict[str, Any]) -> str:
        """The step-up that the doorbell asks for in the program's name; its request id."""
        ask = {"action": said["action"], "resource": said["resource"], "records": 0, "audience": AUDIENCE}
        view = await self.ward.station.step_up(self.ward.session, program=PROGRAM, purpose=None, **ask)
        assert view.body["state"] == "prove", view.body
        done = await self.ward.by_key(view)
        return str(done.body["id"])


async def desk(hospital: Hospital, acr: str | None = "urn:kiosk:identified", **rules: Any) -> Desk:
    ward = await make(hospital)
    app = await register(hospital, **rules)
    if acr is not None:
        await hospital.db.write(backchannel_clients.open_audience, app.id, acr, NOW)
    return Desk(ward, app)


async def test_a_program_gets_a_short_token_for_that_audience_alone(either: Hospital) -> None:
    made = await desk(either)
    said = (await made.subject()).body
    assert (said["decision"], said["expires_in"]) == ("given", 60)
    answer = await made.exchange(said["subject_token"])
    given = answer.json()
    assert answer.status_code == 200, given
    assert given["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert (given["token_type"], given["expires_in"], given["scope"]) == ("Bearer", 300, "openid")
    claims = await made.app.read(given["access_token"], "at+jwt")
    assert (claims["aud"], claims["sub"], claims["acr"]) == (AUDIENCE, made.ward.person, "urn:kiosk:pin")
    assert (await made.app.introspect(given["access_token"]))["active"] is True
    row = (await either.trail("program_token"))[-1]
    assert (row["result"], row["login"], row["detail"]["program"]) == ("success", "ada", PROGRAM)
    assert (await either.trail("token_exchanged"))[-1]["detail"]["app"] == "chart"


async def test_it_is_bound_to_the_program_s_own_key(service: Hospital) -> None:
    made, key = await desk(service), service.client()
    subject = (await made.subject()).body["subject_token"]
    given = (await made.exchange(subject, dpop=key)).json()
    claims = await made.app.read(given["access_token"], "at+jwt")
    assert (given["token_type"], claims["cnf"]) == ("DPoP", {"jkt": key.key.thumbprint()})
    subject = (await made.subject()).body["subject_token"]
    given = (await made.exchange(subject, dpop_jkt="A" * 43)).json()
    claims = await made.app.read(given["access_token"], "at+jwt")
    assert claims["cnf"] == {"jkt": "A" * 43}


async def test_who_asks_for_more_gets_it_by_a_proof(service: Hospital) -> None:
    made = await desk(service)
    said = (await made.subject(acr="phr")).body
    assert (said["decision"], said["action"], said["resource"]) == ("step_up", "app.sign_in.phr", "Chart")
    proved = await made.prove(said)
    said = (await made.subject(acr="phr", step_up=proved)).body
    claims = await made.app.read((await made.exchange(said["subject_token"])).json()["access_token"], "at+jwt")
    assert (claims["acr"], claims["amr"]) == ("phr", ["pop", "pin", "mfa"])
    assert (await made.subject(acr="phr", step_up=proved)).body["reason"] == "access_denied", "it is used up"


async def test_what_the_audience_wants_at_least_is_asked_for(service: Hospital) -> None:
    made = await desk(service, acr="urn:kiosk:mfa")
    assert (await made.subject(acr="urn:kiosk:identified")).body["decision"] == "step_up"


@pytest.mark.parametrize(
    ("bent", "reason"),
    [({"audience": "urn:other"}, "not_open"), ({"session": "another"}, "not_active")],
)
async def test_no_other_audience_and_no_other_session(service: Hospital, bent: dict[str, str], reason: str) -> None:
    made = await desk(service)
    said = (await made.subject(**bent)).body
    assert (said["decision"], said["reason"]) == ("refused", reason)


async def test_an_audience_that_nobody_opened_is_closed(service: Hospital) -> None:
    made = await desk(service, acr=None)
    assert (await made.subject()).body["reason"] == "not_open"
    assert (await service.trail("program_token"))[-1]["reason"] == "not_open"


async def test_only_whose_role_it_is(service: Hospital) -> None:
    made = await desk(service, roles=("physician",))
    assert (await made.subject()).body["reason"] == "access_denied"


async def test_a_subject_token_counts_once_and_for_a_minute(either: Hospital) -> None:
    made = await desk(either)
    subject = (await made.subject()).body["subject_token"]
    assert (await made.exchange(subject)).status_code == 200
    assert (await made.exchange(subject)).json()["error"] == "invalid_grant"
    late = (await made.subject()).body["subject_token"]
    either.clock.pass_by(60)
    assert (await made.exchange(late)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("bent", "error"),
    [
        ({"audience": "urn:other"}, "invalid_target"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
    ],
)
async def test_an_exchange_that_makes_no_sense(service: Hospital, bent: dict[str, Any], error: str) -> None:
    made = await desk(service)
    answer = await made.exchange((await made.subject()).body["subject_token"], **bent)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_no_other_kind_of_token_is_a_subject_token(service: Hospital) -> None:
    """``typ`` parts them (RFC 8725 section 3.11)."""
    made = await desk(service)
    access = (await made.exchange((await made.subject()).body["subject_token"])).json()["access_token"]
    step_up = await made.ward.station.step_up(made.ward.session)
    approved = (await made.ward.by_key(step_up, "transfer of care")).body["grant"]["token"]
    for token in (access, approved, made.ward.station.token or "", json.dumps({})):
        assert (await made.exchange(token)).json()["error"] == "invalid_grant"
    subject = (await made.subject()).body["subject_token"]
    assert await made.app.introspect(subject) == {"active": False}


async def test_its_end_is_the_session_s(service: Hospital) -> None:
    made = await desk(service)
    given = (await made.exchange((await made.subject()).body["subject_token"])).json()
    waiting = (await made.subject()).body["subject_token"]
    report = {"id": str(uuid.uuid4()), "action": "session_end", "at": NOW, "session": made.ward.session, "detail": {}}
    await made.ward.station.post("/v1/reports", {"reports": [{**report, "reason": "sign_out"}]})
    assert await made.app.introspect(given["access_token"]) == {"active": False}
    assert (await made.exchange(waiting)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "bent",
    [{"resource": "Patient/1"}, {"records": 5}, {"action": "app.sign_in.other"}],
)
async def test_a_program_asks_for_no_sign_in_but_one_of_an_open_audience(
    service: Hospital, bent: dict[str, Any]
) -> None:
    made = await desk(service)
    ask = {"action": "app.sign_in", "resource": "Chart", "records": 0, "audience": AUDIENCE, "purpose": None, **bent}
    view = await made.ward.station.step_up(made.ward.session, program=PROGRAM, **ask)
    assert (view.body["state"], view.code) == ("refused", "policy")
