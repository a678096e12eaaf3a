"""What a screen drawn in a test is, and what it posted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from kiosk.session.facts.enrolment_screens import Enrolment
from kiosk.session.facts.events import Event
from kiosk.session.facts.person_input import Entered, Erased, Keyed, PageShown
from kiosk.session.facts.screens import Screen
from kiosk.ui.parts.button import JUST_CAME
from kiosk.ui.parts.kit import Kit
from kiosk.ui.samples import SAMPLES
from kiosk.ui.views import View
from kiosk.ui.window import Window


@dataclass
class Shown:
    """A drawn screen: its widget, and what it posted so far. ``told``: which pages it said it has painted."""

    view: View
    kit: Kit
    events: list[Event] = field(default_factory=list)
    told: list[PageShown] = field(default_factory=list)


class Show(Protocol):
    """Draws a screen as the window would. ``done``: all that was drawn so far may go."""

    def __call__(
        self, screen: Screen, size: tuple[int, int] = ..., theme_name: str = ..., language: str = ..., dpi: int = ...
    ) -> Shown: ...

    def done(self) -> None: ...


@dataclass
class Drawn:
    """A window in a test, what it posted and what it painted."""

    window: Window
    events: list[Event] = field(default_factory=list)
    painted: list[str] = field(default_factory=list)


def focus() -> QWidget:
    """What has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def entered(shown: Shown) -> list[str]:
    """The secrets that were typed and entered, as a session would have put them together."""
    done: list[str] = []
    typed = ""
    for event in shown.events:
        match event:
            case Keyed(character=character):
                typed += character.reveal()
            case Erased(whole=whole):
                typed = "" if whole else typed[:-1]
            case Entered():
                done, typed = [*done, typed], ""
            case _:
                pass
    return done


def enter(shown: Shown) -> list[Event]:
    """Press Enter, once the screen takes it; all that was posted so far."""
    while shown.view.property(JUST_CAME):
        QTest.qWait(10)  # until the page takes input
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    return shown.events


def said(view: QWidget) -> str:
    """All that stands on the screen."""
    return " | ".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def enrolment(name: str) -> Enrolment:
    """The sample of that name."""
    screen = SAMPLES[name]
    assert isinstance(screen, Enrolment)
    return screen


def settle() -> None:
    """Let layouts, paints and deletions happen."""
    for _ in range(4):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
