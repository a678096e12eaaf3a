"""Fields: one for a sign-in name or a purpose, one for secrets."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QLineEdit

from kiosk.model.secret import Secret

LONGEST_SECRET = 63
"""Bytes of the longest PIN a FIDO2 key takes (CTAP 2.1, section 6.5.1)."""


class Field(QLineEdit):
    """One line of text. ``enter`` is called with it, trimmed, when Enter is pressed on something."""

    def __init__(self, enter: Callable[[str], None]) -> None:
        super().__init__()
        self._enter = enter
        self.setMaxLength(80)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.returnPressed.connect(self.confirm)

    def confirm(self) -> None:
        """As Enter does."""
        if text := self.text().strip():
            self._enter(text)


class SecretField(QLineEdit):
    """A field whose content leaves it only as a ``Secret`` and is gone from it at that moment.

    No clipboard, drag, context menu, undo or suggestions; shows one dot a character. ``shortest``: with fewer
    characters Enter hands nothing over, so that a slip costs no try.
    """

    short = Signal()
    """Enter was pressed on fewer characters than ``shortest``; they stay in the field."""

    def __init__(self, enter: Callable[[Secret], None]) -> None:
        super().__init__()
        self._enter = enter
        self.digits_only = False
        self.shortest = 0
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(LONGEST_SECRET)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.setDragEnabled(False)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.returnPressed.connect(self.confirm)

    def show_small(self, small: bool) -> None:
        """Small dots, so that a long secret stays in sight."""
        if bool(self.property("small")) != small:
            self.setProperty("small", small)
            self.style().unpolish(self)
            self.style().polish(self)

    def take(self, text: str) -> None:
        """Type ``text`` at the end, as the keypad does."""
        if self.isReadOnly() or (self.digits_only and not (text.isascii() and text.isdigit())):
            return
        self.end(False)
        self.insert(text)

    def erase(self) -> None:
        """Take the last character back."""
        if not self.isReadOnly():
            self.end(False)
            self.backspace()

    def confirm(self) -> None:
        """Hand over what was typed and empty the field; nothing happens on an empty one."""
        if self.isReadOnly() or not self.text():
            return
        if len(self.text()) < self.shortest:
            self.short.emit()
            return
        secret = Secret(self.text())
        self.forget()
        self._enter(secret)

    def forget(self) -> None:
        """Empty the field and its undo history; ``clear()`` would keep the characters for undo."""
        self.setText("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        blocked = (QKeySequence.StandardKey.Paste, QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
        if any(event.matches(key) for key in blocked):
            event.ignore()
            return
        if self.digits_only and event.text().isprintable() and event.text() and not _digit(event.text()):
            event.ignore()
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.MiddleButton:  # pastes the selection on X11
            super().mouseReleaseEvent(event)


def _digit(text: str) -> bool:
    return text.isascii() and text.isdigit()
