"""Which keys type something, and which are only held down."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

MIN_DELAY = 100
"""Milliseconds until a key that is held down is repeated, at least; displays wait 250 to 660."""
_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def is_typing(event: QKeyEvent) -> bool:
    """Whether the key gives a character to be typed. With Ctrl alone none does; AltGr may say Ctrl and Alt."""
    if not event.text() or not event.text().isprintable():
        return False
    return event.modifiers() & _HELD != Qt.KeyboardModifier.ControlModifier


class Strokes:
    """Tells a key that is struck again from one that is held down.

    Qt takes two strokes of one key for a repeat where a busy display passed them on in the same millisecond.
    """

    def __init__(self) -> None:
        self._last = (0, 0)

    def is_new(self, event: QKeyEvent) -> bool:
        """Whether the person has struck the key, by the display's own time. To be asked once of each press."""
        now = event.nativeScanCode(), event.timestamp()
        held = event.isAutoRepeat() and not (self._last[0] == now[0] and now[1] - self._last[1] < MIN_DELAY)
        if not held:
            self._last = now
        return not held
