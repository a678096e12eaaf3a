"""What fails on a bad day: the card service, the central service, the agent; in the middle of things."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import until
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.workplace import READ, Workplace
from tests.fakes.workspace_program import RED

EXPORT = {"action": "record.export", "resource": "Ward/3", "records": 400, "purpose": "transfer of care"}


@pytest.fixture(autouse=True)
def mended(ward: Ward, here: Workplace) -> Iterator[None]:
    """Whatever failed, the next story finds everything running."""
    yield
    if not ward.cards.is_running():
        ward.cards.start()
    if ward.service is None or not ward.service.running:
        ward.start_service()
    if here.station.child is None or not here.station.child.running:
        here.station.start()
    here.wait("locked", "refused", "downtime", "active", card_service="ok")


@pytest.mark.parametrize("how", ["stop", "kill9"])
def test_the_card_service_goes_and_comes_back(ward: Ward, here: Workplace, how: str) -> None:
    anna = ward.hire("Anna Ulrich")
    before = lost_and_back(ward, here)
    here.sign_in(anna)
    getattr(ward.cards, how)()
    here.wait("active", card_service="stopped")
    until("their program to be seen still", lambda: here.shows(RED))
    ward.cards.start()
    here.wait("active", card_service="ok")
    until("its reader", lambda: [r["state"] for r in here.status()["readers"]] == ["ready"])
    here.lock()
    here.tap(anna.badge, "active", login=anna.login)
    once_more = before[0] + 1, before[1] + 1
    until("both to be written", lambda: lost_and_back(ward, here) == once_more)


def lost_and_back(ward: Ward, place: Workplace) -> tuple[int, int]:
    """How often this station said so of its card service; the other one says so of its own, sooner or later."""
    rows = ward.trail(station=place.station.name)
    actions = Counter(row["action"] for row in rows)
    return actions["card_service_lost"], actions["card_service_back"]


def frozen(ward: Ward) -> int:
    """The service takes requests and answers none, from now on; its process id."""
    assert ward.service is not None
    os.kill(ward.service.process.pid, signal.SIGSTOP)
    return ward.service.process.pid


def killed(ward: Ward) -> None:
    assert ward.service is not None
    ward.service.kill()


def whole(ward: Ward) -> None:
    """The chains hold, and no ceremony was decided twice."""
    assert "The trail holds" in ward.verify()
    decided = Counter(
        row["ceremony"]
        for row in ward.trail()
        if row["action"] in ("sign_in", "stepup") and row.get("ceremony") and row["result"] != "seen"
    )
    assert [ceremony for ceremony, count in decided.items() if count > 1] == []


def test_the_service_dies_while_their_pin_is_checked(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Vidal")
    here.tap(anna.badge, "second_factor")
    frozen(ward)
    here.enter(anna.pin)
    time.sleep(READ)  # any moment does: the service answers nothing, and then it is killed
    killed(ward)
    assert here.wait("downtime")["person"] is None
    here.brush(anna.badge)
    assert here.status()["person"] is None

    ward.start_service()
    assert not ward.trail(action="sign_in", login=anna.login, result="success")
    assert here.sign_in(anna)["assurance"] == "urn:kiosk:pin"
    assert len(ward.trail(action="sign_in", login=anna.login, result="success")) == 1
    whole(ward)


def test_the_service_dies_while_a_key_answers(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Wolf", key=True)
    here.sign_in(anna)
    here.wait("active", service="online")
    program = here.ask(EXPORT)
    here.asked()
    here.enter(KEY_PIN)
    time.sleep(READ)  # any moment does: the service answers nothing, and then it is killed
    frozen(ward)
    with here.lay(anna.own_key):
        time.sleep(READ)  # any moment does: the service answers nothing, and then it is killed
        killed(ward)
        status, answer = answer_of(program)
    assert (status, answer["reason"], answer["token"]) == (1, "unreachable", None)
    here.wait("active", login=anna.login, service="unreachable")
    assert answer_of(here.ask(EXPORT))[1]["reason"] == "unreachable"
    until("what is open to stay open", lambda: here.shows(RED))

    ward.start_service()
    here.wait("active", login=anna.login, service="online")
    assert not ward.trail(action="stepup", login=anna.login, result="success")
    whole(ward)


def test_the_service_dies_at_any_moment_of_a_sign_in(ward: Ward, here: Workplace) -> None:
    """Ever later after Enter: before, while and after the decision is written."""
    for milliseconds in (0, 40):
        anna = ward.hire("Anna Xavier")
        here.tap(anna.badge, "second_factor")
        here.enter(anna.pin)
        time.sleep(milliseconds / 1000)  # at a moment of its own each time; whichever it is, what follows holds
        killed(ward)
        opened = here.wait("active", "downtime")["person"] is not None
        ward.start_service()
        written = len(ward.trail(action="sign_in", login=anna.login, result="success"))
        assert written == 1 if opened else written <= 1
        here.lock()
    whole(ward)


def sessions_open(ward: Ward, who: Colleague) -> list[str]:
    """Sessions of theirs that the trail shows as opened and neither locked nor ended."""
    rows = ward.trail(login=who.login)
    opened = [row["session"] for row in rows if row["action"] == "sign_in" and row["result"] == "success"]
    closed = {row.get("session") for row in rows if row["action"] in ("lock", "session_end")}
    return [session for session in opened if session not in closed]


def test_the_agent_dies_and_what_it_saw_is_told_once(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Young")
    here.sign_in(anna)
    killed(ward)
    here.wait("active", service="unreachable")
    here.lock()
    assert here.wait("downtime")["person"] is None
    child = here.station.child
    assert child is not None
    child.kill()
    assert here.status() == {}

    ward.start_service()
    here.station.start()
    status = here.wait("locked", service="online")
    assert (status["person"], status["waiting"]) == (None, 0)
    assert answer_of(here.ask(EXPORT))[1]["reason"] == "not_signed_in"
    until("the lock to be told", lambda: ward.trail(action="lock", login=anna.login))
    assert [row["reason"] for row in ward.trail(action="lock", login=anna.login)] == ["button"]
    assert sessions_open(ward, anna) == []
    whole(ward)


def test_the_agent_dies_while_they_work(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Zamora")
    here.sign_in(anna)
    until("their program to be seen", lambda: here.shows(RED))
    child = here.station.child
    assert child is not None
    child.kill()
    until("their program to be gone", lambda: not here.shows(RED))
    here.station.start()
    assert here.wait("locked", service="online")["person"] is None
    here.tap(anna.badge, "active", login=anna.login)
