"""An enrolment that is disturbed by hand: taps not asked for, the wrong thing, back, cancel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer
from kiosk.model.enrolment import EnrolmentView, EnrolRefusal, EnrolRefusalCode, EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.model.stepup import Reason
from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.enrolment_orders import CancelEnrolment, ChooseKind, FetchFactors, SendMade, StartEnrolment
from kiosk.session.facts.enrolment_screens import EnrolHold, EnrolPin, EnrolWho, MyKeys
from kiosk.session.facts.orders import AnswerStepUp, WipeSecret
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active
from kiosk.session.facts.service_answers import EnrolmentUpdated
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.station_news import Started
from tests.session.enrolments import TO_PROVE, no, view
from tests.session.wizard import EnrolShift, making
from tests.session.world import BEN_BADGE, KEY, STATION, rung


@pytest.mark.parametrize(
    "said",
    [
        view(EnrolStep.CHOOSE),
        view(EnrolStep.PROVE, FactorKind.PIN, ceremony=replace(TO_PROVE, offers=(MethodOffer(Method.PIN),))),
        view(EnrolStep.MAKE, FactorKind.PIN),
        view(EnrolStep.TRY, FactorKind.CODE_APP),
        view(EnrolStep.MAKE, FactorKind.RECOVERY_CODES),
    ],
    ids=["choosing", "proving by a PIN", "choosing a PIN", "a code app", "recovery codes"],
)
def test_a_colleagues_tap_is_held_off_and_said(said: EnrolmentView) -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.presses(Button.ADD)
    shift.hears_of(said)
    shift.tap()
    assert not shift.did(ProbeCard)
    assert shift.wizard.notice == notices.ENROLLING
    shift.rings("notice")
    assert not shift.wizard.notice


def test_taps_are_held_off_while_they_look_at_their_keys() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.tap()
    assert not shift.did(ProbeCard)
    notice = shift.shows(MyKeys).notice
    assert notice is not None
    assert notice.key == "notice.enrolling"


def test_a_program_that_rings_meanwhile_is_told_to_come_later() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.happens(rung(1))
    assert shift.did(AnswerStepUp)[0].answer.reason == Reason.BUSY
    shift.presses(Button.ADD)
    shift.happens(rung(2))
    assert shift.did(AnswerStepUp)[0].answer.reason == Reason.BUSY


def test_cancelling_tells_the_service_and_forgets_what_was_typed() -> None:
    shift, number = making()
    first = shift.types("plum tree")
    shift.presses(Button.CANCEL)
    assert CancelEnrolment("e1", "refused_by_person") in shift.orders
    assert WipeSecret(first) in shift.orders
    assert DropCard(number) in shift.orders
    shift.happens(WorkspaceShown("ana"))
    shift.shows(Active)


def test_a_begin_that_is_answered_after_cancelling_is_cancelled_too() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    turn = shift.turn_of(StartEnrolment)
    shift.presses(Button.CANCEL)
    assert not shift.did(CancelEnrolment)
    shift.happens(EnrolmentUpdated(turn, view(EnrolStep.SECOND)))
    assert shift.did(CancelEnrolment) == [CancelEnrolment("e1", "withdrawn")]
    shift.shows(LockScreen)


def test_the_wrong_kind_of_thing_is_said_and_nothing_sent() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE)
    shift.holds(KEY)
    assert not shift.did(SendMade)
    assert shift.part(EnrolHold).trouble == CardTrouble.WRONG_CARD


def test_back_goes_one_step() -> None:
    shift, _ = making()
    shift.types("plum tree")
    assert shift.wizard.back
    shift.presses(Button.BACK)
    assert shift.part(EnrolPin).purpose == "new"
    shift.presses(Button.BACK)
    assert not shift.part(EnrolHold).again
    shift.presses(Button.BACK)
    assert shift.did(ChooseKind)[0].kind is None
    shift.hears_of(view(EnrolStep.CHOOSE))
    shift.presses(Button.BACK)
    assert CancelEnrolment("e1", "refused_by_person") in shift.orders
    assert shift.did(FetchFactors)
    shift.shows(MyKeys)


def test_back_from_the_try_makes_it_anew() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE, EnrolStep.TRY)
    shift.presses(Button.BACK)
    assert shift.did(ChooseKind)[0].kind == FactorKind.BADGE


def test_back_at_the_lock_screen_asks_again_who_it_is() -> None:
    shift = EnrolShift()
    shift.unknown()
    shift.presses(Button.ENROL)
    shift.types("123412341234")
    shift.hears_of(view(EnrolStep.SECOND))
    shift.presses(Button.BACK)
    assert CancelEnrolment("e1", "refused_by_person") in shift.orders
    assert shift.part(EnrolWho).typing == "start_code"
    shift.presses(Button.BACK)
    assert shift.part(EnrolWho).typing is None
    assert not shift.wizard.back


def test_an_unread_badge_at_the_first_question_is_said() -> None:
    shift = EnrolShift()
    shift.happens(Started(STATION))
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.tap()
    shift.fails(CardTrouble.MUTE)
    assert shift.wizard.notice is not None
    assert shift.wizard.notice.key == "card.mute"
    shift.tap()
    shift.reads(BEN_BADGE)
    assert shift.did(StartEnrolment)
    shift.hears_of(no(EnrolRefusalCode.UNKNOWN))
    assert shift.wizard.refusal == EnrolRefusal(EnrolRefusalCode.UNKNOWN)
