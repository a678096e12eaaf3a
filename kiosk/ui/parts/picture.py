"""The large pictures: what to do with the thing in your hand, told without words."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from kiosk.ui.parts.icons import paint_icon
from kiosk.ui.parts.kit import Kit

Motive = Literal[
    "badge", "reading", "key", "card", "check", "cross", "unknown", "tools", "paused", "unreadable", "asking"
]
_SIGNS = {
    "check": ("check", "good", "good_soft"),
    "cross": ("cross", "refuse", "refuse_soft"),
    "unknown": ("help", "warn", "warn_soft"),
    "tools": ("tools", "warn", "warn_soft"),
    "paused": ("network", "warn", "warn_soft"),
    "asking": ("wait", "accent", "soft"),
    "unreadable": ("reader", "warn", "warn_soft"),
}
_WIDE, _HIGH = 300, 230
_MIN_SIDE = 70
"""Smaller, it is a smudge."""


class Picture(QWidget):
    """A badge, key or card over a reader, or a sign in a disc. Says nothing to screen readers that words do not say."""

    def __init__(self, kit: Kit, motive: Motive, height: int = _HIGH) -> None:
        super().__init__()
        self._kit, self._motive, self._reading = kit, motive, False
        self.grow(height)

    def grow(self, height: int) -> None:
        """Be ``height`` pixels high, as drawn for 1280 × 800."""
        high = self._kit.px(height)
        self.setFixedSize(round(high * _WIDE / _HIGH), high)

    def fit(self, most: int, room: int) -> None:
        """Be ``most`` pixels high as drawn for 1280 × 800, less if only ``room`` pixels are left, else not there."""
        high = min(self._kit.px(most), room)
        self.setFixedSize(round(high * _WIDE / _HIGH), high)
        self.setVisible(high >= self._kit.px(_MIN_SIDE))

    def change(self, motive: Motive, *, reading: bool = False) -> None:
        """Show another motive. ``reading``: it is on the reader and being read."""
        if (motive, reading) != (self._motive, self._reading):
            self._motive, self._reading = motive, reading
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / _WIDE, self.height() / _HIGH)
        if self._motive in _SIGNS:
            self._sign(painter, *_SIGNS[self._motive])
            return
        self._reader(painter)
        self._waves(painter, 3 if self._reading or self._motive == "reading" else 2)
        match self._motive:
            case "key":
                self._key(painter)
            case "card":
                self._badge(painter, chip=True)
            case _:
                self._badge(painter, chip=False)

    def _sign(self, painter: QPainter, icon: str, ink: str, filling: str) -> None:
        disc = QRectF((_WIDE - 170) / 2, 30, 170, 170)
        painter.setPen(QPen(self._kit.colour(ink), 3))
        painter.setBrush(self._kit.colour(filling))
        painter.drawEllipse(disc)
        paint_icon(painter, icon, disc.adjusted(40, 40, -40, -40), self._kit.colour(ink), 1.6)

    def _reader(self, painter: QPainter) -> None:
        """The reader: a low box with a lamp."""
        painter.setPen(QPen(self._kit.colour("accent"), 4))
        painter.setBrush(self._kit.colour("surface"))
        painter.drawRoundedRect(QRectF(50, 178, 200, 44), 14, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._kit.colour("accent"))
        painter.drawRoundedRect(QRectF(128, 196, 44, 8), 4, 4)

    def _waves(self, painter: QPainter, count: int) -> None:
        """The field above it."""
        pen = QPen(self._kit.colour("accent"), 5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ring in range(count):
            radius = 34 + 22 * ring
            faint = self._kit.colour("accent")
            faint.setAlphaF(0.9 - 0.25 * ring)
            pen.setColor(faint)
            painter.setPen(pen)
            box = QRectF(150 - radius, 190 - radius, 2 * radius, 2 * radius)
            painter.drawArc(box, 45 * 16, 90 * 16)

    def _tilt(self, painter: QPainter, degrees: float) -> None:
        painter.translate(150, 74)
        painter.rotate(degrees)

    def _badge(self, painter: QPainter, *, chip: bool) -> None:
        """A card, slightly tilted; with a portrait, or a chip."""
        ink = self._kit.colour("accent")
        painter.save()
        self._tilt(painter, -7)
        painter.setPen(QPen(ink, 4))
        painter.setBrush(self._kit.colour("soft"))
        painter.drawRoundedRect(QRectF(-92, -56, 184, 112), 14, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        if chip:
            painter.drawRoundedRect(QRectF(-70, -26, 44, 36), 7, 7)
        else:
            painter.drawEllipse(QPointF(-46, -14), 17, 17)
            painter.drawRoundedRect(QRectF(-72, 10, 52, 26), 13, 13)
        for top, wide in ((-28, 78), (-6, 78), (16, 50)):
            painter.drawRoundedRect(QRectF(2, top, wide, 9), 4.5, 4.5)
        painter.restore()

    def _key(self, painter: QPainter) -> None:
        """A security key as it hangs from a key ring."""
        ink = self._kit.colour("accent")
        painter.save()
        self._tilt(painter, -7)
        painter.setPen(QPen(ink, 4))
        painter.setBrush(self._kit.colour("surface"))
        painter.drawRoundedRect(QRectF(64, -18, 44, 36), 4, 4)
        painter.setBrush(self._kit.colour("soft"))
        painter.drawRoundedRect(QRectF(-96, -36, 164, 72), 22, 22)
        painter.setBrush(self._kit.colour("surface"))
        painter.drawEllipse(QPointF(-66, 0), 13, 13)
        painter.setBrush(ink)
        painter.drawEllipse(QPointF(6, 0), 19, 19)
        painter.restore()
