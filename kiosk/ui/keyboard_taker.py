"""Takes the keyboard for a window that covers the display, where no window manager gives it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

LOOK_AFTER = 30
"""Milliseconds after which it is looked whether the keyboard has come."""


class HeldKeyboard:
    """``covering()``: whether ``window`` covers the display now. ``on_glass``: there is a real one."""

    def __init__(self, window: QWidget, covering: Callable[[], bool], on_glass: bool) -> None:
        self._window, self._covering, self._on_glass = window, covering, on_glass
        self._timer = QTimer(window)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LOOK_AFTER)
        self._timer.timeout.connect(self._look)

    def take(self) -> None:
        """Rise and take the keyboard, again and again until it is here.

        X ignores a wish for the focus that is older than the last change of it, and Qt dates its wishes by the last
        dated event that it saw. A changed title comes back as such an event, so the next wish is young enough.
        """
        if not self._covering():
            return
        window = self._window
        if self._on_glass:
            window.raise_()
            window.setWindowTitle("kiosk " if window.windowTitle() == "kiosk" else "kiosk")
        window.activateWindow()
        if self._on_glass:
            self.look_soon()

    def look_soon(self) -> None:
        """Take it in a moment, if it is not here then."""
        self._timer.start()

    def _look(self) -> None:
        if not self._window.isActiveWindow():
            self.take()
