"""A key or card that proves an enrolment is held again, looked at, or answers at once."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, ReaderRole
from kiosk.model.ceremony import MethodOffer
from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.session.facts import notices
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import ProbeCard, SignChallenge
from kiosk.session.facts.ceremony_orders import AskChallenge
from kiosk.session.facts.enrolment_orders import CancelEnrolment
from kiosk.session.facts.enrolment_screens import EnrolProve, EnrolSecond
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.station_news import Started
from tests.session.enrolments import TO_PROVE, TO_VOUCH, view, wrong
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_PIV, BEN_BADGE, KEY, KEY_OFFER, PIN_OFFER, STATION, opened, session

# Proofs


def proving(*offers: MethodOffer) -> EnrolShift:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.BADGE)
    shift.hears_of(view(EnrolStep.PROVE, ceremony=replace(TO_PROVE, offers=offers)))
    return shift


def test_the_same_proof_asked_again_goes_on_where_it_was() -> None:
    shift = proving(PIN_OFFER)
    shift.types("246810")
    shift.proves(replace(TO_PROVE, state="done", offers=()))
    shift.hears_of(view(EnrolStep.PROVE, ceremony=wrong()))
    assert shift.part(EnrolProve).prove.retries_left == 2


def test_a_challenge_for_something_else_than_the_screen_says_is_not_signed() -> None:
    shift = proving(KEY_OFFER)
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    assert shift.did(AskChallenge)
    shift.challenges("p9", Method.FIDO2)
    assert not shift.did(SignChallenge)
    assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_a_second_key_is_held_off_while_the_first_is_looked_at() -> None:
    shift = proving(KEY_OFFER)
    shift.types("1234")
    first = shift.tap()
    shift.tap()
    assert not shift.did(ProbeCard)
    shift.lift(first)
    shift.part(EnrolProve)


def test_a_key_that_is_taken_away_while_its_pin_is_typed_is_wanted_again() -> None:
    shift = proving(KEY_OFFER)
    number = shift.tap()
    shift.reads(KEY)
    shift.lift(number)
    shift.types("1234")
    assert not shift.did(AskChallenge)
    assert shift.part(EnrolProve).prove.stage == "hold"


def test_a_card_that_lies_in_its_slot_since_the_sign_in_is_looked_at_for_the_proof() -> None:
    shift = EnrolShift()
    shift.happens(Started(STATION))
    number = shift.tap("slot", ReaderRole.INSERTION)
    shift.reads(ANA_PIV)
    shift.says(opened("c1", session(1, ANA)))
    shift.happens(WorkspaceShown("ana"))
    shift.presses(Button.MY_KEYS)
    shift.list_comes()
    shift.picks(FactorKind.BADGE)
    shift.hears_of(view(EnrolStep.PROVE, ceremony=replace(TO_PROVE, offers=(MethodOffer(Method.PIV_PIN),))))
    assert shift.did(ProbeCard)[0].tap == number
    shift.reads(ANA_PIV)
    shift.types("482915")
    assert shift.did(AskChallenge)


def test_a_key_with_which_somebody_came_answers_at_once_where_a_touch_is_enough() -> None:
    shift = EnrolShift()
    shift.presses(Button.USE_CODE)
    shift.presses(Button.ENROL)
    shift.holds(KEY)
    shift.hears_of(view(EnrolStep.PROVE, None, ceremony=replace(TO_PROVE, offers=(MethodOffer(Method.FIDO2_TAP),))))
    assert shift.did(AskChallenge)


def test_a_colleagues_badge_that_cannot_be_read_is_held_again() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(FactorKind.BADGE)
    shift.hears_of(view(EnrolStep.SECOND))
    shift.tap()
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.part(EnrolSecond)
    assert shift.wizard.notice == notices.card(CardTrouble.LIFTED_EARLY)
    shift.holds(BEN_BADGE)
    shift.hears_of(view(EnrolStep.VOUCH, ceremony=TO_VOUCH))
    shift.part(EnrolProve)
