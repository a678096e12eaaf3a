"""Which widget draws which screen. Built when first wanted, or earlier when there is nothing else to do."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

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

if TYPE_CHECKING:  # the first paint waits for what is imported here
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
    "LockedPage | ReadingPage | SecondFactorPage | OpeningPage | Bar | FadingPage | StepUpPage | UnknownBadgePage"
    " | OutOfOrderPage"
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

PAGES: dict[type[Screen], tuple[str, str]] = {
    Locked: ("locked", "LockedPage"),
    Reading: ("reading", "ReadingPage"),
    SecondFactor: ("second_factor", "SecondFactorPage"),
    Opening: ("opening", "OpeningPage"),
    Fading: ("fading", "FadingPage"),
    StepUp: ("step_up", "StepUpPage"),
    UnknownBadge: ("unknown_badge", "UnknownBadgePage"),
    OutOfOrder: ("out_of_order", "OutOfOrderPage"),
}
"""File and class of each page; the session bar is made in another way."""


@runtime_checkable
class Leaving(Protocol):
    """A view that has something to end when another screen takes its place."""

    def leave(self) -> None: ...


class Views:
    """The screens' widgets, as children of ``parent``, all made with one kit."""

    def __init__(self, parent: QWidget, kit: Kit, bar_height: int) -> None:
        self._parent = parent
        self._built: dict[type, View] = {}
        self._make = Maker(kit, bar_height)

    def of(self, kind: type[Screen]) -> View:
        """The widget for screens of ``kind``, hidden if new."""
        view = self._built.get(kind)
        if view is None:
            view = self._make(kind)
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


class Maker:
    """Makes the widget for a kind of screen. Each is imported when it is first made: the lock screen comes first."""

    def __init__(self, kit: Kit, bar_height: int) -> None:
        self._kit = kit
        self._bar_height = bar_height

    def __call__(self, kind: type[Screen]) -> View:
        if kind is Active:
            from kiosk.ui.screens.active import Bar

            return Bar(self._kit, self._bar_height)
        module, name = PAGES[kind]
        made: View = getattr(import_module(f"kiosk.ui.screens.{module}"), name)(self._kit)
        return made


def draw(view: View, screen: Screen) -> None:
    """Have ``view`` draw ``screen``, which is of its kind: ``Views.of`` paired them."""
    widget: Any = view
    widget.draw(screen)
