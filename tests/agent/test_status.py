"""What ``kiosk status`` says: a step-up once it can be answered, a field once it takes what is typed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.agent.status import status_of
from kiosk.model.card import CardTrouble
from kiosk.session.facts.enrolment_screens import Enrolment, EnrolPin, MyKeys
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Screen, SecondFactor, StepUp
from kiosk.session.facts.secret_field import EntryView
from kiosk.session.facts.state import initial
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.people import AROUND


@pytest.mark.parametrize(
    ("purposes", "asked", "state"),
    [((), False, "active"), (("treatment",), False, "step_up"), ((), True, "step_up")],
    ids=["the service is being asked", "a purpose is wanted", "a proof is wanted"],
)
def test_a_step_up_is_one_once_it_can_be_answered(purposes: tuple[str, ...], asked: bool, state: str) -> None:
    screen = SAMPLES["step-up-pin"]
    assert isinstance(screen, StepUp)
    shown = replace(screen, purposes=purposes, prove=screen.prove if asked else None)
    assert status_of(initial(), shown)["state"] == state


def typing(**changes: object) -> SecondFactor:
    screen = SAMPLES["second-factor-pin"]
    assert isinstance(screen, SecondFactor)
    return replace(screen, prove=replace(screen.prove, **{"stage": "type", "entry": EntryView(7), **changes}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("screen", "entry"),
    [
        (typing(), 7),
        (typing(stage="wait"), None),
        (typing(stage="hold"), None),
        (typing(wait=5), None),
        (typing(trouble=CardTrouble.PIN_BLOCKED), None),
        (LockScreen(AROUND), None),
        (LockScreen(AROUND, typing_login=True), 0),
        (SAMPLES["active"], None),
    ],
)
def test_an_entry_is_there_while_a_field_takes_what_is_typed(screen: Screen, entry: int | None) -> None:
    assert status_of(initial(), screen)["entry"] == entry


@pytest.mark.parametrize("busy", [False, True])
def test_a_new_pin_is_typed_unless_the_last_one_is_looked_at(busy: bool) -> None:
    screen = SAMPLES["enrol-hold"]
    assert isinstance(screen, Enrolment)
    pin = EnrolPin("service", "new", 6, 12, True, entry=EntryView(3), busy=busy)
    said = status_of(initial(), replace(screen, at="new", part=pin))
    assert (said["step"], said["entry"]) == (("new.pin.new.busy", None) if busy else ("new.pin.new", 3))


@pytest.mark.parametrize(
    ("chosen", "confirm", "busy", "step"),
    [
        (None, False, True, "keys.list.busy"),
        (None, False, False, "keys.list"),
        ("m1", False, False, "keys.chosen"),
        ("m1", True, False, "keys.confirm"),
    ],
)
def test_a_list_of_keys_says_how_far_it_is(chosen: str | None, confirm: bool, busy: bool, step: str) -> None:
    screen = SAMPLES["my-keys"]
    assert isinstance(screen, MyKeys)
    assert status_of(initial(), replace(screen, chosen=chosen, confirm=confirm, busy=busy))["step"] == step
