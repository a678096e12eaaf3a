"""The moment at which the lock screen is first seen, for which what is heavy waits; and touches, for the stage."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, SignalInstance


class FirstPaint(QObject):
    """Calls ``then`` once, on the ui thread, when ``painted`` (the window's signal) is emitted for the first time."""

    def __init__(self, parent: QObject, painted: SignalInstance, then: Callable[[], None]) -> None:
        super().__init__(parent)
        self._painted = painted
        self._then = then
        painted.connect(self._first)

    def _first(self, name: str) -> None:
        self._painted.disconnect(self._first)
        self._then()


class Touches(QObject):
    """Tells the stage of touches where no display can: every key, button and touch of this program."""

    KINDS = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin})

    def __init__(self, parent: QObject, touched: Callable[[], None]) -> None:
        super().__init__(parent)
        self._touched = touched
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in self.KINDS:
            self._touched()
        return False
