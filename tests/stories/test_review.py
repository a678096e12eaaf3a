"""The morning after: a supervisor reviews what happened in the night, under their own key; and a rehearsal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.hospital import KIOSK
from kiosk.demo.processes import ChildProgram, until
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace


@pytest.fixture(autouse=True)
def mended(ward: Ward, here: Workplace) -> Iterator[None]:
    """Whatever happens, the next story finds the service running."""
    yield
    if ward.service is None or not ward.service.running:
        ward.start_service()
    here.wait("locked", "refused", "downtime", "active", service="online")


def review(place: Workplace, who: Colleague, *words: str) -> tuple[int, tuple[str, ...], str]:
    """``who`` runs ``kiosk help-desk review`` at ``place`` and proves it: status, lines, and what it said besides."""
    place.lock()  # a tap of whoever is seen would do that, in its own time
    place.sign_in(who)
    log = Path(place.home / "review.log")
    log.unlink(missing_ok=True)
    program = ChildProgram(
        [*KIOSK, "help-desk", "review", *words, "--home", str(place.home)], log, env=place.station.env
    )
    place.asked(who.login)
    place.enter(KEY_PIN)
    place.tap(who.own_key, "active", login=who.login)
    until("the service's answer", lambda: not program.running, 30)
    return program.stop(), program.lines, log.read_text()


def in_the_night(ward: Ward, here: Workplace, name: str) -> Colleague:
    """Somebody reopens their work while the service is away, and was suspended meanwhile."""
    who = ward.hire(name, pin=False, key=True)
    here.tap(who.badge, "second_factor")
    here.enter(KEY_PIN)
    here.tap(who.own_key, "active", login=who.login)
    here.lock()
    assert ward.service is not None
    ward.service.kill()
    here.wait("downtime", service="unreachable")
    with here.lay(who.own_key):
        here.wait("second_factor")
    here.enter(KEY_PIN)
    here.tap(who.own_key, "active", login=who.login)
    ward.admin("person", "suspend", who.login)
    ward.start_service()
    here.wait("locked", "refused", service="online")
    until("it to be told", lambda: ward.trail(login=who.login, action="offline_sign_in"))
    return who


def test_a_supervisor_reviews_the_night_under_their_own_key(ward: Ward, here: Workplace, there: Workplace) -> None:
    eve = ward.hire("Eve Reviewer", "supervisor", key=True)
    anna = in_the_night(ward, here, "Anna Nightly")
    [line] = [found for found in ward.admin("review", "list").splitlines() if anna.login in found]
    case = line.split("\t")[0]
    status, lines, said = review(there, eve, "list")
    assert status == 0, said
    assert any(found.startswith(case) and anna.login in found for found in lines)
    status, lines, said = review(there, eve, "show", case)
    assert status == 0, said
    assert any("offline_sign_in" in found and "suspended" in found for found in lines), lines
    text = "nobody had told them that they were suspended"
    status, lines, said = review(there, eve, "close", case, "--finding", "justified", "--text", text)
    assert status == 0, said
    [row] = ward.trail(action="review_closed")
    assert (row["detail"]["case"], row["detail"]["by_login"], row["login"]) == (case, eve.login, anna.login)
    report = json.loads(ward.admin("report", "reviews", "--format", "json"))
    [mine] = [found for found in report if found["id"] == case]
    assert (mine["state"], mine["closed_by"], mine["finding"]) == ("closed", eve.login, "justified")
    assert mine["text"] == text
    assert "The trail holds" in ward.verify()


def test_a_rehearsal_goes_the_way_of_an_outage_and_nobody_notices(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Undisturbed", pin=False, key=True)
    here.tap(anna.badge, "second_factor")
    here.enter(KEY_PIN)
    here.tap(anna.own_key, "active", login=anna.login)
    before = here.status()
    report = json.loads(ward.admin("continuity", "check", "--stations", here.station.name, "--json"))
    assert report["passed"], report
    [found] = report["stations"]
    assert found["tickets"] == found["tickets_given"] >= 1
    rows = ward.trail(action="rehearsal")
    assert sorted(row["detail"].get("offline", False) for row in rows) == [False, True]
    assert {row["seq"] for row in rows} == {found["outbox"], found["journal"]}
    after = here.status()
    assert (after["state"], after["person"]) == (before["state"], before["person"]) == ("active", anna.login)
    assert "The trail holds" in ward.verify()
