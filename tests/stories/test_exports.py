"""A program asks for an export: granted, refused, too late, by nobody, by somebody else, with the wrong key."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kiosk.client.errors import ServiceProblemError
from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import ChildFailedError, until
from kiosk.demo.token_check import TokenRefusedError, check_token
from tests.fakes.application import Application
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.commands import kiosk
from tests.fakes.hospital import Ward, answer_in
from tests.fakes.simulated_cards import key_memory
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED

AUDIENCE = "urn:stories:export"
ASK = {
    "action": "record.export",
    "resource": "Ward/3-North",
    "records": 400,
    "purpose": "transfer of care",
    "patients": ["Patient/1001", "Patient/1002"],
    "audience": AUDIENCE,
}


DONE: dict[str, Any] = {"resource": "Ward/3-North", "records": 400, "patients": ["Patient/1001", "Patient/1002"]}


@pytest.fixture(scope="module")
def anna(ward: Ward) -> Colleague:
    return ward.hire("Anna Jansen", key=True)


@pytest.fixture
def working(here: Workplace, anna: Colleague) -> Workplace:
    """Anna is signed in."""
    here.sign_in(anna)
    return here


def prove(place: Workplace, who: Colleague) -> None:
    """Key PIN, then the key, until the workspace is back."""
    place.asked()
    place.enter(KEY_PIN)
    place.tap(who.own_key, "active", login=who.login)


def test_granted_with_their_key_and_the_token_says_it_all(ward: Ward, working: Workplace, anna: Colleague) -> None:
    program = working.ask(ASK)
    working.asked(anna.login)
    working.covered(RED)
    prove(working, anna)
    status, answer = answer_of(program)
    assert (status, answer["decision"], answer["reason"], answer["acr"]) == (0, "granted", None, "phr")
    claims = check_token(answer["token"], ward.url, working.home / "trust.pem", AUDIENCE, "record.export", **DONE)
    wanted = {
        "iss": ward.url, "aud": AUDIENCE, "sub": anna.login, "acr": "phr", "amr": ["pop", "pin", "mfa"],
        "resource": "Ward/3-North", "records": 400, "purpose": "transfer of care", "workstation": "ward-3",
        "request_id": answer["request_id"],
    }  # fmt: skip
    assert {name: claims.get(name) for name in wanted} == wanted
    assert 0 < claims["exp"] - claims["iat"] <= 300
    trust = working.home / "trust.pem"
    with pytest.raises(TokenRefusedError):
        check_token(answer["token"], ward.url, trust, "urn:somebody:else", "record.export")
    for other in (
        {"resource": "Ward/4"}, {"records": 401}, {"person": "ben"}, {"patients": ["Patient/1001"]},
        {"patients": ["Patient/1002", "Patient/1001"]},
    ):  # fmt: skip
        with pytest.raises(TokenRefusedError, match="approved"):
            check_token(answer["token"], ward.url, trust, AUDIENCE, "record.export", **{**DONE, **other})
    row = ward.trail(action="stepup", ceremony=answer["request_id"])[-1]
    assert (row["result"], row["method"], row["acr"]) == ("success", "fido2", "phr")
    assert "verified again" in ward.verify()


def test_refused_by_the_person(ward: Ward, working: Workplace, anna: Colleague) -> None:
    program = working.ask(ASK)
    working.asked()
    working.press("Escape")
    status, answer = answer_of(program)
    assert (status, answer["decision"], answer["reason"], answer["token"]) == (1, "refused", "refused_by_person", None)
    working.wait("active", login=anna.login)
    until("the row", lambda: ward.trail(ceremony=answer["request_id"], reason="refused_by_person"))


def test_how_long_it_stands_is_not_the_programs_to_say(working: Workplace) -> None:
    program = working.ask({**ASK, "timeout": 1})
    working.asked()
    time.sleep(2)  # twice as long as the program wants it to stand
    assert working.status()["state"] == "step_up"
    working.press("Escape")
    assert answer_of(program)[1]["reason"] == "refused_by_person"


def test_a_second_program_is_told_to_wait(working: Workplace) -> None:
    first = working.ask(ASK)
    working.asked()
    assert answer_of(working.ask(ASK))[1]["reason"] == "busy"
    working.press("Escape")
    assert answer_of(first)[1]["reason"] == "refused_by_person"


def test_nobody_works_here_now(ward: Ward, working: Workplace) -> None:
    working.lock()
    status, answer = answer_of(working.ask(ASK))
    assert (status, answer["reason"]) == (1, "not_active")
    until("the row", lambda: ward.trail(action="stepup_refused", reason="not_active"))


def test_a_program_in_annas_workspace_asks_while_ben_works(ward: Ward, working: Workplace, anna: Colleague) -> None:
    ben = ward.hire("Ben Kruger", "physician")
    working.tap(ben.badge, "second_factor")
    working.enter(ben.pin)
    working.wait("active", login=ben.login)
    status, answer = answer_in(working.ask_inside(anna, ASK))
    assert (status, answer["reason"]) == (1, "not_active")
    assert working.status()["state"] == "active"


def test_a_program_in_their_own_workspace_is_heard(working: Workplace, anna: Colleague) -> None:
    answer = working.ask_inside(anna, ASK)
    prove(working, anna)
    assert answer_in(answer)[1]["decision"] == "granted"


def test_the_keys_pin_typed_wrong_says_how_many_tries_are_left(ward: Ward, working: Workplace, anna: Colleague) -> None:
    before = key_memory(anna.own_key).retries
    program = working.ask(ASK)
    working.asked()
    working.enter("wrong pin")
    with working.lay(anna.own_key):
        until("the try to be counted", lambda: key_memory(anna.own_key).retries == before - 1)
        working.enter(KEY_PIN)
        working.wait("active")
    assert answer_of(program)[0] == 0
    assert key_memory(anna.own_key).retries == 8


def test_somebody_elses_key_proves_nothing(ward: Ward, working: Workplace, anna: Colleague) -> None:
    ben = ward.hire("Ben Lund", key=True)
    program = working.ask(ASK)
    working.asked()
    working.enter(KEY_PIN)
    working.brush(ben.own_key)
    assert working.status()["state"] == "step_up"
    working.press("Escape")
    assert answer_of(program)[0] == 1
    working.wait("active", login=anna.login)


def test_a_badge_or_grace_is_never_enough(ward: Ward, here: Workplace) -> None:
    bare = ward.hire("Bea Moreau")
    here.sign_in(bare)
    here.lock()
    here.tap(bare.badge, "active", login=bare.login)
    status, answer = answer_of(here.ask(ASK))
    assert (status, answer["reason"]) == (1, "policy")


def test_a_program_that_is_killed_takes_its_question_with_it(ward: Ward, working: Workplace) -> None:
    program = working.ask(ASK)
    working.asked()
    program.kill()
    working.wait("active")
    until("the row", lambda: ward.trail(action="stepup", reason="withdrawn"))


def test_a_token_is_redeemed_once(ward: Ward, working: Workplace, anna: Colleague) -> None:
    program = working.ask(ASK)
    prove(working, anna)
    token = answer_of(program)[1]["token"]
    with (
        closing(Application(ward, "export", AUDIENCE)) as backend,
        closing(Application(ward, "other", "urn:o")) as other,
    ):
        with pytest.raises(ServiceProblemError, match="another audience"):
            other.redeem(token)
        assert backend.redeem(token)["records"] == 400
        with pytest.raises(ServiceProblemError, match="redeemed before"):
            backend.redeem(token)
    results = [row["result"] for row in ward.trail(action="token_redeemed", login=anna.login)]
    assert results == ["success", "refused"]


@pytest.mark.parametrize(
    ("request_text", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "one JSON object"),
        ('{"action": "record.export"}', "Say what is asked for"),
        (json.dumps({**ASK, "colour": "red"}), "has no “colour”"),
    ],
)
def test_what_cannot_be_asked_ends_with_two(here: Workplace, request_text: str, says: str) -> None:
    words = [sys.executable, "-m", "kiosk", "step-up", "--home", str(here.home), "--request", "-", "--json"]
    done = subprocess.run(words, input=request_text, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert says in done.stderr


def test_where_no_agent_runs_nobody_can_be_asked(tmp_path: Path) -> None:
    with pytest.raises(ChildFailedError, match="ended with 2: kiosk: No agent runs here"):
        kiosk("step-up", "--home", str(tmp_path), "--action", "a", "--resource", "b", "--records", "1")
