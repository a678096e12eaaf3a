"""A field for a sign-in name or a purpose; secrets have a field of their own (``secret_field``)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit


class Field(QLineEdit):
    """One line of text. ``enter`` is called with it, trimmed, when Enter is pressed on something."""

    def __init__(self, enter: Callable[[str], None]) -> None:
        super().__init__()
        self._enter = enter
        self.setMaxLength(80)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.returnPressed.connect(self.confirm)

    def hideEvent(self, event: QHideEvent) -> None:
        """A name, a purpose: whoever is asked next must not find it. Undo is emptied, too."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.setText("")

    def confirm(self) -> None:
        """As Enter does."""
        if text := self.text().strip():
            self._enter(text)
