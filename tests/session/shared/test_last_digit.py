"""Where all PINs have one length, the last digit sends: at a sign-in, a step-up and an enrolment's proof, and nowhere
else; and nothing that is typed after it gets into what comes next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.model.ceremony import Purpose, Why
from kiosk.model.proof import Method
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.secret import Secret
from kiosk.session.facts.buttons import Button, KeyPress
from kiosk.session.facts.ceremony_orders import SendSecret
from kiosk.session.facts.orders import WipeSecret
from kiosk.session.facts.person_input import Entered, Erased, Keyed, MethodPicked
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.station_news import Online
from tests.session.shift import Shift, wanted
from tests.session.world import ANA, ANA_BADGE, CODE_OFFER, KEY_OFFER, PIN_OFFER, STATION, opened, rung, session, wants

SIX = Online(replace(STATION, pin_length=6))


def sixes(shift: Shift) -> Shift:
    shift.happens(SIX)
    return shift


def wrong(shift: Shift, wait: int | None = None) -> Shift:
    """What was sent was not the PIN."""
    shift.says(wants("c1", ANA, PIN_OFFER, CODE_OFFER, refusal=Refusal(RefusalCode.WRONG_PIN, 3, wait=wait)))
    return shift


def test_the_last_digit_sends_and_no_other() -> None:
    shift = sixes(wanted(PIN_OFFER))
    shift.keys("24681")
    assert (shift.did(SendSecret), shift.prove.stage) == ([], "type")
    shift.keys("0")
    assert [order.secret.reveal() for order in shift.did(SendSecret)] == ["246810"]
    assert (shift.prove.stage, shift.prove.entry.count) == ("wait", 0)


def test_where_the_length_is_not_told_enter_sends() -> None:
    shift = wanted(PIN_OFFER)
    shift.keys("246810")
    assert shift.did(SendSecret) == []
    shift.happens(Entered(shift.prove.entry.number))
    assert len(shift.did(SendSecret)) == 1


def test_a_step_up_is_sent_so_too() -> None:
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(SIX, rung(1))
    shift.says(wants("u1", ANA, PIN_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP))
    shift.keys("246810")
    assert len(shift.did(SendSecret)) == 1


@pytest.mark.parametrize("offer", [CODE_OFFER, KEY_OFFER])
def test_nothing_else_that_is_typed_is_sent_by_its_length(offer: object) -> None:
    shift = sixes(wanted(PIN_OFFER, CODE_OFFER, KEY_OFFER))
    shift.happens(MethodPicked(Method.OTP if offer is CODE_OFFER else Method.FIDO2))
    shift.keys("246810")
    assert (shift.did(SendSecret), shift.prove.entry.count) == ([], 6)


def test_a_shorter_pin_from_before_is_sent_by_enter() -> None:
    shift = sixes(wanted(PIN_OFFER))
    shift.types("2468")
    assert [order.secret.reveal() for order in shift.did(SendSecret)] == ["2468"]
    assert not wrong(shift).prove.by_enter, "nothing was sent by itself"


def test_a_longer_pin_from_before_is_sent_by_enter_after_one_wrong_try() -> None:
    shift = sixes(wanted(PIN_OFFER, CODE_OFFER))
    shift.keys("246810")
    wrong(shift)
    assert (shift.prove.by_enter, shift.prove.settling, shift.prove.retries_left) == (True, True, 3)
    shift.rings("settling")
    shift.types("24681012")
    assert [order.secret.reveal() for order in shift.did(SendSecret)] == ["24681012"]
    wrong(shift)
    shift.happens(MethodPicked(Method.OTP), MethodPicked(Method.PIN))
    shift.keys("246810")
    assert shift.did(SendSecret) == [], "and so it is until the sign-in ends"


def test_digits_that_come_after_it_are_typed_nowhere() -> None:
    shift = sixes(wanted(PIN_OFFER, CODE_OFFER))
    shift.keys("246810")
    shift.keys("1")
    wrong(shift)
    number = shift.watch.state.typing.number
    late = Secret("2")
    shift.happens(KeyPress(), Keyed(number, late))
    assert (WipeSecret(late) in shift.orders, shift.prove.entry.count, shift.prove.missed) == (True, 0, True)
    shift.rings("settling")
    shift.happens(Keyed(number, Secret("3")))
    assert shift.prove.entry.count == 0, "it was typed into the field as it was"
    assert shift.keys("4").reveal() == "4"


def test_the_code_that_is_asked_next_begins_empty_too() -> None:
    shift = sixes(wanted(PIN_OFFER))
    shift.keys("246810")
    shift.says(wants("c1", ANA, CODE_OFFER))
    assert not shift.keys("1")
    assert (shift.prove.method, shift.prove.settling, shift.prove.by_enter) == (Method.OTP, True, False)
    shift.rings("settling")
    assert shift.keys("135").reveal() == "135"


def test_an_enter_out_of_habit_does_not_reach_the_programs() -> None:
    shift = sixes(wanted(PIN_OFFER))
    shift.keys("246810")
    shift.happens(KeyPress(), Entered(shift.watch.state.typing.number))
    shift.says(opened("c1", session(1, ANA)))
    shift.happens(WorkspaceShown(ANA.login))
    assert shift.name == "opening"
    shift.rings("still")
    assert shift.name == "active"


def test_who_types_on_is_waited_for() -> None:
    shift = sixes(wanted(PIN_OFFER, CODE_OFFER))
    shift.keys("246810")
    wrong(shift)
    (first,) = [turn for name, turn in shift.watch.state.timers if name == "settling"]
    shift.happens(KeyPress())
    (second,) = [turn for name, turn in shift.watch.state.timers if name == "settling"]
    assert second > first


def test_pause_escape_and_backspace_go_on_as_they_were() -> None:
    shift = sixes(wanted(PIN_OFFER, CODE_OFFER))
    shift.keys("24681")
    shift.happens(Erased(shift.prove.entry.number))
    shift.keys("1")
    assert (shift.did(SendSecret), shift.prove.entry.count) == ([], 5)
    shift.keys("0")
    wrong(shift, wait=9)
    shift.rings("settling")
    assert (shift.prove.wait, bool(shift.keys("2"))) == (9, False)
    shift.presses(Button.CANCEL)
    assert shift.name == "locked"


def test_a_length_that_changes_forgets_what_was_typed() -> None:
    shift = wanted(PIN_OFFER)
    secret = shift.keys("2468")
    shift.happens(SIX)
    assert (WipeSecret(secret) in shift.orders, shift.prove.entry.count) == (True, 0)
