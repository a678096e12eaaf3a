"""A frame around the whole screen, for a moment: with a sound that nothing else on the screen goes with.

The sentence that it is about stands there already, or comes when a card is known. It comes once and goes, and does not
flash. [WCAG 2.2, 2.3.1]
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from kiosk.ui.parts.kit import Kit

SHOWN_MS = 900
WIDE = 8
"""Pixels, at the size of the other parts."""


class Struck(QWidget):
    """Over all of ``parent``, and in nobody's way. Begins hidden."""

    def __init__(self, parent: QWidget, kit: Kit) -> None:
        super().__init__(parent)
        self._kit, self._whole = kit, parent
        self._seen = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._gone = QTimer(self)
        self._gone.setSingleShot(True)
        self._gone.setInterval(SHOWN_MS)
        self._gone.timeout.connect(self.hide)
        self.hide()

    def show_struck(self, struck: int, kit: Kit) -> None:
        """``struck``: as of the surroundings. Shown where it is another number than the last; 0 for none."""
        self._kit = kit
        if struck and struck != self._seen:
            self.resize(self._whole.size())
            self.show()
            self.raise_()
            self._gone.start()
        self._seen = struck

    def paintEvent(self, event: QPaintEvent) -> None:
        wide = self._kit.px(WIDE)
        painter = QPainter(self)
        painter.setPen(QPen(self._kit.colour("focus"), wide, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(self.rect().adjusted(wide // 2, wide // 2, -((wide + 1) // 2), -((wide + 1) // 2)))
