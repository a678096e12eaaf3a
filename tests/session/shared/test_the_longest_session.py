"""The longest session: it ends by itself, whatever it shows, but not in the middle of a step-up."""

from __future__ import annotations

from kiosk.model.ceremony import Purpose, Why
from kiosk.model.stepup import Reason
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.orders import AnswerStepUp
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, Fading, Opening, StepUp
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import UserActivity
from kiosk.session.facts.stage_orders import Cover, EndWorkspace, ShowWorkspace
from tests.session.shift import Shift, a_station, seconds_of
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, KEY, KEY_OFFER, granted, rung, wants


def test_a_session_ends_by_itself_after_a_warning_that_no_touch_puts_off() -> None:
    shift = a_station(max_session=43_200)
    anas = shift.works(ANA, ANA_BADGE)
    assert seconds_of(shift, "limit") == [43_140]
    assert shift.shows(Active).ending is False
    shift.rings("limit")
    assert seconds_of(shift, "end") == [60], "more than the 20 seconds of WCAG 2.2.1"
    assert shift.shows(Active).ending is True
    shift.happens(UserActivity())
    shift.presses(Button.CANCEL)
    assert shift.shows(Active).ending is True
    shift.rings("end")
    assert shift.orders[0] == Cover()
    assert shift.did(ReportEvent) == [ReportEvent("session_end", anas.id, "max_session")]
    assert not shift.did(EndWorkspace), "their work waits for them"
    assert shift.shows(LockScreen).waiting


def test_the_limit_goes_on_whatever_the_session_shows() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.rings("limit")
    shift.leaves_alone()
    shift.shows(Fading)
    shift.happens(UserActivity())
    assert shift.shows(Active).ending is True
    shift.happens(rung(1))
    shift.presses(Button.REFUSE)
    shift.shows(Opening)
    shift.rings("end")
    shift.shows(LockScreen)


def test_a_new_session_begins_a_new_limit() -> None:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.rings("limit")
    shift.presses(Button.LOCK)
    assert not shift.watch.state.timers
    shift.works(BEN, BEN_BADGE)
    assert shift.shows(Active).ending is False
    assert seconds_of(shift, "limit") == [43_140, 43_140]


def a_step_up_at_the_end() -> Shift:
    shift = a_station()
    shift.works(ANA, ANA_BADGE)
    shift.rings("limit")
    shift.happens(rung(1))
    shift.says(wants("u1", ANA, KEY_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.rings("end")
    return shift


def test_a_step_up_under_way_is_finished_before_the_session_ends() -> None:
    shift = a_step_up_at_the_end()
    shift.shows(StepUp)
    assert not shift.did(CancelCeremony)
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("u1", KEY_OFFER.method)
    shift.signs()
    shift.says(granted("u1", ANA))
    assert shift.did(AnswerStepUp)[0].answer.decision == "granted"
    assert shift.did(ReportEvent) == [ReportEvent("session_end", "s1", "max_session")]
    assert not shift.did(ShowWorkspace)
    shift.shows(LockScreen)


def test_a_session_that_also_moved_is_over_all_the_same_and_says_where_it_went() -> None:
    shift = a_step_up_at_the_end()
    shift.hears("lock", "s1", "Ward 5")
    shift.presses(Button.REFUSE)
    assert shift.did(AnswerStepUp)[0].answer.reason == Reason.REFUSED_BY_PERSON
    assert shift.did(ReportEvent) == [ReportEvent("session_end", "s1", "max_session")]
    assert shift.shows(LockScreen).went_to == "Ward 5"


def test_without_a_limit_nothing_is_set() -> None:
    shift = a_station(max_session=0)
    shift.works(ANA, ANA_BADGE)
    assert seconds_of(shift, "limit") == []
