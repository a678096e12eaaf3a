"""A button for each of the person's programs, on the session bar: one touch brings it to the front."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QIcon, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.model.programs import Running
from kiosk.session.facts.program_bar import ProgramPicked
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.icons import button_icon
from kiosk.ui.parts.kit import Kit
from kiosk.ui.words import plain

MAX_PROGRAMS = 6
"""Buttons that a thin strip can hold on the smallest display. What runs beyond them has none."""
MIN_PROGRAMS = 2
"""One program alone is always in front."""
MAX_NAME = 20
"""Characters of a name on a button; a screen reader is told all of it."""
SHARE = 0.4
"""Of the bar's width that the names may take; where they would take more, there are icons alone."""


class ProgramButton(KeyedButton):
    """Shows how its program stands by more than colour: a thick line below the one in front, a broken edge around one
    that has ended, and in words for whoever cannot see either."""

    def __init__(self, kit: Kit, number: int) -> None:
        super().__init__(kit, "bar", lambda: kit.post(ProgramPicked(number)))
        self._running: Running | None = None
        self._label = ""

    def show_program(self, running: Running) -> None:
        """Draw ``running``."""
        if running == self._running:
            return
        self._running = running
        words, name = self._kit.words, plain(running.name, 40)
        self._label = name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"
        said = {"front": "bar.program_front", "over": "bar.program_over"}.get(running.standing)
        self.setAccessibleName(words(said, name=name) if said else name)
        self.setProperty("off", running.standing == "over")
        self.setProperty("front", running.standing == "front")
        self.style().unpolish(self)
        self.style().polish(self)
        side = self._kit.px(28)
        self.setIconSize(QSize(side + self._kit.px(8), side))
        self.setIcon(self._picture(running, side))
        self.update()

    def shorten(self, short: bool) -> None:
        """Show the icon alone; its name stays."""
        words = "" if short else self._label
        side = self._kit.px(28)
        self.setIconSize(QSize(side if short else side + self._kit.px(8), side))
        if words != self.text():
            self.setText(words)

    def _picture(self, running: Running, side: int) -> QIcon:
        ink = self._kit.colour("muted" if running.standing == "over" else "text")
        icon = "retry" if running.standing == "over" else running.icon
        gap = self._kit.px(8)
        if icon:
            return button_icon(icon, ink, side, gap)
        pixmap = QPixmap(side + gap, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = max(2, side // 13)
        painter.setPen(QPen(ink, edge))
        box = QRectF(0, 0, side, side).adjusted(edge, edge, -edge, -edge)
        painter.drawRoundedRect(box, side / 5, side / 5)
        font = QFont(self.font())
        font.setPixelSize(round(side * 0.6))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.drawText(QRect(0, 0, side, side), Qt.AlignmentFlag.AlignCenter, running.name.strip()[:1].upper())
        painter.end()
        return QIcon(pixmap)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._running is not None and self._running.standing == "front":
            thick, inset = self._kit.px(6), self._kit.px(10)
            line = QRect(inset, self.height() - thick - self._kit.px(2), self.width() - 2 * inset, thick)
            QPainter(self).fillRect(line, self._kit.colour("accent"))


class ProgramRow(QWidget):
    """All of them, in the station's order. Where they stand depends on them and the bar's width alone: no notice that
    comes or goes moves one from under a finger."""

    def __init__(self, kit: Kit, height: int) -> None:
        super().__init__()
        self._kit, self._height = kit, height
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, kit.px(12), 0)
        self._line.setSpacing(kit.px(8))
        self.buttons: list[ProgramButton] = []
        self._shown: tuple[Running, ...] = ()
        self._broad = 0

    def show_programs(self, programs: tuple[Running, ...]) -> None:
        """Draw ``programs``; nothing where there is no choice."""
        shown = programs[:MAX_PROGRAMS] if len(programs) >= MIN_PROGRAMS else ()
        while len(self.buttons) < len(shown):
            button = ProgramButton(self._kit, len(self.buttons))
            button.setStyleSheet("min-height: 0; min-width: 0;")
            button.setFixedHeight(self._height)
            self._line.addWidget(button)
            self.buttons.append(button)
        for number, button in enumerate(self.buttons):
            if number < len(shown):
                button.show_program(shown[number])
            button.setVisible(number < len(shown))
        if [program.name for program in shown] != [program.name for program in self._shown]:
            self._broad = 0
        self._shown = shown
        self.setVisible(bool(shown))

    def fit(self, width: int) -> None:
        """For a bar of ``width``."""
        shown = self.buttons[: len(self._shown)]
        if not shown or width == self._broad:
            return
        self._broad = width
        for short in (False, True):
            for button in shown:
                button.shorten(short)
                button.ensurePolished()
                button.setFixedWidth(max(button.sizeHint().width(), self._kit.measure.target))
            if sum(button.width() for button in shown) <= width * SHARE:
                break
        gaps = self._line.spacing() * (len(shown) - 1) + self._line.contentsMargins().right()
        self.setFixedWidth(sum(button.width() for button in shown) + gaps)
