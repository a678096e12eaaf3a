"""Which keys type something."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def is_typing(event: QKeyEvent) -> bool:
    """Whether the key gives a character to be typed. With Ctrl alone none does; AltGr may say Ctrl and Alt."""
    if not event.text() or not event.text().isprintable():
        return False
    return event.modifiers() & _HELD != Qt.KeyboardModifier.ControlModifier
