"""What ``kiosk status`` says of a step-up: nothing before the person can answer it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.agent.status import status_of
from kiosk.session.screens import StepUp
from kiosk.session.state import initial
from kiosk.ui.samples import SAMPLES


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
