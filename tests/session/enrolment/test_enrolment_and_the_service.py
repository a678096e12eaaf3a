"""The service says no in an enrolment, answers for somebody else, or does not answer."""

from __future__ import annotations

from kiosk.model.enrolment import EnrolRefusalCode, EnrolStep, FactorKind
from kiosk.session.enrolment.ends import ENDED_SECONDS
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.enrolment_orders import CancelEnrolment
from kiosk.session.facts.orders import SetTimer
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, UnknownBadge
from kiosk.session.facts.service_answers import Mismatch, ServiceRefused, Unreachable
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.station_news import Offline, Online
from tests.session.enrolments import NEW_BADGE, factors, no, view
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, BEN, KEY, STATION


def test_what_does_not_say_what_the_screen_says_ends_it() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.PIN, EnrolStep.PROVE)
    shift.types("1234")
    shift.holds(KEY)
    shift.happens(Mismatch(shift.last_turn()))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders
    assert shift.name == "opening"


def test_somebody_elses_enrolment_is_never_gone_on_with() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE, person=BEN))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_the_service_ends_it_with_a_reason() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(no(EnrolRefusalCode.POLICY))
    notice = shift.shows(LockScreen).notice
    assert notice is not None
    assert (notice.key, notice.tone) == ("enrol_refusal.policy", "refused")
    assert not shift.did(CancelEnrolment)


def test_without_an_answer_it_ends_and_the_work_goes_on() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.holds(NEW_BADGE)
    shift.happens(Unreachable(shift.last_turn()))
    assert CancelEnrolment("e1", "timeout") in shift.orders
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.enrol_lost"


def test_an_error_of_the_service_is_said() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.holds(NEW_BADGE)
    shift.happens(ServiceRefused(shift.last_turn(), "wrong_step"))
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.enrol_out_of_step"


def test_a_revoked_workstation_goes_on_with_nothing() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.hears("revoked")
    assert CancelEnrolment("e1", "locked") in shift.orders
    assert shift.name == "out_of_order"


def test_without_the_service_nothing_is_begun() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.happens(Offline("07:41"))
    assert not shift.shows(UnknownBadge).may_enrol
    shift.presses(Button.ENROL)
    assert shift.shows(LockScreen).notice is not None
    shift = EnrolShift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(Offline("07:41"))
    shift.presses(Button.MY_KEYS)
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.keys_offline"


def test_a_list_of_somebody_else_is_not_shown() -> None:
    shift = EnrolShift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.MY_KEYS)
    shift.list_comes(factors(BEN))
    assert shift.name == "opening"


def test_without_an_answer_to_what_binds_nobody_says_that_nothing_was_added() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.holds(NEW_BADGE)
    shift.hears_of(view(EnrolStep.TRY))
    shift.holds(NEW_BADGE)
    shift.happens(Unreachable(shift.last_turn()))
    shift.happens(WorkspaceShown("ana"))
    notice = shift.shows(Active).notice
    assert notice is not None
    assert notice.key == "notice.enrol_unsure"


def test_at_the_lock_screen_it_says_so_long_enough_to_be_read() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.MAKE))
    shift.holds(NEW_BADGE)
    shift.happens(Unreachable(shift.last_turn()))
    notice = shift.shows(LockScreen).notice
    assert notice is not None
    assert notice.key == "notice.enrol_lost"
    assert [alarm.seconds for alarm in shift.did(SetTimer) if alarm.name == "notice"][-1] == ENDED_SECONDS


def test_while_the_service_is_unreachable_the_wizard_says_so_before_anybody_touches() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.happens(Offline("14:02"))
    notice = shift.wizard.notice
    assert notice is not None
    assert notice.key == "notice.enrol_offline"
    shift.happens(Online(STATION))
    assert shift.wizard.notice is None
    shift.hears_of(view(EnrolStep.DONE))
