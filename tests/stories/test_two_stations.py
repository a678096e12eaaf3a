"""One person, two stations; and what an administrator does elsewhere while people work."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from kiosk.demo.processes import until
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED


def test_signing_in_there_locks_here_within_a_second(ward: Ward, here: Workplace, there: Workplace) -> None:
    anna = ward.hire("Anna Novak")
    here.sign_in(anna)
    until("their program to be seen", lambda: here.shows(RED))
    with there.lay(anna.badge):
        # Another ward: their badge alone says who they are, and their PIN, once, that it is they.
        there.wait("second_factor")
        assert here.status()["person"] == anna.login
        there.enter(anna.pin)
        there.wait("active", login=anna.login)
        here.wait("locked")
        here.covered(RED)
    until("the reason to be written", lambda: ward.trail(action="lock", login=anna.login, reason="elsewhere"))
    assert ward.trail(action="lock", login=anna.login)[-1]["station"] == "ward-3"


def test_it_was_not_them(ward: Ward, here: Workplace, there: Workplace) -> None:
    anna = ward.hire("Anna Olsen")
    here.sign_in(anna)
    there.sign_in(anna)
    here.wait("locked")
    here.press("Tab", "Return")
    until("their word to be written", lambda: ward.trail(action="not_me", login=anna.login))
    assert ward.trail(action="not_me", login=anna.login)[-1]["detail"]["where"] == "Ward 4 South"


def test_saying_who_they_are_there_changes_nothing_here(ward: Ward, here: Workplace, there: Workplace) -> None:
    anna = ward.hire("Anna Petit")
    here.sign_in(anna)
    there.press("Tab", "Return")
    there.enter(anna.login)
    there.wait("second_factor")
    time.sleep(1)  # what must not follow would have by then
    assert here.status()["person"] == anna.login


def test_a_person_who_is_suspended_is_out_at_once(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Ruiz")
    here.sign_in(anna)
    ward.admin("person", "suspend", anna.login)
    assert here.wait("locked")["person"] is None
    with here.lay(anna.badge):
        until("its refusal", lambda: ward.trail(action="tap", reason="suspended", login=anna.login))
    assert here.status()["person"] is None


def test_a_badge_that_is_taken_away_opens_nothing_from_then_on(ward: Ward, here: Workplace) -> None:
    anna = ward.hire("Anna Sato")
    here.sign_in(anna)
    here.lock()
    ward.admin("badge", "revoke", anna.login, "--uid", anna.uid)
    here.tap(anna.badge, "unknown_badge")


@pytest.fixture
def resuscitation(ward: Ward) -> Iterator[Workplace]:
    """A station that may stay open; its reader is another's afterwards."""
    place = ward.workplace("resus", "Resuscitation", slot=2, exempt=True)
    place.station.start()
    place.wait("locked", service="online")
    yield place
    place.station.stop()


def test_an_exempt_station_stays_and_a_revoked_one_locks(ward: Ward, here: Workplace, resuscitation: Workplace) -> None:
    anna = ward.hire("Anna Tran")
    resuscitation.sign_in(anna)
    here.sign_in(anna)
    time.sleep(1)  # what must not follow would have by then
    assert resuscitation.status()["person"] == anna.login

    ward.admin("workstation", "revoke", "resus")
    status = resuscitation.wait("out_of_order")
    assert status["person"] is None
    resuscitation.covered(RED)
    resuscitation.brush(anna.badge)
    assert resuscitation.status()["state"] == "out_of_order"
    assert here.status()["person"] == anna.login
