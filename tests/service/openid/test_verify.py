"""A gateway asks yes or no of a token, by ``/v1/verify`` and by AuthZEN, and is told why not."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.fakes.client import NOW, ORIGIN
from tests.fakes.gateway import URI, gateway
from tests.fakes.openid import AUDIENCE
from tests.fakes.service import Hospital

EXPORT = {"action": "record.export", "resource": "Patient/123"}


async def test_a_sign_in_is_enough_or_the_client_is_told_what_would_be(either: Hospital) -> None:
    asked = await gateway(either)
    token = (await asked.wing.tokens())["access_token"]
    yes = await asked.asks(token, acr="urn:kiosk:pin", max_age=300, person=asked.wing.ward.person, login="ada")
    assert yes == {
        "status": 200,
        "decision": True,
        "reason": None,
        "says": None,
        "challenge": None,
        "dpop_nonce": None,
        "of": {
            "person": asked.wing.ward.person,
            "login": "ada",
            "acr": "urn:kiosk:pin",
            "amr": ["pin"],
            "auth_time": NOW,
            "bound": False,
            "records": 0,
            "patients": 0,
            "patients_sha256": None,
            "second": None,
            "act": None,
            "purpose_of_use": None,
        },
    }
    more = await asked.asks(token, acr="phr", max_age=60)
    challenge = 'Bearer error="insufficient_user_authentication", acr_values="phr", max_age="60"'
    assert (more["decision"], more["reason"], more["challenge"], more["of"]) == (False, "acr_too_low", challenge, None)
    either.clock.pass_by(61)
    assert (await asked.asks(token, max_age=61))["decision"]
    old = await asked.asks(token, max_age=60)
    assert (old["reason"], old["challenge"]) == (
        "too_old",
        'Bearer error="insufficient_user_authentication", max_age="60"',
    )
    assert (await asked.asks(token, person="somebody"))["reason"] == "other_person"
    assert (await asked.asks(token, **EXPORT))["reason"] == "approval_needed"
    either.clock.pass_by(300)
    assert (await asked.asks(token))["reason"] == "invalid_token"


async def test_what_the_challenge_says_makes_a_no_a_yes(service: Hospital) -> None:
    """RFC 9470 from end to end: the client repeats its request with what the challenge says, and the gateway agrees."""
    asked = await gateway(service)
    made = asked.wing
    first = (await made.tokens())["access_token"]
    assert (await asked.asks(first, acr="phr"))["challenge"].endswith('acr_values="phr"')
    sent, verifier = made.app.request(acr_values="phr")
    ticket = await made.browser.ticket(sent)
    said = await made.browser.attest(ticket)
    said = await made.browser.attest(ticket, step_up=await made.prove(said))
    went = await made.browser.go_on({"ticket": ticket, "receipt": said["receipt"]})
    code = went.json()["location"].partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    answer = await made.app.post("/oauth/token", {**form, "redirect_uri": made.app.rules.redirect_uris[0]})
    yes = await asked.asks(answer.json()["access_token"], acr="phr", max_age=60)
    assert (yes["decision"], yes["of"]["acr"]) == (True, "phr")


async def test_a_sign_in_that_ended_is_a_no_at_once(service: Hospital) -> None:
    asked = await gateway(service)
    token = (await asked.wing.tokens())["access_token"]
    assert (await asked.asks(token))["decision"]
    report = {"id": str(uuid.uuid4()), "action": "session_end", "at": NOW, "reason": "person", "detail": {}}
    body = {"reports": [{**report, "session": asked.wing.ward.session}]}
    assert (await asked.wing.ward.station.post("/v1/reports", body)).status == 204
    said = await asked.asks(token)
    assert (said["reason"], said["challenge"]) == ("ended", 'Bearer error="invalid_token"')


async def test_an_approval_is_good_once_for_what_was_approved(either: Hospital) -> None:
    asked = await gateway(either)
    token = await asked.approval()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({**EXPORT, "action": "bulk.print"}, "other_action"),
        ({**EXPORT, "resource": "Patient/124"}, "other_resource"),
        ({**EXPORT, "records": 52}, "too_few_records"),
        ({**EXPORT, "patients": "x"}, "other_patients"),
        ({**EXPORT, "login": "ben"}, "other_person"),
        ({**EXPORT, "acr": "phrh"}, "acr_too_low"),
        ({**EXPORT, "second": True}, "second_needed"),
        ({}, "sign_in_needed"),
    ]
    for wanted, reason in wrong:
        assert (await asked.asks(token, **wanted))["reason"] == reason
    yes = await asked.asks(token, **EXPORT, records=51, login="ada", acr="phr", max_age=0, no_agent=True)
    assert (yes["decision"], yes["of"]["records"], yes["of"]["acr"]) == (True, 51, "phr")
    again = await asked.asks(token, **EXPORT)
    assert (again["decision"], again["reason"], again["of"]) == (False, "already_used", None)
    told = [(row["result"], row.get("reason"), row["detail"]["by"]) for row in await either.trail("token_redeemed")]
    refused = [("refused", reason, "chart") for _, reason in wrong[:-1]]
    assert told == [*refused, ("success", None, "chart"), ("refused", "already_used", "chart")]


async def test_an_approval_of_one_request_lets_that_one_pass(service: Hospital) -> None:
    asked = await gateway(service)
    token = await asked.approval(resource=f"GET {URI}")
    for method, uri in (("POST", URI), ("GET", f"{URI}0"), ("GET", URI.replace("https", "http"))):
        said = await asked.asks(token, action="record.export", request={"method": method, "uri": uri})
        assert said["reason"] == "other_resource"
    yes = await asked.asks(token, action="record.export", request={"method": "GET", "uri": URI})
    assert (yes["decision"], yes["of"]["bound"]) == (True, True)


async def test_a_bound_token_needs_a_proof_for_this_very_request(either: Hospital) -> None:
    asked = await gateway(either)
    token, holder = await asked.bound()
    held = {"method": "GET", "uri": URI}
    assert (await asked.asks(token))["reason"] == "proof_needed"
    assert (await asked.asks(token, request=held))["challenge"] == 'DPoP algs="ES256"'
    proof = holder.proof("GET", "/export", ath=token)
    yes = await asked.asks(token, request={**held, "proof": proof})
    assert (yes["decision"], yes["of"]["bound"]) == (True, True)
    assert (await asked.asks(token, request={**held, "proof": proof}))["reason"] == "bad_proof"
    stale = await asked.asks(token, request={**held, "proof": holder.proof("GET", "/export", ath=token, nonce=None)})
    assert (stale["reason"], stale["challenge"]) == (
        "use_dpop_nonce",
        'DPoP error="use_dpop_nonce", algs="ES256"',
    )
    holder.nonce = stale["dpop_nonce"]
    more = {**held, "proof": holder.proof("GET", "/export", ath=token)}
    assert (await asked.asks(token, request=more, acr="phr"))["challenge"].startswith("DPoP error=")


async def test_a_gateway_may_show_its_key_instead_of_a_secret(service: Hospital) -> None:
    asked = await gateway(service)
    token = (await asked.wing.tokens())["access_token"]
    answer = await asked.wing.app.client.post("/v1/verify", {"token": token})
    assert (answer.status, answer.body["decision"]) == (200, True)
    body = evaluation(asked.wing.ward.person, token)
    answer = await asked.wing.app.client.post("/access/v1/evaluation", body)
    assert (answer.status, answer.body["decision"]) == (200, True)


@pytest.mark.parametrize(
    "wanted",
    [
        {"acr": "gold"},
        {"max_age": -1},
        {"max_age": 86_401},
        {"records": -1, **EXPORT},
        {"resource": "Patient/123"},
        {"records": 3},
        {"action": "record.export"},
        {**EXPORT, "request": {"method": "GET", "uri": URI}},
        {"action": "record.export", "request": {"method": "GET", "uri": URI, "proof": "x"}},
        {"request": {"method": "get", "uri": URI}},
        {"request": {"method": "GET", "uri": "/export"}},
        {"request": {"method": "GET", "uri": "https://[/"}},
        {"request": {"method": "GET", "uri": "https://chart.hospital.example@evil.example/export"}},
        {"request": {"method": "GET", "uri": f"{URI}#x"}},
        {"maxage": 60},
        {"second": "yes"},
        {"no_agent": 1},
    ],
)
async def test_a_question_that_would_be_answered_in_part_is_none(service: Hospital, wanted: dict[str, Any]) -> None:
    asked = await gateway(service)
    assert (await asked.asks("x", **wanted))["status"] == 422


def evaluation(person: str, token: str, **ours: Any) -> dict[str, Any]:
    """A question in AuthZEN's words: is this person signed in to the application?"""
    return {
        "subject": {"type": "person", "id": person, "properties": {"ward": "3"}},
        "action": {"name": "app.use"},
        "resource": {"type": "application", "id": AUDIENCE},
        "context": {"time": "2026-11-29T21:00:00Z", "kiosk": {"token": token, **ours}},
    }


