"""The steps of something longer, side by side at the top: what is done has a tick, what is now is filled and bold."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen

from kiosk.ui.parts.icons import paint_icon
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text
from kiosk.ui.theme import FONT

DISC, HIGH = 34, 40
_TICK = "tick"


class Steps(Text):
    """A text to a screen reader ("Step 2 of 5: Proof"), a row of discs to the eye."""

    def __init__(self, kit: Kit) -> None:
        super().__init__("small", wraps=False)
        self._kit = kit
        self.setProperty("said", "more")
        self._names: tuple[str, ...] = ()
        self._at = 0
        self.setFixedHeight(kit.px(HIGH))

    def show_steps(self, names: tuple[str, ...], at: int) -> None:
        """``at``: place of the present one, from 0."""
        said = self._kit.words("enrol.step", n=at + 1, of=len(names), name=names[at])
        self._names, self._at = names, at
        self.say(said)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(len(self._names) * self._kit.px(DISC * 2), self._kit.px(HIGH))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        disc, gap = self._kit.px(DISC), self._kit.px(12)
        widths = self._label_widths()
        spare = self.width() - sum(disc + gap + w for w in widths) - 2 * gap * (len(widths) - 1)
        if spare < 0:  # no room for all names: only the present one is written
            widths = [w if place == self._at else 0 for place, w in enumerate(widths)]
            spare = self.width() - sum(disc + gap + w for w in widths) - 2 * gap * (len(widths) - 1)
        rule = max(min(spare // max(len(widths) - 1, 1), self._kit.px(120)), gap)
        left = 0
        for place, wide in enumerate(widths):
            self._draw_disc(painter, place, left)
            left += disc + gap
            if wide:
                self._draw_name(painter, place, QRect(self._mirrored(left, wide + 2), 0, wide + 2, self.height()))
            left += wide + gap
            if place < len(widths) - 1:
                painter.setPen(QPen(self._kit.colour("accent" if place < self._at else "edge"), self._kit.px(2)))
                start = self._mirrored(left, rule)
                painter.drawLine(start, self.height() // 2, start + rule, self.height() // 2)
                left += rule + gap

    def _mirrored(self, left: int, wide: int) -> int:
        """Where something begins that is ``left`` pixels from where one begins to read, and ``wide``."""
        return self.width() - left - wide if self.isRightToLeft() else left

    def _label_widths(self) -> list[int]:
        """Of all as if they were bold, so that nothing moves when the next one is."""
        metrics = QFontMetrics(self._font(True))
        return [metrics.horizontalAdvance(name) for name in self._names]

    def _font(self, bold: bool) -> QFont:
        font = QFont(FONT)
        font.setPixelSize(self._kit.px(20))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _draw_name(self, painter: QPainter, place: int, box: QRect) -> None:
        painter.setFont(self._font(place == self._at))
        painter.setPen(self._kit.colour("text" if place == self._at else "muted"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignHCenter), self._names[place])

    def _draw_disc(self, painter: QPainter, place: int, left: int) -> None:
        """Filled with its number now; with a tick before; an empty ring with its number after."""
        side = self._kit.px(DISC)
        inset = 2 if place == self._at else 4
        box = QRectF(self._mirrored(left, side), (self.height() - side) / 2, side, side).adjusted(
            inset, inset, -inset, -inset
        )
        now, before = place == self._at, place < self._at
        painter.setPen(QPen(self._kit.colour("accent" if now or before else "edge"), self._kit.px(2)))
        painter.setBrush(self._kit.colour("accent" if now else "soft" if before else "ground"))
        painter.drawEllipse(box)
        if before:
            air = side * 0.16
            paint_icon(painter, _TICK, box.adjusted(air, air, -air, -air), self._kit.colour("accent"), 3)
            return
        painter.setFont(self._font(True))
        painter.setPen(self._kit.colour("on_accent" if now else "muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(place + 1))
