"""Which widget draws which screen. Built when first wanted, or earlier when there is nothing else to do."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard, cast, runtime_checkable

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from kiosk.ui.parts import voice
from kiosk.ui.parts.kit import Kit

if TYPE_CHECKING:  # the first paint waits for what is imported here
    from kiosk.session.facts.screens import Active, Fading, Screen
    from kiosk.ui.screens.active import Bar
    from kiosk.ui.screens.aftermath import AftermathPage
    from kiosk.ui.screens.enrolment import EnrolmentPage
    from kiosk.ui.screens.fading import FadingPage
    from kiosk.ui.screens.locked import LockedPage
    from kiosk.ui.screens.my_keys import MyKeysPage
    from kiosk.ui.screens.opening import OpeningPage
    from kiosk.ui.screens.out_of_order import OutOfOrderPage
    from kiosk.ui.screens.reading import ReadingPage
    from kiosk.ui.screens.second_factor import SecondFactorPage
    from kiosk.ui.screens.step_up import StepUpPage
    from kiosk.ui.screens.unknown_badge import UnknownBadgePage

View: TypeAlias = (
    "LockedPage | ReadingPage | SecondFactorPage | OpeningPage | Bar | FadingPage | StepUpPage | UnknownBadgePage"
    " | OutOfOrderPage | EnrolmentPage | MyKeysPage | AftermathPage"
)

PAGES = {
    "Locked": ("locked", "LockedPage"),
    "Reading": ("reading", "ReadingPage"),
    "SecondFactor": ("second_factor", "SecondFactorPage"),
    "Opening": ("opening", "OpeningPage"),
    "Active": ("active", "Bar"),
    "StepUp": ("step_up", "StepUpPage"),
    "Aftermath": ("aftermath", "AftermathPage"),
    "UnknownBadge": ("unknown_badge", "UnknownBadgePage"),
    "Fading": ("fading", "FadingPage"),
    "OutOfOrder": ("out_of_order", "OutOfOrderPage"),
    "MyKeys": ("my_keys", "MyKeysPage"),
    "Enrolment": ("enrolment", "EnrolmentPage"),
}
"""File and class for each kind of screen, in the order in which they are likely to be wanted."""


BOXES = 8
"""Within one another, at most: a text in the innermost, the screen is the outermost."""


def lay_out() -> None:
    """Give what changed in place its room now.

    A longer word asks its box for more, that asks the next one, each by an event of its own; were the screen painted
    between two of them, its neighbour would be seen cut short.
    """
    for _ in range(BOXES):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def is_bar(screen: Screen | None) -> TypeGuard[Active]:
    """Whether ``screen`` is the session bar; told by its name, because its class is not imported yet at first."""
    return screen is not None and screen.name == "active"


def is_fading(screen: Screen | None) -> TypeGuard[Fading]:
    """Whether ``screen`` warns that the session is about to be locked."""
    return screen is not None and screen.name == "fading"


@runtime_checkable
class Leaving(Protocol):
    """A view that has something to end when another screen takes its place."""

    def leave(self) -> None: ...


def leave(view: View | None) -> None:
    """Another screen takes the place of ``view``."""
    if view is not None:
        view.hide()
        if isinstance(view, Leaving):
            view.leave()


class Views:
    """The screens' widgets, as children of ``parent``, all made with one kit."""

    def __init__(self, parent: QWidget, kit: Kit, bar_height: int) -> None:
        self._parent, self._kit = parent, kit
        self.direct()
        voice.install()
        self._built: dict[type, View] = {}
        self._make = Maker(kit, bar_height)

    def direct(self) -> None:
        """Have everything of this program begin where one begins to read in this language."""
        right = self._kit.words.right_to_left
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right else Qt.LayoutDirection.LeftToRight)

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
        from kiosk.session.facts import screens

        kinds = (cast("type[Screen]", getattr(screens, name)) for name in PAGES)
        return next((kind for kind in kinds if kind not in self._built), None)

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
        module, name = PAGES[kind.__name__]
        page = getattr(import_module(f"kiosk.ui.screens.{module}"), name)
        made: View = page(self._kit, self._bar_height) if name == "Bar" else page(self._kit)
        return made


def draw(view: View, screen: Screen) -> None:
    """Have ``view`` draw ``screen``, which is of its kind: ``Views.of`` paired them."""
    widget: Any = view
    widget.draw(screen)
