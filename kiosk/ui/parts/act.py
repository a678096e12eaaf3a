"""The panel in which something is done: what, in one line; what went wrong or is under way; then the doing itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.panel import Panel, panel_width
from kiosk.ui.parts.text import Text


class ActPanel(Panel):
    """Filled by its kinds below ``status``."""

    def __init__(self, kit: Kit, wide: int = 0, *, bare: bool = False) -> None:
        """``wide``: pixels; 0 for the width of a keypad. ``bare``: neither box nor heading."""
        super().__init__()
        self.kit = kit
        self.column = QVBoxLayout(self)
        self.setProperty("bare", bare)
        status = (0, 0, 0, 0) if bare else (kit.px(24), kit.px(16), kit.px(24), kit.px(20))
        self.column.setContentsMargins(*status)
        self.column.setSpacing(kit.px(10))
        self._icon = Icon("pin", kit.colour("accent"), kit.px(38))
        self._title = Text("heading")
        line = QHBoxLayout()
        line.setSpacing(kit.px(14))
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._title, 1)
        self._icon.setVisible(not bare)
        self._title.hide()
        self.column.addLayout(line)
        self.status = NoticeLine(kit, size="small")
        self.column.addWidget(self.status)
        self.setFixedWidth(wide or panel_width(kit))

    def head(self, icon: str, title: str, ink: str = "accent") -> None:
        """Say what is to be done."""
        self._icon.change(icon, self.kit.colour(ink))
        self._title.say(title)
