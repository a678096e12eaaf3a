"""A server asks a person elsewhere (OpenID CIBA): they approve at their workstation, and its tokens are true."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from kiosk.service.store import backchannel_requests
from kiosk.service.store.backchannel_clients import BackchannelRules
from tests.fakes.asking import ADA
from tests.fakes.backchannel import Asking, asking, look
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.openid import AUDIENCE, register
from tests.fakes.service import Hospital

EXPORT = {"type": "kiosk_act", "action": "record.export", "resource": "Patient/123", "records": 12}
MAY_EXPORT = BackchannelRules(actions=("record.export",))


def details(**bent: Any) -> str:
    return json.dumps([{**EXPORT, **bent}])


async def test_a_question_is_approved_with_a_key_and_the_tokens_are_true(either: Hospital) -> None:
    made = await asking(either)
    asked = await made.ask(binding_message="Ward 3, code 4711")
    assert (asked.status_code, asked.json()["expires_in"], asked.json()["interval"]) == (200, 120, 5)
    secret = asked.json()["auth_req_id"]
    assert (await made.poll(secret)).json()["error"] == "authorization_pending"
    [question] = await made.waiting()
    assert (question["server"], question["message"], question["seconds"]) == ("Chart", "Ward 3, code 4711", 110)
    done = await made.approve()
    assert done.body["grant"]["token"] is None, "what was approved is the server's"
    assert (done.body["server"], done.body["message"]) == ("Chart", "Ward 3, code 4711")
    either.clock.pass_by(5)
    answer = await made.poll(secret)
    tokens = answer.json()
    assert answer.status_code == 200, tokens
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    claims = await made.app.read(tokens["id_token"], "JWT")
    assert len(claims.pop("sid")) == 24
    assert claims == {
        "iss": ORIGIN,
        "aud": made.app.id,
        "sub": made.ward.person,
        "iat": NOW + 5,
        "exp": NOW + 305,
        "acr": "phr",
        "amr": ["pop", "pin", "mfa"],
        "auth_time": NOW,
        "name": "Ada Lovelace",
        "preferred_username": "ada",
    }
    access = await made.app.read(tokens["access_token"], "at+jwt")
    assert (access["aud"], access["client_id"], access["acr"]) == (AUDIENCE, made.app.id, "phr")
    assert (await made.app.introspect(tokens["access_token"]))["active"] is True


async def test_the_trail_tells_the_whole_of_it(service: Hospital) -> None:
    made = await asking(service)
    secret = await made.asked(binding_message="code 4711")
    await made.approve()
    await made.poll(secret)
    asked, answered = (await service.trail("app_asked"))[-1], (await service.trail("app_answered"))[-1]
    assert (asked["result"], asked["login"], asked["detail"]["asks"]) == ("seen", "ada", "app.sign_in")
    assert "message" not in asked["detail"], "whatever a server writes stands in the evidence alone"
    shown = (await service.trail("stepup_asked"))[-1]
    assert (shown["detail"]["server"], shown["detail"]["question"]) == ("Chart", asked["detail"]["question"])
    assert (answered["acr"], answered["detail"]["question"]) == ("phr", asked["detail"]["question"])
    assert (await service.trail("stepup"))[-1]["ceremony"] == answered["ceremony"]


async def test_an_act_is_approved_and_stands_in_the_token(either: Hospital) -> None:
    made = await asking(either, MAY_EXPORT)
    secret = await made.asked(
        authorization_details=details(patients=["Patient/1", "Patient/2"], purpose="audit"),
        scope="openid offline_access",
    )
    [question] = await made.waiting()
    assert (question["ask"]["action"], question["ask"]["patients"]) == ("record.export", ["Patient/1", "Patient/2"])
    view = await made.show()
    await made.ward.by_key(view, "audit")
    tokens = (await made.poll(secret)).json()
    [act] = tokens["authorization_details"]
    assert act == {**EXPORT, "purpose": "audit", "patients": act["patients"]}
    assert act["patients"]["count"] == 2
    access = await made.app.read(tokens["access_token"], "at+jwt")
    assert access["authorization_details"] == [act]
    assert (await made.app.introspect(tokens["access_token"]))["authorization_details"] == [act]
    assert "refresh_token" not in tokens, "an act is approved once"


async def test_tokens_are_bound_to_the_server_s_key(service: Hospital) -> None:
    made = await asking(service, dpop=True)
    key = service.client()
    secret = await made.asked()
    await made.approve()
    assert (await made.poll(secret)).json()["error"] == "invalid_dpop_proof"
    tokens = (await made.poll(secret, dpop=key)).json()
    claims = await made.app.read(tokens["access_token"], "at+jwt")
    assert (tokens["token_type"], claims["cnf"]) == ("DPoP", {"jkt": key.key.thumbprint()})


async def test_a_refresh_token_is_given_where_it_is_a_sign_in(service: Hospital) -> None:
    made = await asking(service)
    secret = await made.asked(scope="openid offline_access")
    await made.approve()
    tokens = (await made.poll(secret)).json()
    assert (await made.app.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_no_is_a_no(either: Hospital) -> None:
    made = await asking(either)
    secret = await made.asked()
    await made.refuse()
    assert (await made.poll(secret)).json()["error"] == "access_denied"
    assert await made.waiting() == []


async def test_who_polls_too_often_is_slowed_down(service: Hospital) -> None:
    made = await asking(service)
    secret = await made.asked()
    said = []
    for wait in (4, 1, 9, 10):
        said.append((await made.poll(secret)).json()["error"])
        service.clock.pass_by(wait)
    assert said == ["authorization_pending", "slow_down", "slow_down", "slow_down"]
    service.clock.pass_by(20)
    assert (await made.poll(secret)).json()["error"] == "authorization_pending"


@pytest.mark.parametrize(("asked", "told"), [("1", 60), ("90", 90), ("100000", 600)])
async def test_a_question_ends_by_itself(service: Hospital, asked: str, told: int) -> None:
    made = await asking(service)
    answer = (await made.ask(requested_expiry=asked)).json()
    assert answer["expires_in"] == told
    service.clock.pass_by(told - 30)
    assert await made.waiting() == [], "too late to be read and answered"
    service.clock.pass_by(30)
    assert (await made.poll(answer["auth_req_id"])).json()["error"] == "expired_token"


async def test_the_acr_that_is_asked_for_is_what_is_proved(service: Hospital) -> None:
    made = await asking(service, MAY_EXPORT)
    await made.asked(acr_values="phr", authorization_details=details())
    view = await made.show()
    assert [offer["method"] for offer in view.body["offers"]] == ["fido2"], "a PIN and a code would do for 12 records"


async def test_without_an_acr_two_factors_are_asked_for(service: Hospital) -> None:
    made = await asking(service, MAY_EXPORT)
    await service.totp(made.ward.person)
    await made.asked(authorization_details=details())
    view = await made.show()
    assert [offer["method"] for offer in view.body["offers"]] == ["fido2", "pin"]


async def test_whom_by_id_token_or_by_id(service: Hospital) -> None:
    made = await asking(service)
    secret = await made.asked(login_hint=made.ward.person)
    await made.approve()
    hint = (await made.poll(secret)).json()["id_token"]
    service.clock.pass_by(3600)
    await made.asked(login_hint=None, id_token_hint=hint)
    assert len(await made.waiting()) == 1


@pytest.mark.parametrize(
    ("bent", "status", "error"),
    [
        ({"scope": "profile"}, 400, "invalid_scope"),
        ({"login_hint": None}, 400, "invalid_request"),
        ({"id_token_hint": "e30.e30.x"}, 400, "invalid_request"),
        ({"login_hint": None, "login_hint_token": "x"}, 400, "invalid_request"),
        ({"login_hint": None, "id_token_hint": "e30.e30.x"}, 400, "invalid_request"),
        ({"login_hint": "nobody"}, 400, "unknown_user_id"),
        ({"requested_expiry": "0"}, 400, "invalid_request"),
        ({"requested_expiry": "-5"}, 400, "invalid_request"),
        ({"acr_values": "urn:unknown"}, 400, "invalid_request"),
        ({"request": "e30.e30."}, 400, "invalid_request"),
        ({"request_uri": "https://x.example/"}, 400, "invalid_request"),
        ({"authorization_details": "{}"}, 400, "invalid_authorization_details"),
        ({"authorization_details": details(action="record.print")}, 400, "invalid_authorization_details"),
        ({"authorization_details": details(type="other")}, 400, "invalid_authorization_details"),
        ({"authorization_details": details(locations=["x"])}, 400, "invalid_authorization_details"),
        ({"authorization_details": details(records=-1)}, 400, "invalid_authorization_details"),
        ({"authorization_details": details(labels=["rumour"])}, 400, "invalid_authorization_details"),
        ({"authorization_details": json.dumps([EXPORT, EXPORT])}, 400, "invalid_authorization_details"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    service: Hospital, bent: dict[str, str | None], status: int, error: str
) -> None:
    made = await asking(service, MAY_EXPORT)
    answer = await made.ask(**bent)
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert await made.waiting() == []


async def test_only_who_may_is_asked_by_only_who_may(service: Hospital) -> None:
    made = await asking(service, roles=("physician",))
    answer = await made.ask()
    assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")
    made.app = await register(service, "other", "urn:other")
    assert (await made.ask()).json()["error"] == "unauthorized_client"


async def test_the_workstation_is_told_at_once_and_whoever_comes_later_too(either: Hospital) -> None:
    made = await asking(either)
    station = made.ward.station.client_id
    await made.asked()
    assert await told(either, station) == 1
    await look(either)
    assert await told(either, station) == 1, "not every half second"
    either.clock.pass_by(backchannel_requests.AGAIN)
    await look(either)
    assert await told(either, station) == 2
    # They come to another workstation: it waits for them there.
    other = await either.station("ward-4", "Ward 4")
    made.ward.station, made.ward.session = other, await other.open(ADA)
    await look(either)
    either.clock.pass_by(backchannel_requests.AGAIN)
    await look(either)
    assert await told(either, other.client_id) == 1
    assert len(await made.waiting()) == 1


async def told(hospital: Hospital, station: str) -> int:
    """How often that workstation was told of questions."""
    from kiosk.service.store import events

    found = await hospital.db.read(events.missed, station, 0)
    return sum(event.kind == "asked" for event in found)


async def test_somebody_who_is_nowhere_is_asked_once_they_come(service: Hospital) -> None:
    made = await asking(service)
    await lock(made)
    secret = await made.asked()
    assert (await made.poll(secret)).json()["error"] == "authorization_pending"
    assert await made.waiting() == []
    made.ward.session = await made.ward.station.open(ADA)
    await made.approve()
    assert (await made.poll(secret)).status_code == 200


async def lock(made: Asking) -> None:
    report = {"id": str(uuid.uuid4()), "action": "lock", "at": NOW, "session": made.ward.session, "reason": "tap"}
    answer = await made.ward.station.post("/v1/reports", {"reports": [{**report, "detail": {}}]})
    assert answer.status == 204, answer.body


async def test_a_server_that_was_silenced_hears_a_no(service: Hospital) -> None:
    made = await asking(service)
    secret = await made.asked()
    [question] = await made.waiting()
    path = f"/v1/sessions/{made.ward.session}/asked/{question['id']}/decline"
    for _ in range(2):
        assert (await made.ward.station.post(path, {})).status == 204
    assert (await made.poll(secret)).json()["error"] == "access_denied"
    assert [row["reason"] for row in await service.trail("app_declined")] == ["silenced"]


async def test_what_the_policy_refuses_is_a_no(service: Hospital) -> None:
    made = await asking(service)
    secret = await made.asked(acr_values="phrh")  # they have no key that is known to be in hardware
    view = await made.show()
    assert view.body["state"] == "refused", view.body
    assert (await made.poll(secret)).json()["error"] == "access_denied"


async def test_discovery_says_so(service: Hospital) -> None:
    said = (await service.http.get("/.well-known/openid-configuration")).json()
    assert said["backchannel_authentication_endpoint"] == f"{ORIGIN}/oauth/backchannel"
    assert said["backchannel_token_delivery_modes_supported"] == ["poll", "ping"]
    assert "urn:openid:params:grant-type:ciba" in said["grant_types_supported"]
    assert said["authorization_details_types_supported"] == ["kiosk_act"]


async def test_what_ended_long_ago_is_forgotten(service: Hospital) -> None:
    made = await asking(service)
    await made.asked()
    service.clock.pass_by(120 + backchannel_requests.KEEP + 1)
    assert await service.db.write(backchannel_requests.purge, service.service.now()) == 1
