"""Letters that nobody sees: Caps Lock and the layout are said where they count, and a key's PIN is seen while held."""

from __future__ import annotations

import pytest

from kiosk.model.ceremony import MethodOffer
from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.enrolment_screens import Enrolment
from kiosk.session.facts.orders import NextLayout
from kiosk.session.facts.person_input import Entered, Erased, Keyed, MethodPicked, Peeked
from kiosk.session.facts.screens import SecondFactor, StepUp
from kiosk.session.facts.secret_field import EntryView
from kiosk.session.facts.stage_news import StageLocked
from kiosk.session.facts.state import State
from kiosk.session.facts.station_news import KeyboardChanged
from kiosk.session.screen import screen_for
from tests.session.choices import choices
from tests.session.fields import FIELDS
from tests.session.shift import Shift, wanted
from tests.session.watch import Watch
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, CARD_OFFER, CODE_OFFER, KEY_OFFER, PIN_OFFER


def entry_of(state: State) -> EntryView | None:
    """The field on the screen."""
    screen = screen_for(state)
    match screen:
        case SecondFactor(prove=prove) | StepUp(prove=prove):
            return prove.entry if prove is not None else None
        case Enrolment(part=part):
            found = getattr(getattr(part, "prove", part), "entry", None)
            return found if isinstance(found, EntryView) else None
        case _:
            return None


def at(name: str) -> EnrolShift:
    shift = EnrolShift()
    FIELDS[name](shift)
    return shift


def test_caps_lock_and_layout_are_said_where_letters_count() -> None:
    shift = wanted(KEY_OFFER, PIN_OFFER)
    shift.happens(MethodPicked(Method.FIDO2), KeyboardChanged(True, "DE"))
    assert (shift.prove.entry.caps, shift.prove.entry.layout) == (True, "DE")
    shift.happens(MethodPicked(Method.PIN))
    assert (shift.prove.entry.caps, shift.prove.entry.layout) == (False, ""), "digits have neither"
    shift.happens(MethodPicked(Method.FIDO2), KeyboardChanged(False))
    assert (shift.prove.entry.caps, shift.prove.entry.layout) == (False, "")


@pytest.mark.parametrize("name", ["locked", "active", "second_factor"])
def test_the_next_layout_is_a_touch_away(name: str) -> None:
    shift = wanted(KEY_OFFER) if name == "second_factor" else Shift()
    if name == "active":
        shift.works(ANA, ANA_BADGE)
    shift.presses(Button.LAYOUT)
    assert (shift.did(NextLayout), shift.name) == ([NextLayout()], name)


def seen_of(shift: Shift) -> str | None:
    """What of the field is to be read."""
    shown = shift.prove.entry.shown
    return None if shown is None else shown.reveal()


def test_a_key_pin_is_seen_while_the_eye_is_held() -> None:
    shift = wanted(KEY_OFFER)
    shift.keys("zebra")
    number = shift.prove.entry.number
    seen = [seen_of(shift)]
    for event in (Peeked(number, True), Erased(number), Peeked(number, False)):
        shift.happens(event)
        seen.append(seen_of(shift))
        assert "zebr" not in repr(shift.screen)
    assert seen == [None, "zebra", "zebr", None]


@pytest.mark.parametrize("offer", [PIN_OFFER, CODE_OFFER, CARD_OFFER], ids=lambda offer: str(offer.method))
def test_nothing_of_digits_is_ever_seen(offer: MethodOffer) -> None:
    shift = wanted(offer)
    shift.keys("2468")
    shift.happens(Peeked(shift.prove.entry.number, True))
    assert (shift.prove.entry.shown, shift.prove.entry.count) == (None, 4)


@pytest.mark.parametrize("name", FIELDS)
def test_in_every_field_it_is_seen_where_letters_are_typed_and_nowhere_else(name: str) -> None:
    shift = at(name)
    shift.keys("24")
    shift.happens(Peeked(shift.watch.state.typing.number, True))
    place, entry = shift.watch.state.typing.place, entry_of(shift.watch.state)
    assert place is not None
    assert entry is not None
    assert (entry.shown is not None) == (not place.digits_only)


@pytest.mark.parametrize("name", FIELDS)
def test_whatever_else_is_on_the_screen_then_shows_nothing(name: str) -> None:
    shift = at(name)
    shift.keys("24")
    before = shift.watch.state
    shift.happens(Peeked(before.typing.number, True))
    held = shift.watch.state
    for event in choices(held, 900):
        watch = Watch(held)
        watch.feed(event)
        if watch.state.typing.number != held.typing.number:
            entry = entry_of(watch.state)
            assert not watch.state.typing.peek, f"it is shown on after {event}"
            assert entry is None or entry.shown is None


def test_a_lock_and_enter_end_it() -> None:
    shift = wanted(KEY_OFFER)
    shift.keys("zebra")
    number = shift.prove.entry.number
    shift.happens(Peeked(number, True), StageLocked("suspend"))
    assert not shift.watch.state.typing.peek
    shift = wanted(KEY_OFFER)
    shift.keys("zebra")
    number = shift.prove.entry.number
    shift.happens(Peeked(number, True), Entered(number), Peeked(number, True), Keyed(number, shift.keys("")))
    assert not shift.watch.state.typing.peek
