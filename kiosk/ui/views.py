"""Which widget draws which screen. Built when first wanted, or earlier when there is nothing else to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtWidgets import QWidget

from kiosk.session.screens import (
    Active,
    Fading,
    Locked,
    Opening,
    OutOfOrder,
    Reading,
    Screen,
    SecondFactor,
    StepUp,
    UnknownBadge,
)
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.active import Bar
from kiosk.ui.screens.fading import FadingPage
from kiosk.ui.screens.locked import LockedPage
from kiosk.ui.screens.opening import OpeningPage
from kiosk.ui.screens.out_of_order import OutOfOrderPage
from kiosk.ui.screens.reading import ReadingPage
from kiosk.ui.screens.second_factor import SecondFactorPage
from kiosk.ui.screens.step_up import StepUpPage
from kiosk.ui.screens.unknown_badge import UnknownBadgePage

View: TypeAlias = (
    LockedPage
    | ReadingPage
    | SecondFactorPage
    | OpeningPage
    | Bar
    | FadingPage
    | StepUpPage
    | UnknownBadgePage
    | OutOfOrderPage
)

KINDS: tuple[type[Screen], ...] = (
    Locked,
    Reading,
    SecondFactor,
    Opening,
    Active,
    StepUp,
    UnknownBadge,
    Fading,
    OutOfOrder,
)
"""In the order in which they are likely to be wanted."""


class Views:
    """The screens' widgets, as children of ``parent``, all made with one kit."""

    def __init__(self, parent: QWidget, kit: Kit, bar_height: int) -> None:
        self._parent = parent
        self._built: dict[type, View] = {}
        self._makers: dict[type, Callable[[], View]] = {
            Locked: lambda: LockedPage(kit),
            Reading: lambda: ReadingPage(kit),
            SecondFactor: lambda: SecondFactorPage(kit),
            Opening: lambda: OpeningPage(kit),
            Active: lambda: Bar(kit, bar_height),
            Fading: lambda: FadingPage(kit),
            StepUp: lambda: StepUpPage(kit),
            UnknownBadge: lambda: UnknownBadgePage(kit),
            OutOfOrder: lambda: OutOfOrderPage(kit),
        }

    def of(self, kind: type[Screen]) -> View:
        """The widget for screens of ``kind``, hidden if new."""
        view = self._built.get(kind)
        if view is None:
            view = self._makers[kind]()
            view.hide()
            view.setParent(self._parent)
            self._built[kind] = view
        return view

    def missing(self) -> type[Screen] | None:
        """A kind not built yet, the likeliest first."""
        return next((kind for kind in KINDS if kind not in self._built), None)

    def drop(self) -> None:
        """Take all away, to be built anew."""
        for view in self._built.values():
            view.hide()
            view.deleteLater()
        self._built.clear()


def draw(view: View, screen: Screen) -> None:
    """Have ``view`` draw ``screen``, which is of its kind."""
    match view, screen:
        case (LockedPage(), Locked()):
            view.draw(screen)
        case (ReadingPage(), Reading()):
            view.draw(screen)
        case (SecondFactorPage(), SecondFactor()):
            view.draw(screen)
        case (OpeningPage(), Opening()):
            view.draw(screen)
        case (Bar(), Active()):
            view.draw(screen)
        case (FadingPage(), Fading()):
            view.draw(screen)
        case (StepUpPage(), StepUp()):
            view.draw(screen)
        case (UnknownBadgePage(), UnknownBadge()):
            view.draw(screen)
        case (OutOfOrderPage(), OutOfOrder()):
            view.draw(screen)
