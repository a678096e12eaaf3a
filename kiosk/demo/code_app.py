"""A code app on the demo's table: the code of this half minute, and how long it is good for (RFC 6238)."""

from __future__ import annotations

import time

import pyotp
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from kiosk.demo.cast import Clinician

LOOKS = 250
"""Milliseconds between two looks at the clock."""


class CodeApp(QPushButton):
    """Shows the code while it is held in the hand; a click copies it.

    ``uri``: the ``otpauth://`` address that it was set up with.
    """

    def __init__(self, who: Clinician, uri: str) -> None:
        super().__init__()
        made = pyotp.parse_uri(uri)
        if not isinstance(made, pyotp.TOTP):
            raise ValueError("The code app wants an otpauth://totp/ address.")
        self._who, self._app = who, made
        self.clicked.connect(self._copy)
        self._ticks = QTimer(self)
        self._ticks.timeout.connect(self.look)
        self._ticks.start(LOOKS)
        self.look()

    @property
    def code(self) -> str:
        """The digits of this moment."""
        return self._app.now()

    def look(self) -> None:
        """Show the code and the seconds that are left of it."""
        left = self._app.interval - int(time.time()) % self._app.interval
        self.setText(f"{self._who.name}'s code app\n{self.code[:3]} {self.code[3:]}   ·   {left} s")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code)
