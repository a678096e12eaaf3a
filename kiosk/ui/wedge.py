"""Keeps what a keyboard-wedge reader types from every widget, and from the accessibility bus.

Each key that such a reader may type is held back until it is known whose it is (``ui.wedge_burst``), which takes the
length of one gap. A person's goes on to where it was typed; a reader's is told to ``read`` and to nobody else. It is
given to the window as the program's own event, of which screen readers are told nothing (``parts.unheard``).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QLineEdit, QWidget

from kiosk.ui.parts import event_kinds
from kiosk.ui.parts.keys import is_typing
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.parts.us_keys import US_KEYS
from kiosk.ui.wedge_burst import BurstOwner, Run

Read = Callable[[str | None, float], None]
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_SILENT = (Qt.Key.Key_Shift, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_AltGr, Qt.Key.Key_Mode_switch)
"""Said between a reader's letters."""
MIN_REPEAT = 6
"""Milliseconds between two repeats of a key that is held down, at least. Qt takes a digit that a reader types twice
within one of the display's milliseconds for such a repeat, too."""


class WedgeFilter(QObject):
    """``read`` is called with what a reader typed, or None for digits without an Enter, and when, in seconds.

    ``alphabet``: the characters that readers here type. ``gap``: milliseconds. ``us_keys``: the reader types as on a
    keyboard of the United States, whatever the station's layout is.
    """

    def __init__(self, alphabet: frozenset[str], gap: int, read: Read, *, us_keys: bool = False) -> None:
        application = QCoreApplication.instance()
        super().__init__(application)
        event_kinds.make_all()
        self._alphabet, self._gap, self._read, self._us_keys = alphabet, gap, read, us_keys
        self._run = Run()
        self._held: list[tuple[QObject, QKeyEvent, str]] = []
        self._for: _Field = (None, 0)
        self._down: set[int] = set()
        self._dropped: set[int] = set()
        self._over = -2 * gap
        self._giving = False
        self._early = _Early(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._waited)
        self._looked = False
        if application is not None:
            application.installNativeEventFilter(self._early)
            application.installEventFilter(self)

    @property
    def holds(self) -> bool:
        """Whether it is not known yet whose the last keys are."""
        return bool(self._held)

    def close(self) -> None:
        """Hold nothing back any more."""
        application = QCoreApplication.instance()
        self._timer.stop()
        if application is not None:
            application.removeNativeEventFilter(self._early)
            application.removeEventFilter(self)

    def to_front(self) -> None:
        """The filter that was installed last is asked first; a screen reader's comes when it is started."""
        application = QCoreApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._giving or not (isinstance(event, QKeyEvent) and isinstance(watched, QWindow)):
            return False
        if event.type() is QEvent.Type.KeyRelease:
            return self._released(watched, event)
        return event.type() is QEvent.Type.KeyPress and self._pressed(watched, event)

    def _released(self, watched: QWindow, event: QKeyEvent) -> bool:
        """It goes the way of its press."""
        code = event.nativeScanCode()
        if code not in self._down:
            return False
        if not event.isAutoRepeat():
            self._down.discard(code)
        if any(press.nativeScanCode() == code for _, press, character in self._held if character):
            self._held.append((watched, event.clone(), ""))
        elif code not in self._dropped:
            self._for = self._for if self._held else _field()
            self._give([(watched, event.clone(), "")])
        if not event.isAutoRepeat():
            self._dropped.discard(code)
        return True

    def _pressed(self, watched: QWindow, event: QKeyEvent) -> bool:
        """Whether the key is held back, or was a reader's last."""
        at, enter = event.timestamp(), event.key() in _ENTER
        if event.key() in _SILENT:
            return False
        character = "" if enter else self._character(event)
        if not character and not enter:
            self._end(self._run.ended())
            return False
        if enter and self._held and not self._run.goes_on(at, self._gap):
            self._end(self._run.ended())  # too late for it, though this program had no time yet to see that it was over
        if enter and not self._held:
            return 0 <= at - self._over <= self._gap  # of carriage return and line feed the second
        self._down.add(event.nativeScanCode())
        self._dropped.discard(event.nativeScanCode())
        if enter:
            whose = self._run.entered(at, self._gap)
            if whose is BurstOwner.READER:
                self._over = at
                self._dropped.add(event.nativeScanCode())
            else:
                self._held.append((watched, event.clone(), ""))
            self._end(whose)
        else:
            self._hold(watched, event, character, at)
        return True

    def _character(self, event: QKeyEvent) -> str:
        """What a reader would have typed by this key; empty where none types it."""
        character = event.text() if is_typing(event) else ""
        if self._us_keys:
            character = US_KEYS.get(event.nativeScanCode(), "") if character else ""
        return character if character in self._alphabet else ""

    def _hold(self, watched: QWindow, event: QKeyEvent, character: str, at: int) -> None:
        repeated = event.isAutoRepeat() and at - self._run.at >= MIN_REPEAT
        if self._held and (repeated or not self._run.goes_on(at, self._gap)):
            self._end(self._run.ended())
        if not self._held:
            self._for = _field()
        self._run = self._run.followed(at, self._gap)
        self._held.append((watched, event.clone(), character))
        if repeated:
            self._end(BurstOwner.PERSON)
        else:
            self._looked = False
            self._timer.start(self._gap + 1)

    def _waited(self) -> None:
        """Keys that have come while this program was busy wait to be looked at, before the run is over."""
        if self._looked:
            self._end(self._run.ended())
        else:
            self._looked = True
            self._timer.start(0)

    def _end(self, whose: BurstOwner) -> None:
        """The run is over: hand on, or tell."""
        self._timer.stop()
        held, self._held, self._run = self._held, [], Run()
        if not held:
            return
        if whose is BurstOwner.PERSON:
            self._give(held)
        else:
            self._dropped |= self._down & {event.nativeScanCode() for _, event, _ in held}
            text = "".join(character for _, _, character in held)
            self._read(text if whose is BurstOwner.READER else None, held[-1][1].timestamp() / 1000)

    def _give(self, held: list[tuple[QObject, QKeyEvent, str]]) -> None:
        """To where it was typed; where another field, or another person's, has the keyboard by now, to nobody."""
        for watched, event, _ in held:
            if not _goes_on(self._for, _field()):
                return
            self._giving = True
            try:
                QCoreApplication.sendEvent(watched, event)
            finally:
                self._giving = False


_Field = tuple[QObject | None, int]
"""What has the keyboard, and of a secret's field which it is (``EntryView.number``)."""


def _field() -> _Field:
    there = QGuiApplication.focusObject()
    return there, there.number if isinstance(there, SecretField) else 0


def _goes_on(before: _Field, now: _Field) -> bool:
    """Whether a key for ``before`` is one for ``now``: a login begun on its page goes on in the page's field."""
    page, field = before[0], now[0]
    opened = isinstance(page, QWidget) and isinstance(field, QLineEdit) and page.isAncestorOf(field)
    return before == now or opened


class _Early(QAbstractNativeEventFilter):
    """Sees what the display sends before anything is made of it."""

    def __init__(self, gate: WedgeFilter) -> None:
        super().__init__()
        self._gate = gate

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> tuple[bool, int]:
        self._gate.to_front()
        return False, 0
