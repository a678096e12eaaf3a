"""A QR code (ISO/IEC 18004), black on white in every theme, each module a whole number of pixels."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.ui.parts.kit import Kit

MIN_MM = 40
"""A side of the code itself, without its margin."""
WANTED_MM = 52
MARGIN = 4
"""Modules of white around it (ISO/IEC 18004, section 5.3.8)."""


class QrCode(QWidget):
    """Holds a secret while it is shown, and drops it with ``forget``."""

    def __init__(self, kit: Kit, name: str) -> None:
        super().__init__()
        self._kit = kit
        self._uri = ""
        self._rows: tuple[bytearray, ...] = ()
        self.setAccessibleName(name)

    def show_uri(self, uri: str) -> None:
        """Draw ``uri``. Raises ``segno.DataOverflowError`` for more than a code can hold (2,331 bytes)."""
        if uri == self._uri:
            return
        import segno  # 22 ms, when first wanted

        self._uri = uri
        self._rows = segno.make_qr(uri, error="m").matrix
        side = (len(self._rows) + 2 * MARGIN) * self.module
        self.setFixedSize(QSize(side, side))
        self.update()

    def forget(self) -> None:
        """Show nothing any more."""
        self._uri, self._rows = "", ()
        self.update()

    @property
    def module(self) -> int:
        """Pixels of a module: as near to the wanted size as whole pixels come, and never below the least."""
        count = max(len(self._rows), 1)
        least = -(-self._kit.measure.mm(MIN_MM) // count)
        return max(least, round(self._kit.measure.mm(WANTED_MM) / count))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRoundedRect(QRectF(self.rect()), self._kit.px(8), self._kit.px(8))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        side = self.module
        for y, row in enumerate(self._rows):
            for x, dark in enumerate(row):
                if dark:
                    left, top = (x + MARGIN) * side, (y + MARGIN) * side
                    painter.fillRect(left, top, side, side, Qt.GlobalColor.black)