async def test_authzen_asks_the_same_question(either: Hospital) -> None:
    asked = await gateway(either)
    where = (await either.http.get("/.well-known/authzen-configuration")).json()
    assert where == {"policy_decision_point": ORIGIN, "access_evaluation_endpoint": f"{ORIGIN}/access/v1/evaluation"}
    person, token = asked.wing.ward.person, (await asked.wing.tokens())["access_token"]
    whole = evaluation(person, token, acr="urn:kiosk:pin", max_age=60)
    answer = await asked.post("/access/v1/evaluation", whole, **{"X-Request-ID": "a-1"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (200, "a-1")
    assert answer.json() == {"decision": True, "context": {"acr": "urn:kiosk:pin", "auth_time": NOW}}
    more = (await asked.post("/access/v1/evaluation", evaluation(person, token, acr="phr"))).json()
    assert (more["decision"], more["context"]["reason"]) == (False, "acr_too_low")
    assert more["context"]["challenge"].endswith('acr_values="phr"')
    approval = await asked.approval()
    export = {**evaluation(person, approval, records=51), "action": {"name": "record.export"}}
    export["resource"] = {"type": "Patient", "id": "123"}
    assert (await asked.post("/access/v1/evaluation", export)).json()["decision"]
    assert (await asked.post("/access/v1/evaluation", export)).json()["context"]["reason"] == "already_used"


async def test_authzen_is_bound_to_method_and_address(service: Hospital) -> None:
    asked = await gateway(service)
    token, holder = await asked.bound()
    whole = evaluation(asked.wing.ward.person, token, dpop=holder.proof("GET", "/export", ath=token))
    whole |= {"resource": {"type": "uri", "id": URI}}
    whole["action"] = {"name": "app.use", "properties": {"method": "POST"}}
    assert (await asked.post("/access/v1/evaluation", whole)).json()["context"]["reason"] == "bad_proof"
    whole["action"] = {"name": "app.use", "properties": {"method": "GET"}}
    assert (await asked.post("/access/v1/evaluation", whole)).json()["decision"]


@pytest.mark.parametrize(
    "bent",
    [
        {"subject": {"type": "user", "id": "x"}},
        {"subject": {"type": "person"}},
        {"action": "app.use"},
        {"resource": {"type": "application", "id": "urn:another"}},
        {"resource": {"type": "Patient", "id": "123"}},
        {"resource": {"type": "uri", "id": URI}},
        {"context": {"kiosk": {"token": "x", "maxAge": 60}}},
        {"context": {"kiosk": {"token": "x", "max_age": "60"}}},
        {"context": {"kiosk": {"token": "x", "dpop": "x"}}},
        {"context": {"kiosk": {"token": "x", "second": "yes"}}},
        {"context": {"kiosk": {"token": "x", "no_agent": 1}}},
        {"context": {}},
    ],
)
async def test_a_question_that_authzen_cannot_ask_here_is_400(service: Hospital, bent: dict[str, Any]) -> None:
    asked = await gateway(service)
    answer = await asked.post("/access/v1/evaluation", {**evaluation("x", "x"), **bent})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_question")
