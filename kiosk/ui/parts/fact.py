"""One fact of a wish: an icon, what it is, what it says."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.ui.parts.asked import Whole
from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text


class Fact(QWidget):
    """Hidden while its value is empty. ``labelled`` False: the value says what it is."""

    def __init__(self, kit: Kit, icon: str, *, labelled: bool = True) -> None:
        super().__init__()
        self._kit = kit
        self.setProperty("said", "more")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(kit.px(12))
        self._label = Text("muted", wraps=False)
        self._label.setMinimumWidth(kit.px(150))
        self._value = Whole("strong")
        self._icon = Icon(icon, kit.colour("accent"), kit.px(28))
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        if labelled:
            line.addWidget(self._label, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._value, 1)

    def change(self, icon: str, ink: str) -> None:
        """Show another icon; ``ink``: token of its colour."""
        self._icon.change(icon, self._kit.colour(ink))

    def say(self, label: str, value: str) -> None:
        """Show ``label`` and ``value``."""
        if label:
            self._label.say(label)
        self._value.say(value)
        self.setAccessibleName(f"{label}: {value}" if label else value)
        self.setVisible(bool(value))
