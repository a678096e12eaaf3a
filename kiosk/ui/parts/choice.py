"""One of several things to pick: an icon, its name, one plain line, and its state. Pressed as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.icons import paint_icon
from kiosk.ui.parts.kit import Kit
from kiosk.ui.theme import FONT


@dataclass(frozen=True, slots=True)
class Matter:
    """What a choice says. ``line``: one or more, parted by line breaks.

    ``state``: an icon, the token of its colour, and a word; stands at the right.
    """

    icon: str
    title: str
    line: str = ""
    state: tuple[str, str, str] | None = None

    @property
    def whole(self) -> str:
        """For a screen reader, and for whoever looks for it."""
        state = self.state[2] if self.state else ""
        return ". ".join(part.rstrip(".") for part in (self.title, *self.line.split("\n"), state) if part)


class Choice(KeyedButton):
    """Draws its words by itself: two sizes, and what does not fit ends in "…"."""

    def __init__(self, kit: Kit, press: Callable[[], None]) -> None:
        super().__init__(kit, "plain", press)
        self._matter = Matter("info", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_matter(self, matter: Matter) -> None:
        """Say ``matter``."""
        if matter != self._matter:
            self._matter = matter
            self.setAccessibleName(matter.whole)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._kit.px(420), self.high(self._kit, self._lines()))

    def _lines(self) -> int:
        return self._matter.line.count("\n") + 1 if self._matter.line else 0

    @staticmethod
    def high(kit: Kit, lines: int) -> int:
        """Pixels of a choice with so many lines under its title."""
        return max(kit.measure.target, kit.px(66)) + kit.px(4 + 22 * (lines - 1) if lines else 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._kit.px(300), self.sizeHint().height())

    def fits(self) -> bool:
        """Whether every word is shown."""
        if not self._matter.line:
            metrics, room = QFontMetrics(self._font(23, True)), self._room()
            box = metrics.boundingRect(QRect(0, 0, room.width(), 0), int(Qt.TextFlag.TextWordWrap), self._matter.title)
            return box.width() <= room.width() and box.height() <= self.height()
        widths = [QFontMetrics(font).horizontalAdvance(words) for words, font, _ in self._parts()]
        return max(widths) <= self._room().width()

    def _font(self, size: int, bold: bool) -> QFont:
        font = QFont(FONT)
        font.setPixelSize(self._kit.px(size))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _state_width(self) -> int:
        if self._matter.state is None:
            return 0
        words = QFontMetrics(self._font(20, True)).horizontalAdvance(self._matter.state[2])
        return words + self._kit.px(26 + 8 + 14)

    def _room(self) -> QRect:
        """Of title and line."""
        left = self._kit.px(18 + 34 + 16)
        return QRect(left, 0, self.width() - left - self._kit.px(18) - self._state_width(), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        side = self._kit.px(34)
        box = QRectF(self._kit.px(18), (self.height() - side) / 2, side, side)
        paint_icon(painter, self._matter.icon, box, self._kit.colour("accent"))
        if self._matter.line:
            self._paint_words(painter)
        else:
            self._paint_title(painter)
        if self._matter.state is not None:
            self._paint_state(painter, *self._matter.state)

    def _parts(self) -> list[tuple[str, QFont, str]]:
        """Words, font and token of the ink, from the top."""
        lines = [(words, self._font(19, False), "muted") for words in self._matter.line.split("\n") if words]
        return [(self._matter.title, self._font(23, True), "text"), *lines]

    def _paint_title(self, painter: QPainter) -> None:
        """Alone it may take two lines."""
        painter.setFont(self._font(23, True))
        painter.setPen(self._kit.colour("text"))
        flags = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap)
        room = self._room()
        painter.drawText(QRect(room.left(), 0, room.width(), self.height()), flags, self._matter.title)

    def _paint_words(self, painter: QPainter) -> None:
        room, parts, gap = self._room(), self._parts(), self._kit.px(1)
        heights = [QFontMetrics(font).height() for _, font, _ in parts]
        top = (self.height() - sum(heights) - gap * (len(parts) - 1)) // 2
        for (words, font, ink), high in zip(parts, heights, strict=True):
            painter.setFont(font)
            painter.setPen(self._kit.colour(ink))
            cut = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(QRect(room.left(), top, room.width(), high), int(Qt.AlignmentFlag.AlignVCenter), cut)
            top += high + gap

    def _paint_state(self, painter: QPainter, icon: str, ink: str, words: str) -> None:
        side, right = self._kit.px(26), self.width() - self._kit.px(18)
        left = right - self._state_width() + self._kit.px(14)
        paint_icon(painter, icon, QRectF(left, (self.height() - side) / 2, side, side), self._kit.colour(ink))
        painter.setFont(self._font(20, True))
        painter.setPen(self._kit.colour(ink))
        box = QRect(left + side + self._kit.px(8), 0, right - left, self.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), words)
