"""Six hundred records take two people: a colleague at the same workstation, one at another; and an agent that asks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import until
from kiosk.demo.token_check import TokenRefusedError, check_token
from tests.fakes.asking_server import AskingServer
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace

AUDIENCE = "urn:stories:export"
ASK = {
    "action": "record.export", "resource": "Ward/3-North", "records": 600, "purpose": "transfer of care",
    "audience": AUDIENCE,
}  # fmt: skip
ACT = {"type": "kiosk_act", "action": "record.export", "resource": "Ward/3", "records": 40, "purpose": "nightly copy"}


@pytest.fixture(scope="module")
def anna(ward: Ward) -> Colleague:
    return ward.hire("Anna Second", key=True)


@pytest.fixture(scope="module")
def ben(ward: Ward) -> Colleague:
    return ward.hire("Ben Second", "physician", key=True)


@pytest.fixture
def working(here: Workplace, anna: Colleague) -> Iterator[Workplace]:
    here.sign_in(anna)
    yield here
    here.lock()


def asks(place: Workplace, who: Colleague) -> object:
    """A program asks for many records, and their person proves the first part."""
    program = place.ask(ASK)
    place.asked(who.login)
    place.enter(KEY_PIN)
    with place.lay(who.own_key):
        until("somebody else to be wanted", lambda: place.status().get("step") == "second.wanted")
    return program


def agrees(place: Workplace, who: Colleague) -> None:
    """The key PIN of whoever agrees, and their key."""
    until("their proof", lambda: place.status().get("step") == "second.proof")
    place.enter(KEY_PIN)


def test_a_colleague_agrees_at_the_same_workstation(
    ward: Ward, working: Workplace, anna: Colleague, ben: Colleague
) -> None:
    program = asks(working, anna)
    with working.lay(ben.badge):
        until("their proof", lambda: working.status().get("step") == "second.proof")
    agrees(working, ben)
    working.tap(ben.own_key, "active", login=anna.login)
    status, answer = answer_of(program)  # type: ignore[arg-type]  # a program that was begun
    assert (status, answer["decision"]) == (0, "granted")
    claims = check_token(
        answer["token"], ward.url, working.home / "trust.pem", AUDIENCE, "record.export", records=600, second=True
    )
    assert (claims["sub"], claims["second"]["sub"], claims["second"]["acr"]) == (anna.login, ben.login, "phr")
    row = ward.trail(action="second", login=ben.login)[-1]
    assert (row["result"], row["detail"]["by_login"], row["station"]) == ("success", anna.login, "ward-3")
    assert "verified again" in ward.verify()


def test_a_colleague_agrees_where_they_work(
    ward: Ward, working: Workplace, there: Workplace, anna: Colleague, ben: Colleague
) -> None:
    there.sign_in(ben)
    program = asks(working, anna)
    working.enter(ben.login)
    there.asked(ben.login)
    agrees(there, ben)
    there.tap(ben.own_key, "active", login=ben.login)
    working.wait("active", login=anna.login)
    status, answer = answer_of(program)  # type: ignore[arg-type]  # a program that was begun
    assert (status, answer["decision"]) == (0, "granted")
    claims = check_token(answer["token"], ward.url, working.home / "trust.pem", AUDIENCE, "record.export", second=True)
    assert (claims["workstation"], claims["second"]["sub"]) == ("ward-3", ben.login)
    assert ward.trail(action="second", login=ben.login)[-1]["station"] == "ward-4"
    assert "verified again" in ward.verify()
    there.lock()


def test_a_colleague_says_no(working: Workplace, there: Workplace, anna: Colleague, ben: Colleague) -> None:
    there.sign_in(ben)
    program = asks(working, anna)
    working.enter(ben.login)
    there.asked(ben.login)
    there.press("Escape")
    status, answer = answer_of(program)  # type: ignore[arg-type]  # a program that was begun
    assert (status, answer["reason"], answer["token"]) == (1, "second_refused", None)
    there.wait("active", login=ben.login)
    there.lock()


def test_an_agent_asks_and_a_person_approves(ward: Ward, working: Workplace, anna: Colleague) -> None:
    key = ward.folder / "nightly.jwk"
    client = ward.admin("app", "add", "nightly", "--audience", "urn:nightly", "--new-key", str(key)).splitlines()[0]
    ward.admin("app", "openid", "set", "nightly", "--title", "Night export")
    ward.admin("person", "add", "svc-nightly", "--name", "Night export", "--role", "program")
    ward.admin("app", "ciba", "set", "nightly", "--agent", "--account", "svc-nightly", "--action", "record.export")
    agent = AskingServer(ward.url, client, key, ward.data / "tls" / "ca-1.crt")
    itself = agent.ask(login_hint="svc-nightly", authorization_details=json.dumps([ACT]))
    assert itself["error"] == "access_denied"
    asked = agent.ask(login_hint=anna.login, authorization_details=json.dumps([ACT]))
    working.asked(anna.login)
    working.enter(KEY_PIN)
    working.tap(anna.own_key, "active", login=anna.login)
    tokens = agent.poll(asked["auth_req_id"])
    token = agent.claims(tokens["access_token"], "at+jwt")
    assert (token["act"], token["authorization_details"]) == ({"sub": client, "name": "Night export"}, [ACT])
    assert ward.trail(action="stepup", login=anna.login)[-1]["detail"]["agent"] == client


def test_a_program_that_needs_two_takes_no_token_of_one(ward: Ward, working: Workplace, anna: Colleague) -> None:
    program = working.ask({**ASK, "records": 60})
    working.asked(anna.login)
    working.enter(KEY_PIN)
    working.tap(anna.own_key, "active", login=anna.login)
    token = answer_of(program)[1]["token"]
    with pytest.raises(TokenRefusedError, match="one person alone"):
        check_token(token, ward.url, working.home / "trust.pem", AUDIENCE, "record.export", second=True)
