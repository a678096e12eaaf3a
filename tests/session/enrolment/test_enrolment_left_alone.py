"""An enrolment, or their list of keys, that is left alone or has to lock meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import ReaderRole
from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.enrolment_orders import CancelEnrolment, SendTry
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Fading
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.stage_orders import ShowWorkspace
from kiosk.session.facts.station_news import Started
from tests.session.enrolments import NEW_BADGE, view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, STATION, opened, session


def test_left_alone_it_ends_by_the_services_limit_and_locks() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    assert shift.wizard.seconds == 600
    shift.rings("enrolment")
    assert CancelEnrolment("e1", "timeout") in shift.orders
    assert ReportEvent("lock", "s1", "idle") in shift.orders
    shift.shows(LockScreen)


def test_left_alone_at_the_lock_screen_it_ends_there() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.rings("enrolment")
    notice = shift.shows(LockScreen).notice
    assert notice is not None
    assert notice.key == "enrol_refusal.expired"


def test_their_list_left_alone_fades_before_it_locks() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.rings("keys")
    assert shift.shows(Fading).seconds == 30
    assert shift.did(ShowWorkspace)
    shift.rings("fade")
    shift.shows(LockScreen)


def test_where_nothing_is_idle_their_list_goes_back_by_itself() -> None:
    shift = EnrolShift()
    shift.happens(Started(replace(STATION, idle=0)))
    shift.at_their_keys()
    shift.rings("keys")
    shift.happens(WorkspaceShown("ana"))
    shift.shows(Active)


def test_a_lock_from_elsewhere_waits_for_its_end() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE, EnrolStep.TRY)
    shift.hears("lock", "s1", "Ward 5")
    assert shift.name == "enrolment"
    shift.holds(NEW_BADGE)
    assert shift.did(SendTry)
    shift.hears_of(view(EnrolStep.DONE))
    shift.presses(Button.MORE)
    assert shift.name == "enrolment", "nothing more is begun"
    shift.presses(Button.DONE)
    assert ReportEvent("lock", "s1", "elsewhere") in shift.orders
    assert shift.shows(LockScreen).went_to == "Ward 5"


@pytest.mark.parametrize("step", [EnrolStep.MAKE, EnrolStep.CHOOSE])
def test_a_session_that_the_service_ends_takes_it_along(step: EnrolStep) -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE, step)
    shift.hears("end", "s1")
    assert CancelEnrolment("e1", "locked") in shift.orders
    shift.shows(LockScreen)


def test_their_list_locks_at_once_when_they_are_elsewhere() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.hears("lock", "s1", "Ward 5")
    assert shift.shows(LockScreen).went_to == "Ward 5"


def test_their_card_leaving_its_slot_locks_once_it_has_ended() -> None:
    shift = EnrolShift()
    number = shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_BADGE)
    shift.says(opened("c9", session(1, ANA)))
    shift.happens(WorkspaceShown("ana"))
    shift.presses(Button.MY_KEYS)
    shift.list_comes()
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.lift(number, "slot", ReaderRole.INSERTION)
    assert shift.name == "enrolment"
    shift.presses(Button.CANCEL)
    assert ReportEvent("lock", "s1", "card_removed") in shift.orders
    shift.shows(LockScreen)
