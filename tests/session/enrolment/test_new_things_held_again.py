"""A new key, card or badge is lifted, swapped, given a wrong PIN, or wants another way than most: every turn of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.session.facts.card_answers import PivRead
from kiosk.session.facts.card_orders import MakeKey, ProbeCard, SignChallenge
from kiosk.session.facts.enrolment_orders import AskTryChallenge, CancelEnrolment, SendMade
from kiosk.session.facts.enrolment_screens import EnrolHold, EnrolPin
from kiosk.session.facts.session_orders import ReportEvent
from tests.session.enrolments import BARE_FACTS, BARE_KEY, FACTS, PIV_MADE, PIV_MADE_9E, view
from tests.session.wizard import EnrolShift, making
from tests.session.world import ANA_PIV, BEN_BADGE, BEN_PIV, BIO_KEY, KEY

PIV, BY_KEY = FactorKind.PIV, FactorKind.KEY
OTHER_KEY = replace(KEY, aaguid="33" * 16)


def typing_the_pin_of_a_new_card(certificates: object = PIV_MADE) -> EnrolShift:
    """A PIV card was read, and its PIN is wanted for the try."""
    shift = EnrolShift()
    shift.adding(PIV)
    shift.holds(ANA_PIV)
    shift.happens(PivRead(shift.last_turn(), certificates))  # type: ignore[arg-type]  # one of the two
    shift.hears_of(view(EnrolStep.TRY, PIV))
    return shift


def made() -> EnrolShift:
    """A key with a PIN was made, and is wanted once more."""
    shift, _ = making(FACTS)
    shift.types("right")
    shift.key_makes()
    shift.lift()
    shift.hears_of(view(EnrolStep.TRY, BY_KEY))
    return shift


# Its PIN is typed while it is away


@pytest.mark.parametrize(
    ("back", "trouble"), [(KEY, None), (OTHER_KEY, CardTrouble.WRONG_CARD), (BEN_BADGE, CardTrouble.WRONG_CARD)]
)
def test_a_key_that_comes_back_while_its_pin_is_typed_is_the_same_or_told_apart(back: object, trouble: object) -> None:
    shift, _ = making(FACTS)
    shift.lift()
    number = shift.tap()
    assert shift.did(ProbeCard)[0].tap == number
    shift.reads(back)  # type: ignore[arg-type]  # one of the three
    assert shift.part(EnrolPin).trouble == trouble
    shift.types("right")
    assert bool(shift.did(MakeKey)) is (trouble is None)


def test_a_card_that_comes_back_while_its_pin_is_typed_is_the_same_or_told_apart() -> None:
    for back, trouble in ((ANA_PIV, None), (BEN_PIV, CardTrouble.WRONG_CARD), (KEY, CardTrouble.WRONG_CARD)):
        shift = typing_the_pin_of_a_new_card()
        shift.lift()
        shift.tap()
        shift.reads(back)
        assert shift.part(EnrolPin).trouble == trouble
        shift.types("482915")
        assert bool(shift.did(AskTryChallenge)) is (trouble is None)


def test_one_that_cannot_be_read_while_its_pin_is_typed_is_told_and_reported() -> None:
    shift, _ = making(FACTS)
    shift.lift()
    shift.tap()
    shift.fails(CardTrouble.MUTE)
    assert shift.part(EnrolPin).trouble == CardTrouble.MUTE
    assert ReportEvent("tap_failed", reason="mute") in shift.orders


def test_a_pin_typed_for_a_card_that_is_away_is_kept_until_it_is_held_again() -> None:
    shift = typing_the_pin_of_a_new_card()
    shift.lift()
    typed = shift.types("482915")
    assert shift.part(EnrolHold).trouble is None
    assert not shift.did(AskTryChallenge)
    shift.holds(ANA_PIV)
    shift.challenges("e1", Method.PIV_PIN)
    assert shift.did(SignChallenge)[0].secret is typed


def test_another_card_is_not_given_the_pin_that_waits() -> None:
    shift = typing_the_pin_of_a_new_card()
    shift.lift()
    shift.types("482915")
    shift.holds(BEN_PIV)
    assert shift.part(EnrolHold).trouble == CardTrouble.WRONG_CARD
    assert not shift.did(AskTryChallenge)


def test_a_card_with_nothing_that_wants_a_pin_signs_as_it_lies_there() -> None:
    shift = typing_the_pin_of_a_new_card(PIV_MADE_9E)
    assert shift.did(AskTryChallenge)
    shift.challenges("e1", Method.PIV_TAP)
    assert shift.did(SignChallenge)[0].secret is None


# Its try goes wrong


def test_a_wrong_pin_of_a_card_at_its_try_is_typed_again_and_says_what_is_left() -> None:
    shift = typing_the_pin_of_a_new_card()
    shift.types("482915")
    shift.challenges("e1", Method.PIV_PIN)
    shift.fails(CardTrouble.WRONG_PIN, 2)
    assert (shift.part(EnrolPin).of, shift.part(EnrolPin).retries_left) == ("card", 2)


def test_a_pin_that_a_key_no_longer_takes_at_its_try_is_typed_again() -> None:
    shift = made()
    number = shift.holds(KEY)
    shift.challenges("e1", Method.FIDO2)
    shift.fails(CardTrouble.WRONG_PIN, 7)
    assert (shift.part(EnrolPin).of, shift.part(EnrolPin).retries_left) == ("key", 7)
    typed = shift.types("right")
    assert shift.did(AskTryChallenge), "it lies there still"
    shift.challenges("e1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].tap == number
    secret = shift.did(SignChallenge)[0].secret
    assert secret is not None and secret.reveal() == typed.reveal()


def test_a_key_whose_pin_was_forgotten_meanwhile_is_asked_for_it_at_its_try() -> None:
    shift = made()
    shift.holds(KEY)
    shift.challenges("e1", Method.FIDO2)
    shift.fails(CardTrouble.WRONG_PIN, 7)
    shift.lift()
    shift.types("right")
    shift.part(EnrolHold)
    shift.holds(KEY)
    assert shift.did(AskTryChallenge)


# Other ways


def test_a_key_that_knows_its_user_by_itself_is_made_without_any_pin() -> None:
    shift = EnrolShift()
    shift.adding(BY_KEY)
    shift.holds(BIO_KEY)
    shift.key_says(replace(FACTS, aaguid=BIO_KEY.aaguid, built_in_uv=True))
    (order,) = shift.did(MakeKey)
    assert (order.secret, order.set_pin) == (None, False)
    shift.key_makes()
    assert shift.did(SendMade)


def test_a_key_that_can_have_no_pin_is_made_as_it_is_and_the_service_judges_it() -> None:
    shift = EnrolShift()
    shift.adding(BY_KEY)
    shift.holds(BARE_KEY)
    shift.key_says(replace(BARE_FACTS, can_pin=False))
    assert shift.did(MakeKey)[0].secret is None


def test_a_service_that_does_not_say_how_a_key_is_made_makes_none() -> None:
    shift = EnrolShift()
    shift.at_their_keys()
    shift.picks(BY_KEY)
    shift.hears_of(view(EnrolStep.MAKE, BY_KEY, make=None))
    shift.holds(KEY)
    shift.key_says(FACTS)
    shift.types("right")
    assert not shift.did(MakeKey)
    assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_a_key_made_without_a_pin_that_has_one_at_its_try_is_asked_for_it() -> None:
    shift = EnrolShift()
    shift.adding(BY_KEY)
    shift.holds(BIO_KEY)
    shift.key_says(replace(FACTS, aaguid=BIO_KEY.aaguid, built_in_uv=True))
    shift.key_makes()
    shift.hears_of(view(EnrolStep.TRY, BY_KEY))
    shift.holds(KEY)
    assert shift.part(EnrolPin).of == "key"
    assert not shift.did(AskTryChallenge)
