"""By keyboard alone: on every screen, and on the bar, Tab reaches whatever can be pressed or typed in, each once."""

from __future__ import annotations

import pytest

from kiosk.session.facts.enrolment_screens import Enrolment, MyKeys
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import Active, OutOfOrder, SecondFactor, StepUp, UnknownBadge
from kiosk.ui.samples import SAMPLES
from tests.fakes.screens import Show, focus
from tests.fakes.walking import walks_round

PAGES = (LockScreen, SecondFactor, StepUp, UnknownBadge, OutOfOrder, Enrolment, MyKeys)
"""In other languages ``test_layout`` walks, on what it has drawn."""
NAMES = [
    name
    for name, screen in SAMPLES.items()
    if isinstance(screen, PAGES) or (isinstance(screen, Active) and screen.reached)
]
CHANGING = [name for name in NAMES if isinstance(SAMPLES[name], Enrolment | MyKeys)]


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
def test_tab_goes_round_all_there_is(show: Show) -> None:
    found: dict[str, list[str]] = {}
    for name in NAMES:
        show.done()
        found[name] = walks_round(show(SAMPLES[name]).view)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.timeout(600)  # every screen is drawn in it, on a slow machine too
def test_the_first_stop_changes_nothing_by_a_stray_enter(show: Show) -> None:
    """What takes something away, or shows only once, is never where Enter falls first."""
    first: dict[str, object] = {}
    for name in CHANGING:
        show.done()
        show(SAMPLES[name])
        first[name] = focus().property("kind")
    assert [name for name, kind in first.items() if kind == "refuse"] == []
