"""A person's programs on the session bar, and the keyboard that is led there and back."""

from __future__ import annotations

from kiosk.model.programs import Running
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.program_bar import BarLeft, BarReached, BringProgram, LeaveBar, ProgramPicked, ProgramsChanged
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import StageLocked
from kiosk.session.facts.stage_orders import Cover
from tests.session.shift import Shift, a_station
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE

DESK = (Running("Records", "records", "front"), Running("Browser", "globe", "over"))


def working() -> Shift:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.happens(ProgramsChanged("ana", DESK))
    return shift


def test_each_program_has_a_button_that_brings_it_to_the_front() -> None:
    shift = working()
    assert shift.shows(Active).programs == DESK
    shift.happens(ProgramPicked(1))
    assert shift.did(BringProgram) == [BringProgram("ana", 1)]
    shift.happens(ProgramPicked(2))
    assert shift.did(BringProgram) == [], "there is no such program"


def test_what_is_told_of_somebody_else_s_programs_is_nobody_s() -> None:
    shift = working()
    shift.happens(ProgramsChanged("ben", DESK[:1]))
    assert shift.shows(Active).programs == DESK
    shift.works(BEN, BEN_BADGE)
    assert shift.shows(Active).programs == ()


def test_the_bar_has_the_keyboard_until_escape_a_program_or_a_touch_of_the_work() -> None:
    shift = working()
    for leave, orders in (
        (lambda: shift.presses(Button.CANCEL), [LeaveBar()]),
        (lambda: shift.happens(BarLeft()), []),
        (lambda: shift.happens(ProgramPicked(0)), []),
    ):
        shift.happens(BarReached())
        assert shift.shows(Active).reached
        leave()
        assert not shift.shows(Active).reached
        assert shift.did(LeaveBar) == orders


def test_help_is_opened_and_left_by_keyboard() -> None:
    shift = working()
    shift.happens(BarReached())
    shift.presses(Button.HELP)
    assert shift.shows(Active).help and shift.shows(Active).reached
    shift.presses(Button.CANCEL)
    assert not shift.shows(Active).help and not shift.shows(Active).reached


def test_the_key_that_locks_is_told_as_what_it_was() -> None:
    shift = working()
    shift.happens(StageLocked("key"))
    shift.shows(LockScreen)
    assert shift.did(Cover) and [told.reason for told in shift.did(ReportEvent)] == ["key"]
