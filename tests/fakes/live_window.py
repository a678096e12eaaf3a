"""A window and its session as a program of their own, for whoever looks at it from outside.

Reads a field's name (``tests.session.fields``) a line; answers with a line of JSON once its screen has the keyboard:
what the field is called, and where each key of the keypad is, in pixels of the display.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication

from kiosk.session.events import Event
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.window import Window
from tests.session.fields import FIELDS
from tests.session.wizard import EnrolShift


class Program:
    """One window; each field has a shift of its own."""

    def __init__(self) -> None:
        self.shift = EnrolShift()
        self.window = Window(self._post, sounds=False)
        self.window.show_screen(self.shift.screen)
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._told)

    def _post(self, event: Event) -> None:
        self.shift.happens(event)
        self.window.show_screen(self.shift.screen)

    def _told(self) -> None:
        name = sys.stdin.readline().strip()
        if not name:
            QApplication.exit()
            return
        self.window.show_screen(EnrolShift().screen)
        self.shift = EnrolShift()
        FIELDS[name](self.shift)
        self.window.show_screen(self.shift.screen)
        QTimer.singleShot(0, self._answer)

    def _answer(self) -> None:
        """Once it has the keyboard."""
        if not self.window.isActiveWindow():
            QTimer.singleShot(20, self._answer)
            return
        field = next(f for f in self.window.findChildren(SecretField) if f.isVisible())
        print(json.dumps({"name": field.accessibleName(), "keys": self._keys()}), flush=True)

    def _keys(self) -> dict[str, tuple[int, int]]:
        found = {}
        for key in self.window.findChildren(QAbstractButton):
            if key.isVisible() and key.accessibleName() in set("0123456789"):
                at = key.mapToGlobal(key.rect().center())
                found[key.accessibleName()] = (at.x(), at.y())
        return found


if __name__ == "__main__":
    application = QApplication(sys.argv)
    program = Program()
    application.exec()
