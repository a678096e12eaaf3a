"""What is typed belongs to one field of one person, and nothing of it survives: every field with every event."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.secret import Secret
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button
from kiosk.session.facts.carried import Proving
from kiosk.session.facts.ceremony_orders import SendSecret
from kiosk.session.facts.enrolment_state import EnrolMode, ProofPhase
from kiosk.session.facts.events import StepUpWithdrawn, TimerExpired
from kiosk.session.facts.modes import SecondFactorMode
from kiosk.session.facts.orders import SetTimer, WipeSecret
from kiosk.session.facts.person_input import Entered, Erased, Keyed, MethodPicked, PurposePicked, Typed
from kiosk.session.facts.screens import SecondFactor, StepUp
from kiosk.session.facts.secret_field import NOTHING_TYPED, EntryView
from kiosk.session.facts.stage_news import StageLocked
from kiosk.session.facts.state import State
from kiosk.session.facts.station_news import Online
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.screen import screen_for
from kiosk.session.shared.typing import FORGOTTEN, FORGOTTEN_AFTER
from tests.session.choices import choices
from tests.session.fields import FIELDS
from tests.session.shift import Shift, wanted
from tests.session.test_table import STATES
from tests.session.watch import Watch
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, CODE_OFFER, KEY_OFFER, PIN_OFFER, STATION, rung, wants

SOME = "24"
"""Typed and not entered: fewer than any field wants."""


def typed_in(name: str) -> EnrolShift:
    """That field, with something typed."""
    shift = EnrolShift()
    FIELDS[name](shift)
    assert len(shift.keys(SOME)) == len(SOME), f"nothing can be typed at {name}"
    return shift


def proving_of(state: State) -> Proving | None:
    mode = state.mode
    if isinstance(mode, SecondFactorMode | StepUpMode):
        return mode.proving
    return mode.part.proving if isinstance(mode, EnrolMode) and isinstance(mode.part, ProofPhase) else None


def asks(state: State) -> tuple[Any, ...]:
    """Whose secret is asked for, and for what, told from the screen and the ceremony, not from where it is held."""
    mode, p = state.mode, proving_of(state)
    about: list[Any] = [type(mode).__name__]
    if p is not None:
        about += [p.view.id, p.view.person, p.method, p.stage, p.purpose, p.shown]
    if isinstance(mode, SecondFactorMode):
        about.append(mode.person)
    if isinstance(mode, StepUpMode):
        about += [mode.session.id, mode.request_number, mode.request, mode.purpose, mode.after]
    if isinstance(mode, EnrolMode):
        view = mode.view
        about += [type(mode.part).__name__, mode.session and mode.session.id, mode.after]
        about += [(view.id, view.step, view.kind, view.person, view.second) if view else None]
        about += [
            getattr(mode.part, field.name) for field in fields(mode.part) if field.name in ("of", "purpose", "typing")
        ]
    return tuple(about)


@pytest.mark.parametrize("name", FIELDS)
def test_nothing_survives_once_anything_else_is_asked_or_of_anybody_else(name: str) -> None:
    before = typed_in(name).watch.state
    for event in choices(before, 900):
        watch = Watch(before)
        watch.feed(event)
        after = watch.state
        if asks(after) != asks(before):
            assert after.typing.secret is None, f"it survived {event}"
        if after.typing.secret is not None and not isinstance(event, Keyed | Erased):
            assert after.typing.secret is before.typing.secret


@pytest.mark.parametrize("name", FIELDS)
def test_what_still_comes_from_the_field_as_it_was_is_not_taken(name: str) -> None:
    """Keys travel; meanwhile the screen may have become another one's."""
    before = typed_in(name).watch.state
    number = before.typing.number
    for event in choices(before, 900):
        watch = Watch(before)
        watch.feed(event)
        if watch.state.typing.number != number:
            watch.feed(Keyed(number, Secret("7")))
            watch.feed(Entered(number))
            assert watch.state.typing.secret is None


OTHERS = {**{state.__name__: state for state in STATES}, **FIELDS}


@pytest.mark.parametrize("first", FIELDS)
def test_between_every_two_screens_nothing_is_carried(first: str, subtests: pytest.Subtests) -> None:
    """From a field with something typed to every screen, and to every other field: each begins empty."""
    for second, reach in OTHERS.items():
        with subtests.test(second):
            shift = typed_in(first)
            held = shift.watch.state.typing.secret
            shift.presses(Button.CANCEL)
            assert shift.watch.state.typing.secret is None
            assert held is not None
            assert id(held) in shift.watch.spent
            if shift.name != "locked":
                shift.hears("revoked")
                shift.happens(Online(STATION))
            reach(shift)
            assert (shift.watch.state.typing.secret, entry_of(shift)) == (None, 0)


def entry_of(shift: Shift) -> int:
    """Dots on the screen."""
    screen = screen_for(shift.watch.state)
    prove = screen.prove if isinstance(screen, SecondFactor | StepUp) else getattr(screen, "part", None)
    entry = getattr(prove, "entry", NOTHING_TYPED)
    assert isinstance(entry, EntryView)
    return entry.count


def test_a_found_badge_opens_nothing_with_what_its_owner_had_typed() -> None:
    shift = wanted(PIN_OFFER)
    shift.keys("246810")
    shift.presses(Button.CANCEL)
    shift.lift()
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c2", ANA, PIN_OFFER))
    shift.happens(Entered(shift.watch.state.typing.number))
    assert not shift.did(SendSecret)


def test_a_colleagues_tap_forgets_it() -> None:
    shift = wanted(PIN_OFFER)
    secret = shift.keys("2468")
    shift.tap("back")
    shift.reads(BEN_BADGE)
    assert WipeSecret(secret) in shift.orders
    shift.says(wants("c2", BEN, PIN_OFFER))
    assert shift.shows(SecondFactor).prove.entry.count == 0


