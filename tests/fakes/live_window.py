"""A window and its session as a program of their own, for whoever looks at it from outside.

Reads the name of a field (``tests.session.fields``) or of a sample screen a line; answers with a line of JSON once its
screen has the keyboard: what the field is called, and where each key of the keypad is, in pixels of the display.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication

from kiosk.session.facts.events import Event
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.samples import SAMPLES
from kiosk.ui.window import Window
from tests.session.fields import FIELDS
from tests.session.wizard import EnrolShift


class Program:
    """One window; each field has a shift of its own."""

    def __init__(self) -> None:
        self.shift, self.sample = EnrolShift(), False
        self.window = Window(self._post, sounds=False)
        self.window.show_screen(self.shift.screen)
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._told)

    def _post(self, event: Event) -> None:
        if self.sample:
            return  # a picture, behind which nothing happens
        self.shift.happens(event)
        self.window.show_screen(self.shift.screen)

    def _told(self) -> None:
        name = sys.stdin.readline().strip()
        if not name:
            QApplication.exit()
            return
        self.shift, self.sample = EnrolShift(), name in SAMPLES
        if not self.sample:
            self.window.show_screen(self.shift.screen)
        if self.sample:
            self.window.show_screen(SAMPLES[name])
        else:
            FIELDS[name](self.shift)
            self.window.show_screen(self.shift.screen)
        QTimer.singleShot(0, self._answer)

    def _answer(self) -> None:
        """Once it has the keyboard."""
        if not self.window.isActiveWindow():
            QTimer.singleShot(20, self._answer)
            return
        field = next((f for f in self.window.findChildren(SecretField) if f.isVisible()), None)
        name = field.accessibleName() if field else ""
        print(json.dumps({"name": name, "keys": self._keys()}), flush=True)

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
