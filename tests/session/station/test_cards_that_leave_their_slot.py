"""The card that signed its person in leaves its slot: where the station says so that locks, whatever is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.model.card import ReaderRole
from kiosk.model.ceremony import Purpose, Why
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.events import StepUpWithdrawn
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Aftermath, Fading, Opening, StepUp
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import ShowWorkspace
from kiosk.session.facts.station_news import Started
from tests.session.enrolments import factors
from tests.session.shift import Shift
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_PIV, KEY_OFFER, STATION, opened, rung, session, wants


def signed_in() -> EnrolShift:
    """Ana's card is in its slot, and its session is being opened."""
    shift = EnrolShift()
    shift.happens(Started(STATION, removal_locks=True))
    shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_PIV)
    shift.says(opened("c1", session(1, ANA)))
    return shift


def working() -> EnrolShift:
    shift = signed_in()
    shift.happens(WorkspaceShown("ana"))
    return shift


def fading() -> EnrolShift:
    shift = working()
    shift.leaves_alone()
    shift.shows(Fading)
    return shift


def at_the_keys() -> EnrolShift:
    shift = working()
    shift.presses(Button.MY_KEYS)
    shift.list_comes(factors())
    return shift


def told_what_happened() -> EnrolShift:
    shift = working()
    shift.happens(rung(1))
    shift.patient = False
    shift.happens(StepUpWithdrawn(1))
    shift.shows(Aftermath)
    return shift


@pytest.mark.parametrize("reach", [signed_in, working, fading, at_the_keys, told_what_happened])
def test_it_locks_at_once(reach: Callable[[], Shift]) -> None:
    shift = reach()
    shift.lift(reader="slot", role=ReaderRole.INSERTION)
    shift.shows(LockScreen)
    assert ReportEvent("lock", "s1", "card_removed") in shift.orders


@pytest.mark.parametrize("reach", [signed_in, working, fading, at_the_keys, told_what_happened])
def test_another_card_that_leaves_changes_nothing(reach: Callable[[], Shift]) -> None:
    shift = reach()
    before = shift.name
    shift.lift(99, reader="slot", role=ReaderRole.INSERTION)
    assert shift.name == before


def test_a_step_up_under_way_is_finished_first() -> None:
    shift = working()
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.lift(reader="slot", role=ReaderRole.INSERTION)
    shift.shows(StepUp)
    shift.presses(Button.REFUSE)
    shift.shows(LockScreen)
    assert not shift.did(ShowWorkspace)


def test_the_button_locks_while_it_is_told_what_happened() -> None:
    shift = told_what_happened()
    shift.presses(Button.LOCK)
    shift.shows(LockScreen)


def test_who_has_just_come_is_locked_by_the_button_too() -> None:
    shift = signed_in()
    shift.shows(Opening)
    shift.presses(Button.LOCK)
    shift.shows(LockScreen)
    shift = working()
    shift.shows(Active)
