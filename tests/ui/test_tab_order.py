"""By keyboard alone: on every screen, and on the bar, Tab reaches whatever can be pressed or typed in, each once."""

from __future__ import annotations

import pytest

from kiosk.session.facts.enrolment_screens import Enrolment, MyKeys
from kiosk.session.facts.screens import (
    Active,
    Locked,
    OutOfOrder,
    SecondFactor,
    StepUp,
    UnknownBadge,
)
from kiosk.ui.samples import SAMPLES
from tests.fakes.screens import Show, focus
from tests.fakes.walking import walks_round

PAGES = (Locked, SecondFactor, StepUp, UnknownBadge, OutOfOrder, Enrolment, MyKeys)
"""In other languages ``test_layout`` walks, on what it has drawn."""
NAMES = [
    name
    for name, screen in SAMPLES.items()
    if isinstance(screen, PAGES) or (isinstance(screen, Active) and screen.reached)
]
CHANGING = [name for name in NAMES if isinstance(SAMPLES[name], Enrolment | MyKeys)]


@pytest.mark.parametrize("name", NAMES)
def test_tab_goes_round_all_there_is(show: Show, name: str) -> None:
    assert walks_round(show(SAMPLES[name]).view) == []


@pytest.mark.parametrize("name", CHANGING)
def test_the_first_stop_changes_nothing_by_a_stray_enter(show: Show, name: str) -> None:
    """What takes something away, or shows only once, is never where Enter falls first."""
    show(SAMPLES[name])
    assert focus().property("kind") != "refuse"
