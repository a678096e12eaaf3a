"""A new key goes wrong: its PIN refused, the key lifted, another one held, an answer that is not for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.model.proof import Method
from kiosk.session.facts.card_orders import MakeKey, SignChallenge
from kiosk.session.facts.enrolment_orders import CancelEnrolment
from kiosk.session.facts.enrolment_screens import EnrolHold, EnrolPin, EnrolProve
from kiosk.session.facts.orders import WipeSecret
from tests.session.enrolments import BARE_FACTS, BARE_KEY, FACTS, view
from tests.session.wizard import EnrolShift, making
from tests.session.world import KEY

BY_KEY = FactorKind.KEY


def test_two_new_pins_that_differ_are_both_forgotten() -> None:
    shift, _ = making()
    first, second = shift.types("plum tree"), shift.types("plum trees")
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).differs) == ("new", True)
    assert {id(order.secret) for order in shift.did(WipeSecret)} == {id(first), id(second)}


@pytest.mark.parametrize("text", ["short", "x" * 64, "é" * 40])
def test_a_pin_that_the_key_would_not_take_is_said_before_it_is_set(text: str) -> None:
    shift, _ = making()
    shift.types(text)
    entry = shift.part(EnrolPin).entry
    assert (entry.short, entry.long, entry.count) == (text == "short", text != "short", 0)
    assert shift.part(EnrolPin).purpose == "new"


def test_a_key_lifted_while_its_pin_is_chosen_is_held_again() -> None:
    shift, number = making()
    shift.lift(number)
    shift.types("plum tree")
    shift.types("plum tree")
    assert not shift.did(MakeKey)
    assert not shift.part(EnrolHold).again
    again = shift.holds(BARE_KEY)
    assert (shift.did(MakeKey)[0].tap, shift.did(MakeKey)[0].set_pin) == (again, True)


def test_another_kind_of_key_is_not_given_the_pin() -> None:
    shift, number = making()
    shift.lift(number)
    shift.types("plum tree")
    shift.types("plum tree")
    shift.holds(KEY)
    assert not shift.did(MakeKey)
    assert shift.part(EnrolHold).trouble == CardTrouble.WRONG_CARD


def test_lifted_while_it_is_written_the_key_is_read_anew() -> None:
    shift, _ = making()
    shift.types("plum tree")
    shift.types("plum tree")
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.part(EnrolHold).trouble == CardTrouble.LIFTED_EARLY
    shift.holds(replace(BARE_KEY, has_pin=True))
    shift.key_says(replace(BARE_FACTS, has_pin=True, retries_left=8))
    assert shift.part(EnrolPin).purpose == "present", "whether the PIN was set shows only now"


def test_the_keys_own_no_to_a_pin_asks_for_another() -> None:
    shift, number = making()
    shift.types("plum tree")
    shift.types("plum tree")
    shift.fails(CardTrouble.PIN_REFUSED)
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).trouble) == ("new", CardTrouble.PIN_REFUSED)
    shift.types("apple tree 7")
    shift.types("apple tree 7")
    assert shift.did(MakeKey)[0].tap == number


def test_a_wrong_present_pin_shows_the_tries_that_are_left() -> None:
    shift, number = making(FACTS)
    shift.types("wrong")
    shift.fails(CardTrouble.WRONG_PIN, 7)
    assert (shift.part(EnrolPin).retries_left, shift.part(EnrolPin).trouble) == (7, CardTrouble.WRONG_PIN)
    shift.types("right")
    assert shift.did(MakeKey)[0].tap == number


def test_a_try_that_breaks_off_needs_no_pin_again() -> None:
    shift, _ = making(FACTS)
    shift.types("right")
    shift.key_makes()
    shift.hears_of(view(EnrolStep.TRY, BY_KEY))
    shift.holds(KEY)
    shift.challenges("e1", Method.FIDO2)
    shift.fails(CardTrouble.LIFTED_EARLY)
    assert shift.part(EnrolHold).again
    shift.holds(KEY)
    shift.challenges("e1", Method.FIDO2)
    assert shift.did(SignChallenge)[0].secret is not None


def test_a_challenge_of_another_kind_or_enrolment_is_not_signed() -> None:
    for ceremony, method in (("e2", Method.FIDO2), ("e1", Method.PIV_PIN)):
        shift, _ = making(FACTS)
        shift.types("right")
        shift.key_makes()
        shift.hears_of(view(EnrolStep.TRY, BY_KEY))
        shift.holds(KEY)
        shift.challenges(ceremony, method)
        assert not shift.did(SignChallenge)
        assert CancelEnrolment("e1", "withdrawn") in shift.orders


def test_a_key_that_is_blocked_has_no_tries_to_count() -> None:
    shift = EnrolShift()
    shift.adding(FactorKind.BADGE, EnrolStep.PROVE)
    shift.types("wrong")
    shift.holds(KEY)
    shift.challenges("p1", Method.FIDO2)
    shift.fails(CardTrouble.PIN_BLOCKED, 0)
    prove = shift.part(EnrolProve).prove
    assert (prove.trouble, prove.retries_left, prove.last_try) == (CardTrouble.PIN_BLOCKED, None, False)
