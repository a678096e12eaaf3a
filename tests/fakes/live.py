"""A window with the real session behind it: what is typed goes through both, as at a workstation."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from kiosk.model.secret import Secret
from kiosk.session.facts.events import Event
from kiosk.session.facts.orders import WITH_SECRET
from kiosk.ui.window import Window
from tests.fakes.screens import settle
from tests.session.shift import Shift
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE, KEY_OFFER, PIN_OFFER, wants


class Live:
    """``shift``: what else happens at the station. ``events``: all that the window posted."""

    def __init__(self) -> None:
        self.shift = EnrolShift()
        self.events: list[Event] = []
        self.window = Window(self._post, sounds=False, fullscreen=False)
        self._other = QWidget()
        self._other.show()
        self.show()

    def close(self) -> None:
        """Take the windows away."""
        for window in (self._other, self.window):
            window.close()
            window.deleteLater()
        settle()

    def _post(self, event: Event) -> None:
        self.events.append(event)
        self.shift.happens(event)
        self.show()

    def show(self) -> None:
        """What the session says is to be shown."""
        self.window.show_screen(self.shift.screen)

    def at(self, reach: Callable[[EnrolShift], object]) -> None:
        """All that ``reach`` does, and its screen, with the keyboard."""
        reach(self.shift)
        self.show()
        settle()
        for _ in range(50):  # off screen a window is made active only where another one was, and not always at once
            self._other.activateWindow()
            settle()
            self.window.activateWindow()
            if QTest.qWaitForWindowActive(self.window, 100):
                return
        raise AssertionError("the window did not get the keyboard")

    def handed(self) -> list[str]:
        """Secrets that were handed to the service or to a card since the shift began, but for their own sign-ins'."""
        secrets: list[Secret | None] = []
        for order in self.shift.history:
            if isinstance(order, WITH_SECRET):
                secrets.append(order.secret)
        return [s.reveal() for s in secrets if s is not None and s.reveal() != "246810"]


def pin_wanted(shift: Shift) -> None:
    """Ana has tapped, and their PIN is wanted."""
    shift.tap()
    shift.reads(ANA_BADGE)
    shift.says(wants("c1", ANA, PIN_OFFER, KEY_OFFER))