def test_another_method_of_the_same_person_forgets_it() -> None:
    shift = wanted(PIN_OFFER, CODE_OFFER)
    secret = shift.keys("2468")
    shift.happens(MethodPicked(Method.OTP))
    assert (WipeSecret(secret) in shift.orders, shift.prove.entry.count) == (True, 0)


def test_another_purpose_is_another_wish() -> None:
    shift = EnrolShift()
    FIELDS["step-up, pin"](shift)
    secret = shift.keys("2468")
    shift.happens(PurposePicked("audit"))
    assert (WipeSecret(secret) in shift.orders, shift.prove.entry.count) == (True, 0)


def test_a_wish_that_is_withdrawn_takes_it_along_and_the_next_one_begins_empty() -> None:
    shift = EnrolShift()
    FIELDS["step-up, pin"](shift)
    secret = shift.keys("2468")
    shift.happens(StepUpWithdrawn(1))
    assert WipeSecret(secret) in [order for order in shift.history if isinstance(order, WipeSecret)]
    assert shift.watch.state.typing.secret is None


@pytest.mark.parametrize("reason", ["suspend", "monitors", "ordered"])
def test_whatever_the_stage_covers_for_nothing_typed_stays(reason: str) -> None:
    shift = EnrolShift()
    FIELDS["step-up, pin"](shift)
    shift.keys("2468")
    shift.happens(StageLocked(reason))
    assert shift.watch.state.typing.secret is None


def test_a_session_that_went_elsewhere_forgets_what_was_typed_for_its_step_up() -> None:
    shift = EnrolShift()
    FIELDS["step-up, pin"](shift)
    shift.keys("2468")
    session = shift.watch.state.mode
    assert isinstance(session, StepUpMode)
    shift.hears("lock", session.session.id, "Ward 5")
    assert shift.shows(StepUp).prove is not None
    assert shift.prove.entry.count == 0, "whoever types here may not be they any more"


def test_what_is_typed_and_left_alone_is_forgotten() -> None:
    shift = wanted(PIN_OFFER)
    secret = shift.keys("2468")
    assert [o.seconds for o in shift.history if isinstance(o, SetTimer) and o.name == FORGOTTEN] == [
        FORGOTTEN_AFTER
    ] * 4
    shift.rings(FORGOTTEN)
    assert (shift.did(WipeSecret), shift.prove.entry.count) == ([WipeSecret(secret)], 0)
    assert FORGOTTEN not in dict(shift.watch.state.timers)


def test_a_character_is_taken_back_and_all_are() -> None:
    shift = wanted(KEY_OFFER)
    shift.keys("grün")
    number = shift.prove.entry.number
    shift.happens(Erased(number))
    shift.happens(Erased(number))
    assert shift.prove.entry.count == 2
    secret = shift.watch.state.typing.secret
    assert secret is not None
    assert secret.reveal() == "gr"
    shift.happens(Erased(number, whole=True))
    assert (shift.prove.entry.count, shift.watch.state.typing.secret) == (0, None)


def test_what_the_session_says_to_itself_is_not_believed_of_anybody_else() -> None:
    shift = wanted(PIN_OFFER)
    said = Secret("246810")
    shift.happens(Typed(said))
    assert (shift.did(SendSecret), shift.did(WipeSecret)) == ([], [WipeSecret(said)])


def test_typing_goes_on_while_a_card_that_came_by_is_looked_at() -> None:
    shift = wanted(PIN_OFFER)
    shift.keys("2468")
    shift.tap("back")
    shift.keys("10")
    shift.fails(CardTrouble.LIFTED_EARLY)
    shift.happens(Entered(shift.prove.entry.number))
    assert shift.did(SendSecret)[0].secret.reveal() == "246810"


def test_a_slowed_station_does_not_keep_a_key_from_its_owner() -> None:
    shift = wanted(PIN_OFFER, KEY_OFFER)
    shift.types("000000")
    shift.says(wants("c1", ANA, PIN_OFFER, KEY_OFFER, refusal=Refusal(RefusalCode.WRONG_PIN, 3, wait=16)))
    shift.happens(MethodPicked(Method.FIDO2))
    waits: list[int | None] = [shift.prove.wait]
    assert shift.keys("plum")
    shift.happens(MethodPicked(Method.PIN))
    waits.append(shift.prove.wait)
    assert waits == [None, 16]
    assert not shift.keys("1")


def test_an_old_alarm_of_a_wait_does_not_end_the_next_one() -> None:
    shift = wanted(PIN_OFFER)
    shift.types("000000")
    shift.says(wants("c1", ANA, PIN_OFFER, refusal=Refusal(RefusalCode.WRONG_PIN, 3, wait=1)))
    (old,) = [turn for name, turn in shift.watch.state.timers if name == "wait"]
    shift.rings("wait")
    shift.types("000001")
    shift.says(wants("c1", ANA, PIN_OFFER, refusal=Refusal(RefusalCode.WRONG_PIN, 2, wait=4)))
    shift.happens(TimerExpired(old, AlarmName.WAIT))
    assert shift.prove.wait == 4


def test_a_program_that_rings_while_a_secret_is_typed_elsewhere_changes_nothing() -> None:
    shift = wanted(PIN_OFFER)
    shift.keys("2468")
    shift.happens(rung(1))
    assert shift.prove.entry.count == 4


def test_nothing_shows_what_is_held() -> None:
    shift = wanted(PIN_OFFER)
    shift.keys("97531")
    assert "97531" not in repr(shift.watch.state)
    assert "97531" not in repr(shift.screen)
    assert replace(shift.prove.entry, number=0) == EntryView(0, 5)
