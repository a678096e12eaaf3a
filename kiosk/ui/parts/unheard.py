"""Keys of a secret are not told on the accessibility bus.

Qt tells every key that a person presses to whoever listens there (``NotifyListenersSync``), before any widget has it,
by an event filter of the application that heeds events from outside alone. So while a secret field has the keyboard, a
filter in front of that one takes each key that types something, and gives it to the window once more as its own.

Keys that move or do something (Tab, Enter, Escape, with Ctrl) go on to screen readers: they have work to do by them.
"""

from __future__ import annotations

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent

from kiosk.ui.parts import event_kinds
from kiosk.ui.parts.keys import is_typing

LATE = 2000
"""Milliseconds after the field lost the keyboard in which a key that was pressed in it may be released."""


class _Guard(QObject):
    """``down``: keys that were pressed in the field and not released yet, by the codes of the keyboard."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        event_kinds.make_all()
        self._application = application
        self._down: set[int] = set()
        self._early = _Early(self)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(LATE)
        self._late.timeout.connect(self._end)

    def begin(self) -> None:
        """A secret field has the keyboard."""
        self._late.stop()
        self._application.installNativeEventFilter(self._early)
        self.to_front()

    def finish(self) -> None:
        """No longer; the last key may still be down."""
        if self._down:
            self._late.start()
        else:
            self._end()

    def _end(self) -> None:
        self._down.clear()
        self._application.removeEventFilter(self)
        self._application.removeNativeEventFilter(self._early)

    def to_front(self) -> None:
        """The filter that was installed last is asked first; a screen reader may have been started since."""
        self._application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not (isinstance(event, QKeyEvent) and event.spontaneous() and self._is_secret(event)):
            return False
        QCoreApplication.sendEvent(watched, event.clone())
        if not self._down and self._late.isActive():
            self._end()
        return True

    def _is_secret(self, event: QKeyEvent) -> bool:
        code = event.nativeScanCode()
        if event.type() is QEvent.Type.KeyRelease:
            held = code in self._down
            if not event.isAutoRepeat():
                self._down.discard(code)
            return held
        if event.type() is QEvent.Type.KeyPress and is_typing(event) and not self._late.isActive():
            self._down.add(code)
            return True
        return False


class _Early(QAbstractNativeEventFilter):
    """Sees what the display sends before anything is made of it."""

    def __init__(self, guard: _Guard) -> None:
        super().__init__()
        self._guard = guard

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> tuple[bool, int]:
        self._guard.to_front()
        return False, 0


_guards: list[_Guard] = []


def begin() -> None:
    """A secret field has the keyboard: from now on its keys are its own."""
    application = QCoreApplication.instance()
    if not _guards and application is not None:
        _guards.append(_Guard(application))
    for guard in _guards:
        guard.begin()


def finish() -> None:
    """It has it no longer."""
    for guard in _guards:
        guard.finish()
