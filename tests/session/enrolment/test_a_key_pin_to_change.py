"""A new key wants its PIN changed first: the old one, a new one twice, and it is enrolled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolStep, FactorKind
from kiosk.model.secret import Secret
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.card_orders import MakeKey
from kiosk.session.facts.enrolment_orders import CancelEnrolment, SendMade
from kiosk.session.facts.enrolment_screens import EnrolHold, EnrolPin
from kiosk.session.facts.held_by_mode import secrets_of
from kiosk.session.facts.orders import WipeSecret
from tests.session.enrolments import FACTS, view
from tests.session.wizard import EnrolShift, making
from tests.session.world import BIO_KEY, KEY

ASKING = replace(FACTS, shortest=8, change_pin=True)
OLD, NEW = "1234", "plum tree 34"


def said(shift: EnrolShift) -> tuple[str, CardTrouble | None, bool]:
    part = shift.part(EnrolPin)
    return part.purpose, part.trouble, part.same


def texts(shift: EnrolShift) -> set[str]:
    """Every secret that the session still holds."""
    return {secret.reveal() for secret in secrets_of(shift.watch.state)}


def changing() -> tuple[EnrolShift, MakeKey, tuple[Secret, Secret, Secret]]:
    """All three were typed, and the key is given them."""
    shift, _ = making(ASKING)
    typed = shift.types(OLD), shift.types(NEW), shift.types(NEW)
    return shift, shift.did(MakeKey)[0], typed


def test_old_pin_then_new_one_twice() -> None:
    shift, number = making(ASKING)
    asked = shift.part(EnrolPin)
    assert (asked.purpose, asked.shortest, asked.retries_left) == ("change", 4, 8), "the old one may be shorter"
    old = shift.types(OLD)
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).shortest) == ("new", 8)
    first = shift.types(NEW)
    assert shift.part(EnrolPin).purpose == "again"
    new = shift.types(NEW)
    order = shift.did(MakeKey)[0]
    assert (order.tap, order.secret, order.set_pin, order.old) == (number, new, True, old)
    assert [wiped.secret for wiped in shift.did(WipeSecret)] == [first], "the other two go on with the order"
    assert texts(shift) == {OLD, NEW}, "until the key has taken them"
    shift.key_makes()
    assert shift.did(SendMade)
    assert texts(shift) == {NEW}, "for the try; the old one opens nothing any more"
    shift.hears_of(view(EnrolStep.DONE, FactorKind.KEY))
    assert texts(shift) == set()


def test_no_pin_shows_where_it_is_held() -> None:
    shift, order, _ = changing()
    for shown in (repr(order), repr(shift.watch.state), repr(shift.screen)):
        assert OLD not in shown
        assert NEW not in shown


def test_a_wrong_old_pin_alone_is_typed_again() -> None:
    shift, order, _ = changing()
    shift.fails(CardTrouble.WRONG_PIN, 7)
    assert said(shift) == ("change", CardTrouble.WRONG_PIN, False)
    assert shift.part(EnrolPin).retries_left == 7
    assert texts(shift) == {NEW}
    shift.types("4321")
    again = shift.did(MakeKey)[0]
    assert again.tap == order.tap
    assert again.secret is not None
    assert again.old is not None
    assert (again.secret.reveal(), again.old.reveal(), again.set_pin) == (NEW, "4321", True)


def test_the_last_try_is_announced_and_the_same_goes_through() -> None:
    shift, _, _ = changing()
    shift.fails(CardTrouble.LAST_TRY, 1)
    assert said(shift) == ("change", CardTrouble.LAST_TRY, False)
    shift.types(OLD)
    assert shift.did(MakeKey)


@pytest.mark.parametrize("trouble", [CardTrouble.PIN_AUTH_BLOCKED, CardTrouble.PIN_BLOCKED, CardTrouble.LIFTED_EARLY])
def test_after_anything_else_nothing_typed_is_kept_and_the_key_is_read_anew(trouble: CardTrouble) -> None:
    shift, _, _ = changing()
    shift.fails(trouble)
    assert shift.part(EnrolHold).trouble == trouble
    assert texts(shift) == set()
    shift.holds(KEY)
    shift.key_says(replace(ASKING, change_pin=False))
    assert shift.part(EnrolPin).purpose == "present", "it took the new one before it was lifted"


def test_the_wrong_old_pin_with_no_try_left_is_a_blocked_key() -> None:
    shift, _, _ = changing()
    shift.fails(CardTrouble.WRONG_PIN, 0)
    assert shift.part(EnrolHold).trouble == CardTrouble.PIN_BLOCKED


def test_the_keys_no_to_the_new_one_asks_only_for_another_new_one() -> None:
    shift, _, _ = changing()
    shift.fails(CardTrouble.PIN_REFUSED)
    assert said(shift) == ("new", CardTrouble.PIN_REFUSED, False)
    shift.types("apple tree 7")
    shift.types("apple tree 7")
    again = shift.did(MakeKey)[0].old
    assert again is not None
    assert again.reveal() == OLD


def test_the_pin_that_it_has_is_not_a_new_one() -> None:
    shift, _ = making(replace(ASKING, shortest=4))
    shift.types(OLD)
    shift.types(OLD)
    assert said(shift) == ("new", None, True)
    shift.types(NEW)
    assert shift.part(EnrolPin).purpose == "again"


@pytest.mark.parametrize("text", ["short 7", "x" * 64])
def test_a_new_one_against_the_keys_rules_is_said_before_it_is_sent(text: str) -> None:
    shift, _ = making(ASKING)
    shift.types(OLD)
    shift.types(text)
    entry = shift.part(EnrolPin).entry
    assert said(shift) == ("new", None, False)
    assert (entry.short, entry.long, entry.count) == (len(text) < 8, len(text) > 63, 0)


def test_a_new_one_that_is_shorter_as_the_key_counts_it_is_said_before_it_is_sent() -> None:
    shift, _ = making(ASKING)
    shift.types(OLD)
    shift.types("e\u0301" * 4)
    assert said(shift) == ("new", CardTrouble.PIN_REFUSED, False)


def test_two_that_differ_are_typed_again_but_not_the_old_one() -> None:
    shift, _ = making(ASKING)
    shift.types(OLD)
    shift.types(NEW)
    shift.types(NEW + "5")
    assert (shift.part(EnrolPin).purpose, shift.part(EnrolPin).differs) == ("new", True)
    assert texts(shift) == {OLD}


def test_back_goes_one_step_and_forgets_what_it_leaves() -> None:
    shift, _ = making(ASKING)
    shift.types(OLD)
    shift.types(NEW)
    for purpose, kept in (("new", {OLD}), ("change", set())):
        shift.presses(Button.BACK)
        assert (shift.part(EnrolPin).purpose, texts(shift)) == (purpose, kept)
    shift.presses(Button.BACK)
    assert not shift.part(EnrolHold).again


def test_lifted_while_it_is_typed_it_is_held_again() -> None:
    shift, number = making(ASKING)
    shift.lift(number)
    for text in (OLD, NEW, NEW):
        shift.types(text)
    assert not shift.did(MakeKey)
    shift.holds(BIO_KEY)
    assert shift.part(EnrolHold).trouble == CardTrouble.WRONG_CARD
    again = shift.holds(KEY)
    assert shift.did(MakeKey)[0].tap == again
    assert shift.did(MakeKey)[0].old is not None


def test_cancelling_forgets_all_three() -> None:
    shift, _ = making(ASKING)
    shift.types(OLD)
    shift.types(NEW)
    shift.presses(Button.CANCEL)
    assert CancelEnrolment("e1", "refused_by_person") in shift.orders
    assert {wiped.secret.reveal() for wiped in shift.did(WipeSecret)} == {OLD, NEW}
    assert texts(shift) == set()


def test_a_blocked_key_that_wants_a_change_is_not_asked_for_its_pin() -> None:
    shift, _ = making(replace(ASKING, retries_left=0))
    assert shift.part(EnrolHold).trouble == CardTrouble.PIN_BLOCKED
