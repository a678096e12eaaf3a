"""Which widget draws which screen. Built when first wanted, or earlier when there is nothing else to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeGuard, cast, get_args, runtime_checkable

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from kiosk.ui.parts import voice
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.locked import LockedPage

if TYPE_CHECKING:  # 111 ms of pages and 15 ms of screens, for which the first paint would wait
    from kiosk.session.facts.screens import Active, Fading, Screen
    from kiosk.ui.screens.active import SessionBar
    from kiosk.ui.screens.aftermath import AftermathPage
    from kiosk.ui.screens.emergency import EmergencyPage
    from kiosk.ui.screens.enrolment import EnrolmentPage
    from kiosk.ui.screens.fading import FadingPage
    from kiosk.ui.screens.my_keys import MyKeysPage
    from kiosk.ui.screens.opening import OpeningPage
    from kiosk.ui.screens.out_of_order import OutOfOrderPage
    from kiosk.ui.screens.owed_text import OwedTextPage
    from kiosk.ui.screens.reading import ReadingPage
    from kiosk.ui.screens.second_factor import SecondFactorPage
    from kiosk.ui.screens.step_up import StepUpPage
    from kiosk.ui.screens.unknown_badge import UnknownBadgePage

View: TypeAlias = (
    "LockedPage | ReadingPage | SecondFactorPage | OpeningPage | SessionBar | FadingPage | StepUpPage"
    " | UnknownBadgePage | OutOfOrderPage | EnrolmentPage | MyKeysPage | AftermathPage | EmergencyPage | OwedTextPage"
)

# Each page is imported when it is first made: all at once are 111 ms, for which the lock screen would wait.


def _locked(kit: Kit, bar_height: int) -> View:
    return LockedPage(kit)


def _reading(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.reading import ReadingPage

    return ReadingPage(kit)


def _second_factor(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.second_factor import SecondFactorPage

    return SecondFactorPage(kit)


def _opening(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.opening import OpeningPage

    return OpeningPage(kit)


def _active(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.active import SessionBar

    return SessionBar(kit, bar_height)


def _step_up(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.step_up import StepUpPage

    return StepUpPage(kit)


def _aftermath(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.aftermath import AftermathPage

    return AftermathPage(kit)


def _unknown_badge(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.unknown_badge import UnknownBadgePage

    return UnknownBadgePage(kit)


def _fading(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.fading import FadingPage

    return FadingPage(kit)


def _out_of_order(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.out_of_order import OutOfOrderPage

    return OutOfOrderPage(kit)


def _my_keys(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.my_keys import MyKeysPage

    return MyKeysPage(kit)


def _emergency(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.emergency import EmergencyPage

    return EmergencyPage(kit)


def _owed_text(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.owed_text import OwedTextPage

    return OwedTextPage(kit)


def _enrolment(kit: Kit, bar_height: int) -> View:
    from kiosk.ui.screens.enrolment import EnrolmentPage

    return EnrolmentPage(kit)


MAKERS: dict[str, Callable[[Kit, int], View]] = {
    "LockScreen": _locked,
    "Reading": _reading,
    "SecondFactor": _second_factor,
    "Opening": _opening,
    "Active": _active,
    "StepUp": _step_up,
    "Aftermath": _aftermath,
    "UnknownBadge": _unknown_badge,
    "Fading": _fading,
    "OutOfOrder": _out_of_order,
    "Emergency": _emergency,
    "OwedTextScreen": _owed_text,
    "MyKeys": _my_keys,
    "Enrolment": _enrolment,
}
"""By the class of a screen, in the order in which they are likely to be wanted."""


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
class LeavableView(Protocol):
    """A view that has something to end when another screen takes its place."""

    def leave(self) -> None: ...


def leave(view: View | None) -> None:
    """Another screen takes the place of ``view``."""
    if view is not None:
        view.hide()
        if isinstance(view, LeavableView):
            view.leave()


class Views:
    """The screens' widgets, as children of ``parent``, all made with one kit."""

    def __init__(self, parent: QWidget, kit: Kit, bar_height: int) -> None:
        self._parent, self._kit = parent, kit
        self.direct()
        voice.install()
        self._built: dict[type, View] = {}
        self._bar_height = bar_height

    def direct(self) -> None:
        """Have everything of this program begin where one begins to read in this language."""
        right = self._kit.words.right_to_left
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right else Qt.LayoutDirection.LeftToRight)

    def of(self, kind: type[Screen]) -> View:
        """The widget for screens of ``kind``, hidden if new."""
        view = self._built.get(kind)
        if view is None:
            view = MAKERS[kind.__name__](self._kit, self._bar_height)
            view.hide()
            view.setParent(self._parent)
            self._built[kind] = view
        return view

    def missing(self) -> type[Screen] | None:
        """A kind not built yet, the likeliest first."""
        from kiosk.session.facts.screens import Screen  # 15 ms, when the lock screen has been painted

        kinds: dict[str, type[Screen]] = {kind.__name__: kind for kind in get_args(Screen)}
        return next((kinds[name] for name in MAKERS if kinds[name] not in self._built), None)

    def drop(self) -> None:
        """Take all away, to be built anew."""
        for view in self._built.values():
            view.hide()
            view.deleteLater()
        self._built.clear()


class _Page(Protocol):
    """What ``draw`` knows of a view."""

    def draw(self, screen: Screen) -> None: ...


def draw(view: View, screen: Screen) -> None:
    """Have ``view`` draw ``screen``, which is of its kind: ``Views.of`` paired them."""
    cast("_Page", view).draw(screen)
