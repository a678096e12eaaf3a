"""A screen that changes in place has room for all its new words before anything can be painted."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QWidget

from kiosk.model.card import CardService
from kiosk.session.screens import Locked
from kiosk.ui.samples import SAMPLES
from tests.fakes.screens import Drawn, settle
from tests.ui.test_layout import problems

KINDS = sorted({screen.name for screen in SAMPLES.values()})


def of_kind(kind: str) -> list[str]:
    return [name for name, screen in SAMPLES.items() if screen.name == kind]


PAIRS = [pair for kind in KINDS for pair in pairwise([*of_kind(kind), *of_kind(kind)[:1]]) if pair[0] != pair[1]]


def shown(drawn: Drawn) -> QWidget:
    view = next(child for child in drawn.window.children() if isinstance(child, QWidget) and child.isVisible())
    assert isinstance(view, QWidget)
    return view


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda name: str(name))
def test_nothing_is_cut_between_two_screens_of_a_kind(drawn: Drawn, before: str, after: str) -> None:
    drawn.window.show_screen(SAMPLES[before])
    settle()
    drawn.window.show_screen(SAMPLES[after])
    at_once = problems(shown(drawn))
    settle()
    assert [said for said in at_once if said not in problems(shown(drawn))] == []


@pytest.mark.parametrize("service", [one for one in CardService if one is not CardService.OK])
def test_a_reader_that_comes_does_not_push_its_neighbour_out(drawn: Drawn, service: CardService) -> None:
    locked = SAMPLES["locked"]
    assert isinstance(locked, Locked)
    none = replace(locked.around, card_service=service, readers=())
    drawn.window.show_screen(replace(locked, around=none))
    settle()
    drawn.window.show_screen(locked)
    assert problems(shown(drawn)) == []
