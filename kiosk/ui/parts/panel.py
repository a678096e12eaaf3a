"""Boxes: a panel on the ground, and two columns that become two rows on a narrow screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QWidget

from kiosk.ui.parts.kit import Kit

SIDE_BY_SIDE = 1000
"""Pixels as drawn for 1280 × 800: a column to read and the keypad beside it."""

MAX_SIZE = 16_777_215
"""Qt's own word for no limit (QWIDGETSIZE_MAX), which PySide does not name."""


class Panel(QWidget):
    """A filled, rounded box that draws the style sheet's background."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


def panel_width(kit: Kit) -> int:
    """Of the panel where something is given: three keys side by side, and room for a button's words."""
    return max(kit.px(440), 430, 3 * kit.measure.target + kit.px(72))


class Columns(QWidget):
    """``left`` beside ``right``; where there is no room for that, ``left`` above ``right``. As wide as is good
    to read."""

    def __init__(self, kit: Kit, left: QWidget, right: QWidget, *, listed: bool = False) -> None:
        """``listed``: a list stands on the right, which takes all the height there is."""
        super().__init__()
        self._listed = listed
        self._inner = inner = QWidget()
        self._least = kit.px(SIDE_BY_SIDE)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, inner)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(kit.px(44))
        self._line.addWidget(left, 1)
        self._line.addWidget(_centred(right), 0)
        self.setLayout(limited(kit, inner))

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide, upright = event.size().width(), event.size().height() > event.size().width()
        narrow = upright and wide < self._least
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._line.direction() != wanted:
            self._line.setDirection(wanted)
        # On a screen taller than wide they stay together, in its middle; a finger finds the keypad in one place.
        together = upright and not narrow and not self._listed
        self._inner.setMaximumHeight(wide * 4 // 5 if together else MAX_SIZE)
        super().resizeEvent(event)


def limited(kit: Kit, widget: QWidget) -> QHBoxLayout:
    """``widget`` as wide as is good to read, in the middle."""
    widget.setMaximumWidth(kit.px(1180))
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.addStretch(1)
    line.addWidget(widget, 1000)
    line.addStretch(1)
    return line


def _centred(widget: QWidget) -> QWidget:
    """``widget`` at its own width in the middle of whatever there is; its height is then asked at that width."""
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.addStretch(1)
    line.addWidget(widget)
    line.addStretch(1)
    return holder


class Giving(QWidget):
    """A column that leaves out, one after the other, the words it can do without where it is too low for all."""

    def __init__(self, *spare: QLabel) -> None:
        super().__init__()
        self._spare = spare

    def make_room(self) -> None:
        """Show what has room."""
        layout = self.layout()
        if layout is None or not self.width():
            return
        for label in self._spare:
            label.setVisible(bool(label.text()))
        for label in self._spare:
            layout.invalidate()
            if layout.totalHeightForWidth(self.width()) <= self.height():
                return
            label.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.make_room()


class Row(QWidget):
    """Things side by side."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(kit.px(12))

    def add(self, widget: QWidget) -> None:
        """Put ``widget`` at the end."""
        self._line.addWidget(widget)
