"""The service refuses an enrolment or says something of it that makes no sense, wherever its word is waited for."""

from __future__ import annotations

import pytest

from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode, EnrolStep, FactorKind
from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.enrolment_orders import CancelEnrolment, StartEnrolment
from kiosk.session.facts.enrolment_screens import EnrolBusy, EnrolChoose, EnrolDone, EnrolWho, MyKeys
from kiosk.session.facts.screen_parts import LockScreen, Notice
from kiosk.session.facts.screens import Aftermath, OutOfOrder
from kiosk.session.facts.service_answers import ServiceRefused
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.station_news import Offline
from tests.session.enrolment.fetching_keys import fetching
from tests.session.enrolments import ALL_VIEWS, view
from tests.session.shift import notice
from tests.session.wizard import EnrolShift


def test_a_lost_key_is_replaced_by_another_of_its_kind() -> None:
    shift = fetching()
    shift.list_comes()
    shift.picks_factor("f2")
    shift.presses(Button.REPLACE)
    begun = shift.asked(StartEnrolment).wish
    assert (begun.kind, begun.factor) == (FactorKind.KEY, "f2")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("not_entitled", notices.enrol_refused(EnrolRefusal(EnrolRefusalCode.NOT_ENTITLED))),
        ("internal", notices.problem("internal")),
    ],
)
def test_an_error_answer_about_an_enrolment_is_told_as_its_refusal_where_it_is_one(code: str, told: Notice) -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.patient = False
    shift.happens(ServiceRefused(shift.last_turn(), code))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders
    assert shift.shows(Aftermath).notice == told


def test_the_word_about_another_enrolment_ends_this_one() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.hears_of(view(EnrolStep.CHOOSE, ident="e2"))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_a_summary_without_what_was_added_shows_nothing_of_it() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.hears_of(next(view for view in ALL_VIEWS if view.step == EnrolStep.DONE and view.factor is None))
    assert shift.part(EnrolBusy) is not None


def test_a_proof_that_the_service_does_not_describe_is_no_way() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.BADGE)
    shift.hears_of(view(EnrolStep.PROVE, ceremony=None))
    assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_back_is_no_button_while_the_service_is_asked() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.BADGE)
    before = shift.screen
    shift.presses(Button.BACK)
    assert shift.screen == before
    assert not shift.did(CancelEnrolment)


def test_back_to_the_workspace_locks_where_a_lock_has_come_meanwhile() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.presses(Button.ADD)
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.part(EnrolChoose)
    shift.hears("lock", "s1", "Ward 5")
    shift.part(EnrolChoose)
    shift.presses(Button.BACK)
    shift.shows(LockScreen)
    assert any(isinstance(order, ReportEvent) and order.reason == "elsewhere" for order in shift.orders)


@pytest.mark.parametrize("login", ["", "   ", "a" * 200])
def test_what_can_be_no_login_is_said_so_and_asked_of_nobody(login: str) -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.presses(Button.TYPE_LOGIN)
    shift.types_login(login)
    assert shift.wizard.notice == notices.NO_LOGIN
    assert not shift.did(StartEnrolment)


def test_without_the_service_nobody_begins_by_a_recovery_code() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.happens(Offline("07:41"))
    shift.presses(Button.HAVE_CODES)
    assert notice(shift).key == "notice.unreachable"
    assert not shift.did(StartEnrolment)


def test_a_station_that_was_revoked_meanwhile_enrols_nobody() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.happens(ServiceRefused(shift.last_turn(), notices.STATION_REVOKED))
    shift.shows(OutOfOrder)


def test_while_the_service_is_asked_nothing_else_is_begun() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.types("000000000000")
    assert shift.did(StartEnrolment)
    shift.presses(Button.TYPE_LOGIN)
    assert shift.part(EnrolWho).typing == "start_code"
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.BADGE)
    shift.tap()
    assert shift.wizard.notice is None, "nor is it said of a card"


def test_a_kind_that_is_not_offered_at_the_list_is_not_begun() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.TEMPORARY_BADGE)
    shift.shows(MyKeys)
    assert not shift.did(StartEnrolment)


def test_the_summary_has_no_way_back() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.KEY)
    shift.presses(Button.BACK)
    shift.hears_of(view(EnrolStep.DONE))
    before = shift.part(EnrolDone)
    assert not shift.wizard.back
    shift.presses(Button.BACK)
    assert shift.part(EnrolDone) == before
