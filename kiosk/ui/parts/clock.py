"""Time on a screen: the clock, and time that runs out. For the eye only; the session has its own alarms."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QObject, QTime, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent

from kiosk.ui.parts.text import Text


class Clock(Text):
    """The time of day as HH:MM; wakes once a minute, and only while it can be seen."""

    def __init__(self, called: str) -> None:
        """``called``: what a screen reader says before the time."""
        super().__init__("clock", wraps=False)
        self._called = called
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)

    def showEvent(self, event: QShowEvent) -> None:
        self._tick()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def _tick(self) -> None:
        now = QTime.currentTime()
        words = now.toString("HH:mm")
        if words != self.text():
            self.setText(words)
            self.setAccessibleName(f"{self._called} {words}")
        self._timer.start(60_050 - (now.second() * 1000 + now.msec()))


class Countdown(QObject):
    """Calls ``shown(seconds_left)`` at once and then every second, or every ``every`` seconds, until zero."""

    def __init__(self, shown: Callable[[int], None], parent: QObject, every: int = 1) -> None:
        super().__init__(parent)
        self._shown = shown
        self._ends = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(every * 1000)
        self._timer.timeout.connect(self.tick)

    def start(self, seconds: int) -> None:
        """Count down from ``seconds``, whatever was counted before."""
        self._ends = monotonic() + seconds
        self._shown(seconds)
        self._timer.start()

    def stop(self) -> None:
        """Count no more."""
        self._timer.stop()

    def tick(self) -> None:
        """Show what is left now."""
        left = max(0, round(self._ends - monotonic()))
        self._shown(left)
        if left == 0:
            self._timer.stop()
