"""A key as the second factor, and the hands that hold it too early, too late or the wrong way."""

from __future__ import annotations

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_answers import Probed
from kiosk.session.facts.card_orders import ProbeUsbKey, SignChallenge
from kiosk.session.facts.ceremony_orders import AskChallenge, SendProof
from kiosk.session.facts.stage_orders import ShowWorkspace
from tests.session.shift import wanted
from tests.session.world import ANA, BIO_KEY, KEY, KEY_OFFER, PIN_OFFER, opened, session


def test_a_key_signs_and_opens() -> None:
    shift = wanted(KEY_OFFER)
    secret = shift.types("any CHARACTERS ü")
    number = shift.tap()
    shift.reads(KEY)
    assert shift.did(AskChallenge)[0].login == "ana"
    shift.challenges("c1", Method.FIDO2)
    (sign,) = shift.did(SignChallenge)
    assert (sign.tap, sign.secret) == (number, secret)
    shift.signs()
    assert shift.did(SendProof)[0].ceremony == "c1"
    shift.says(opened("c1", session(1, ANA)))
    assert shift.did(ShowWorkspace) == [ShowWorkspace(ANA)]


def test_a_key_that_verifies_its_user_needs_no_typing_at_all() -> None:
    shift = wanted(KEY_OFFER)
    shift.tap()
    shift.reads(BIO_KEY)
    assert shift.did(AskChallenge)[0].method == Method.FIDO2


def test_a_key_laid_down_before_its_pin_is_typed_is_used_at_once() -> None:
    shift = wanted(KEY_OFFER)
    number = shift.tap()
    shift.reads(KEY)
    assert shift.prove.stage == "type"
    shift.types("1234")
    assert shift.did(AskChallenge)
    shift.challenges("c1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].tap == number


def test_a_key_taken_away_again_is_waited_for() -> None:
    shift = wanted(KEY_OFFER)
    shift.tap()
    shift.reads(KEY)
    shift.lift()
    shift.types("1234")
    assert shift.prove.stage == "hold"


def test_a_key_held_to_the_reader_is_taken_even_if_the_pin_pad_was_up() -> None:
    shift = wanted(PIN_OFFER, KEY_OFFER)
    shift.tap()
    shift.reads(KEY)
    assert (shift.prove.method, shift.prove.stage) == (Method.FIDO2, "type")


def test_a_key_plugged_in_by_usb_takes_the_same_way() -> None:
    shift = wanted(KEY_OFFER)
    shift.types("1234")
    shift.presses(Button.USB_KEY)
    (probe,) = shift.did(ProbeUsbKey)
    assert probe.tap < 0
    shift.reads(KEY)
    shift.challenges("c1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].tap == probe.tap


def test_a_pin_typed_while_the_usb_key_is_looked_for_is_not_lost() -> None:
    shift = wanted(KEY_OFFER)
    shift.presses(Button.USB_KEY)
    turn = shift.last_turn()
    secret = shift.types("1234")
    shift.happens(Probed(turn, KEY))
    shift.challenges("c1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].secret is secret


def test_no_key_is_plugged_in() -> None:
    shift = wanted(KEY_OFFER)
    shift.types("1234")
    shift.presses(Button.USB_KEY)
    shift.fails(CardTrouble.TIMED_OUT)
    assert (shift.prove.stage, shift.prove.trouble) == ("hold", CardTrouble.TIMED_OUT)


def test_a_wrong_key_pin_is_typed_again_by_the_person_alone_while_the_key_may_lie_there() -> None:
    shift = wanted(KEY_OFFER)
    before = shift.prove.entry.number
    shift.types("1111")
    number = shift.tap()
    shift.reads(KEY)
    shift.challenges("c1", Method.FIDO2)
    shift.fails(CardTrouble.WRONG_PIN, 1)
    assert not shift.did(SignChallenge)
    assert (shift.prove.stage, shift.prove.trouble, shift.prove.retries_left) == ("type", CardTrouble.WRONG_PIN, 1)
    assert shift.prove.last_try is True
    assert shift.prove.entry.number > before
    shift.types("2222")
    shift.challenges("c1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].tap == number


def test_before_the_last_try_the_pin_is_asked_for_once_more_and_the_key_may_lie_there() -> None:
    shift = wanted(KEY_OFFER)
    shift.types("1111")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("c1", Method.FIDO2)
    shift.fails(CardTrouble.LAST_TRY)
    assert (shift.prove.stage, shift.prove.last_try, shift.prove.retries_left) == ("type", True, 1)
    shift.types("2222")
    assert shift.did(AskChallenge)


def test_a_key_whose_sensor_is_blocked_waits_for_its_pin_where_it_lies() -> None:
    shift = wanted(KEY_OFFER)
    number = shift.tap()
    shift.reads(BIO_KEY)
    shift.challenges("c1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].secret is None
    shift.fails(CardTrouble.SENSOR_BLOCKED)
    assert (shift.prove.stage, shift.prove.trouble) == ("type", CardTrouble.SENSOR_BLOCKED)
    pin = shift.types("2468")
    shift.challenges("c1", Method.FIDO2)
    (sign,) = shift.did(SignChallenge)
    assert (sign.tap, sign.secret) == (number, pin)


def test_a_key_whose_sensor_is_blocked_waits_for_its_pin_when_it_is_held_anew_too() -> None:
    shift = wanted(KEY_OFFER)
    shift.tap()
    shift.reads(BIO_KEY)
    shift.challenges("c1", Method.FIDO2)
    shift.fails(CardTrouble.SENSOR_BLOCKED)
    shift.lift()
    shift.tap()
    shift.reads(BIO_KEY)
    assert shift.prove.stage == "type"
    assert not shift.did(AskChallenge)


def test_a_finger_that_is_not_known_is_laid_on_again() -> None:
    shift = wanted(KEY_OFFER)
    shift.tap()
    shift.reads(BIO_KEY)
    shift.challenges("c1", Method.FIDO2)
    shift.fails(CardTrouble.FINGER_UNKNOWN)
    assert (shift.prove.stage, shift.prove.trouble) == ("hold", CardTrouble.FINGER_UNKNOWN)
    shift.tap()
    shift.reads(BIO_KEY)
    assert shift.did(AskChallenge)


@pytest.mark.parametrize("trouble", [CardTrouble.PIN_AUTH_BLOCKED, CardTrouble.PIN_BLOCKED])
def test_after_three_wrong_pins_the_key_must_be_held_anew(trouble: CardTrouble) -> None:
    shift = wanted(KEY_OFFER)
    shift.types("1111")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("c1", Method.FIDO2)
    shift.fails(trouble)
    assert (shift.prove.stage, shift.prove.trouble) == ("type", trouble)
    shift.types("2222")
    blocked = trouble is CardTrouble.PIN_BLOCKED
    assert shift.prove.stage == ("type" if blocked else "hold"), "into what is blocked for good nothing is typed"
    assert not shift.did(AskChallenge)


def test_a_key_lifted_while_it_signs_asks_for_its_pin_again_for_the_pin_is_gone() -> None:
    shift = wanted(KEY_OFFER)
    shift.types("1234")
    shift.tap()
    shift.reads(KEY)
    shift.challenges("c1", Method.FIDO2)
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert (shift.prove.stage, shift.prove.trouble) == ("type", CardTrouble.LIFTED_EARLY)


def test_a_key_lifted_before_it_was_given_the_pin_is_only_held_again() -> None:
    shift = wanted(KEY_OFFER)
    shift.types("1234")
    shift.tap()
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert (shift.prove.stage, shift.prove.trouble) == ("hold", CardTrouble.LIFTED_EARLY)
