"""Icons, drawn by code on a grid of 24 × 24, so that they take the theme's colour and any size.

Each is a line of strokes: ``M``/``L`` x y, ``C`` a cubic curve, ``Z`` closes, ``R`` x y w h radius, ``O`` cx cy radius,
``A`` cx cy radius start span (degrees, counter-clockwise from three o'clock), ``D`` a filled dot cx cy radius.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

GRID = 24
_RING = "O 12 12 9.5"

ICONS = {
    "lock": "R 4.5 10.5 15 10.5 2.5 M 8 10.5 L 8 7.5 A 12 7.5 4 180 -180 L 16 10.5 D 12 15.7 1.5",
    "badge": "R 2.5 5.5 19 13.5 2.5 O 8 10.6 1.9 M 5 16 C 5.4 13 10.6 13 11 16 M 14 10.5 L 18.5 10.5 M 14 14 L 18.5 14",
    "key": "O 7.8 16.2 4.7 M 11.2 12.8 L 20.5 3.5 M 16 8 L 19.2 11.2 M 18.6 5.4 L 21 7.8",
    "tag": "M 3.5 11.5 L 3.5 4 L 11 4 L 20.5 13.5 L 13.5 20.5 Z D 7.6 8 1.4",
    "pin": "R 2 6.5 20 11 2.5 D 7 12 1.5 D 12 12 1.5 D 17 12 1.5",
    "code": "R 6.5 2.5 11 19 2.5 D 10 10 1.1 D 14 10 1.1 D 10 14 1.1 D 14 14 1.1 M 11 18.4 L 13 18.4",
    "phone": "R 6.5 2.5 11 19 2.5 M 10.6 18.6 L 13.4 18.6 M 9 10.6 L 11.3 12.9 L 15.2 7.6",
    "card": "R 2.5 5 19 14 2.5 R 6 9 5 4.5 1 M 14.5 10 L 18 10 M 6 16.2 L 18 16.2",
    "check": f"{_RING} M 7.5 12.3 L 10.8 15.6 L 16.5 9",
    "tick": "M 4.5 12.8 L 10 18.2 L 19.5 6.6",
    "cross": f"{_RING} M 8.6 8.6 L 15.4 15.4 M 15.4 8.6 L 8.6 15.4",
    "warning": "M 12 3.4 L 21.8 20.4 L 2.2 20.4 Z M 12 9.8 L 12 14.4 D 12 17.4 1.2",
    "info": f"{_RING} M 12 11.2 L 12 16.6 D 12 7.7 1.2",
    "help": f"{_RING} M 9 9.4 C 9 5.6 15 5.6 15 9.4 C 15 11.9 12 11.9 12 14.2 D 12 17.3 1.2",
    "clock": f"{_RING} M 12 6.5 L 12 12 L 15.8 14.3",
    "reader": "R 3.5 14 17 7 2 A 12 12.5 3.2 35 110 M 6.3 8.1 A 12 12.5 7 38 104 D 12 17.5 1.2",
    "service": "R 6 6 12 12 2.5 M 10 2.5 L 10 6 M 14 2.5 L 14 6 M 10 18 L 10 21.5 M 14 18 L 14 21.5"
    " M 2.5 10 L 6 10 M 2.5 14 L 6 14 M 18 10 L 21.5 10 M 18 14 L 21.5 14",
    "network": "A 12 19 4.5 45 90 A 12 19 9 45 90 A 12 19 13.5 45 90 D 12 19 1.5",
    "globe": f"{_RING} M 2.5 12 L 21.5 12 M 12 2.5 C 6.6 7 6.6 17 12 21.5 C 17.4 17 17.4 7 12 2.5",
    "keyboard": "R 2 6 20 12.5 2.5 D 6.5 10.2 1 D 10.2 10.2 1 D 13.8 10.2 1 D 17.5 10.2 1 M 7.5 14.7 L 16.5 14.7",
    "usb": "R 8.7 2.5 6.6 5 0.8 R 6.5 7.5 11 9 2.2 M 12 16.5 L 12 21.5",
    "person": "O 12 7.8 4.3 M 3.6 21 C 4.4 13.4 19.6 13.4 20.4 21",
    "shield": "M 12 2.5 L 20 5.5 L 20 11.5 C 20 16.6 16.4 20 12 21.6 C 7.6 20 4 16.6 4 11.5 L 4 5.5 Z"
    " M 8.4 11.8 L 11.2 14.6 L 15.8 9.6",
    "records": "R 5 2.5 14 19 2.2 M 8.6 8 L 15.4 8 M 8.6 12 L 15.4 12 M 8.6 16 L 12.6 16",
    "app": "R 2.5 4 19 16 2.5 M 2.5 9 L 21.5 9 D 5.8 6.6 0.9 D 8.8 6.6 0.9",
    "monitor": "R 2.5 4 19 12.5 2 M 12 16.5 L 12 20.5 M 7.5 20.5 L 16.5 20.5",
    "mail": "R 2.5 5 19 14 2 M 3.5 6.5 L 12 13 L 20.5 6.5",
    "chart": "M 3.5 3.5 L 3.5 20.5 L 20.5 20.5 M 7 15.5 L 11 10.5 L 14.5 13 L 20 6",
    "eye": "M 2 12 C 6 4.5 18 4.5 22 12 C 18 19.5 6 19.5 2 12 Z O 12 12 3",
    "purpose": "M 5 21.5 L 5 3.5 L 19.5 3.5 L 15.5 8.2 L 19.5 13 L 5 13",
    "erase": "M 8 5.5 L 21.5 5.5 L 21.5 18.5 L 8 18.5 L 2.5 12 Z M 11.8 9.5 L 16.8 14.5 M 16.8 9.5 L 11.8 14.5",
    "enter": "M 4 12 L 19.5 12 M 13.2 5.8 L 19.5 12 L 13.2 18.2",
    "back": "M 20 12 L 4.5 12 M 10.8 5.8 L 4.5 12 L 10.8 18.2",
    "retry": "M 19.6 7.6 A 12 12 8.8 30 290 M 20 3 L 20 8 L 15 8",
    "wait": "M 6.5 2.8 L 17.5 2.8 M 6.5 21.2 L 17.5 21.2 M 7.5 2.8 C 7.5 9 11 10 11 12 C 11 14 7.5 15 7.5 21.2"
    " M 16.5 2.8 C 16.5 9 13 10 13 12 C 13 14 16.5 15 16.5 21.2",
    "people": "O 8.6 8.2 3.8 M 1.8 20.4 C 2.4 13.6 14.8 13.6 15.4 20.4 M 15.6 4.7 C 19.8 4.9 19.8 11.5 15.6 11.7"
    " M 17.6 14.4 C 20.4 15.2 21.9 17.2 22.2 20.4",
    "plus": f"{_RING} M 12 7.2 L 12 16.8 M 7.2 12 L 16.8 12",
    "print": "M 7 8.5 L 7 2.8 L 17 2.8 L 17 8.5 R 2.8 8.5 18.4 8.7 2 R 7 14 10 7.2 0.8 D 17.6 11.5 0.9",
    "next": "M 9 4.5 L 16.5 12 L 9 19.5",
    "sound": "M 3 9 L 7 9 L 12.5 4 L 12.5 20 L 7 15 L 3 15 Z A 12.5 12 4 -55 110 A 12.5 12 8 -55 110",
    "silent": "M 3 9 L 7 9 L 12.5 4 L 12.5 20 L 7 15 L 3 15 Z M 16 9 L 22 15 M 22 9 L 16 15",
    "tools": "O 12 12 3.4 M 12 2.5 L 12 5.6 M 12 18.4 L 12 21.5 M 2.5 12 L 5.6 12 M 18.4 12 L 21.5 12"
    " M 5.3 5.3 L 7.5 7.5 M 16.5 16.5 L 18.7 18.7 M 5.3 18.7 L 7.5 16.5 M 16.5 7.5 L 18.7 5.3",
}

_COUNT = {"M": 2, "L": 2, "C": 6, "Z": 0, "R": 5, "O": 3, "A": 5, "D": 3}


@cache
def strokes(name: str) -> tuple[QPainterPath, QPainterPath]:
    """The lines and the fillings of icon ``name``, on the grid. Raises ``KeyError`` for an unknown one."""
    lines, dots = QPainterPath(), QPainterPath()
    tokens = iter(ICONS[name].split())
    for letter in tokens:
        numbers = [float(next(tokens)) for _ in range(_COUNT[letter])]
        _add(lines, dots, letter, numbers)
    return lines, dots


def _add(lines: QPainterPath, dots: QPainterPath, letter: str, n: list[float]) -> None:
    match letter:
        case "M":
            lines.moveTo(n[0], n[1])
        case "L":
            lines.lineTo(n[0], n[1])
        case "C":
            lines.cubicTo(n[0], n[1], n[2], n[3], n[4], n[5])
        case "Z":
            lines.closeSubpath()
        case "R":
            lines.addRoundedRect(QRectF(n[0], n[1], n[2], n[3]), n[4], n[4])
        case "O":
            lines.addEllipse(QPointF(n[0], n[1]), n[2], n[2])
        case "A":
            _arc(lines, n)
        case _:
            dots.addEllipse(QPointF(n[0], n[1]), n[2], n[2])


def _arc(lines: QPainterPath, n: list[float]) -> None:
    """An arc; joined to the line before only where that ends on its start."""
    box = QRectF(n[0] - n[2], n[1] - n[2], 2 * n[2], 2 * n[2])
    start = QPainterPath()
    start.arcMoveTo(box, n[3])
    if (start.currentPosition() - lines.currentPosition()).manhattanLength() > 0.5:
        lines.arcMoveTo(box, n[3])
    lines.arcTo(box, n[3], n[4])


def paint_icon(painter: QPainter, name: str, box: QRectF, colour: QColor, weight: float = 1.9) -> None:
    """Draw icon ``name`` into ``box``; ``weight`` is the stroke's width on the grid."""
    lines, dots = strokes(name)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / GRID, box.height() / GRID)
    pen = QPen(colour, weight)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(lines)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(dots, colour)
    painter.restore()


ARROWS = ("back", "next")


def button_icon(name: str, colour: QColor, side: int, gap: int = 0) -> QIcon:
    """Icon ``name`` for a button, ``side`` pixels square, with ``gap`` pixels of air to the words beside it."""
    pixmap = QPixmap(side + gap, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    right = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    if right and name in ARROWS:  # it points the way in which one reads
        painter.scale(-1, 1)
        painter.translate(-side - gap, 0)
        paint_icon(painter, name, QRectF(0, 0, side, side), colour)
    else:
        paint_icon(painter, name, QRectF(gap if right else 0, 0, side, side), colour)
    painter.end()
    return QIcon(pixmap)


class Icon(QWidget):
    """An icon beside words that say the same; hence without a name of its own for screen readers."""

    def __init__(self, name: str, colour: QColor, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._colour, self._side = name, colour, side
        self.setFixedSize(side, side)

    def change(self, name: str, colour: QColor) -> None:
        """Show another icon, or the same in another colour."""
        if (name, colour) != (self._name, self._colour):
            self._name, self._colour = name, colour
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, self._name, QRectF(self.rect()), self._colour)
