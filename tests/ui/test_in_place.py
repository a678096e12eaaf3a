"""A screen that changes in place has room for all its new words before anything can be painted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget

from kiosk.model.card import CardService
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.ui.samples import SAMPLES
from tests.fakes.screens import Drawn, settle
from tests.ui.test_layout import problems

KINDS = sorted({screen.name for screen in SAMPLES.values()})


def of_kind(kind: str) -> list[str]:
    return [name for name, screen in SAMPLES.items() if screen.name == kind]


def shown(drawn: Drawn) -> QWidget:
    view = next(child for child in drawn.window.children() if isinstance(child, QWidget) and child.isVisible())
    assert isinstance(view, QWidget)
    return view


@pytest.mark.parametrize("kind", [kind for kind in KINDS if len(of_kind(kind)) > 1])
def test_nothing_is_cut_between_two_screens_of_a_kind(drawn: Drawn, kind: str) -> None:
    """Each after the one before it, in one window: a window for every two of them would be most of the work."""
    first, *others = of_kind(kind)
    drawn.window.show_screen(SAMPLES[first])
    settle()
    cut = {}
    for name in (*others, first):
        drawn.window.show_screen(SAMPLES[name])
        at_once = problems(shown(drawn))
        settle()
        in_the_end = problems(shown(drawn))
        cut[name] = [said for said in at_once if said not in in_the_end]
    assert {name: said for name, said in cut.items() if said} == {}


@pytest.mark.parametrize("service", [state for state in CardService if state is not CardService.OK])
def test_a_reader_that_comes_does_not_push_its_neighbour_out(drawn: Drawn, service: CardService) -> None:
    locked = SAMPLES["locked"]
    assert isinstance(locked, LockScreen)
    none = replace(locked.status, card_service=service, readers=())
    drawn.window.show_screen(replace(locked, status=none))
    settle()
    drawn.window.show_screen(locked)
    assert problems(shown(drawn)) == []
