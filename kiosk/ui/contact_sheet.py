"""A contact sheet: many pictures of the gallery small on one, each with its name below it."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

AREA = 84_000
"""Pixels of one small picture, whatever its shape: what stands on it can still be told apart."""
COLUMNS_WIDE, COLUMNS_HIGH = 6, 9
"""Pictures side by side, where they are wide and where they are high."""
GAP, LINE = 10, 18
GROUND, INK = QColor("#3A444C"), QColor("#FFFFFF")


class ContactSheet:
    """Takes pictures of one size, each with its name, and writes them as one."""

    def __init__(self) -> None:
        self._small: list[tuple[str, QPixmap]] = []

    def add(self, name: str, picture: QPixmap) -> None:
        """Only the small picture is kept."""
        by = math.sqrt(AREA / (picture.width() * picture.height()))
        size = (picture.size().toSizeF() * by).toSize()
        mode = Qt.TransformationMode.SmoothTransformation
        self._small.append((name, picture.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, mode)))

    def write(self, file: Path) -> None:
        """As PNG, in the order in which they were added. Needs one picture at least."""
        first = self._small[0][1]
        columns = COLUMNS_WIDE if first.width() > first.height() else COLUMNS_HIGH
        wide, high = first.width() + GAP, first.height() + GAP + LINE
        rows = -(-len(self._small) // columns)
        whole = QPixmap(columns * wide + GAP, rows * high + GAP)
        whole.fill(GROUND)
        painter = QPainter(whole)
        painter.setPen(INK)
        font = painter.font()
        font.setPixelSize(LINE - 6)
        painter.setFont(font)
        for number, (name, picture) in enumerate(self._small):
            x, y = GAP + number % columns * wide, GAP + number // columns * high
            painter.drawPixmap(x, y, picture)
            below = QRect(x, y + picture.height(), picture.width(), LINE)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.end()
        file.parent.mkdir(parents=True, exist_ok=True)
        whole.save(str(file))
