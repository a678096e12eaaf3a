"""Boxes: a panel on the ground, and two columns that become two rows on a narrow screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from kiosk.ui.parts.kit import Kit


class Panel(QWidget):
    """A filled, rounded box that draws the style sheet's background."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


class Columns(QWidget):
    """``left`` beside ``right``; on a screen taller than wide, ``left`` above ``right``. As wide as is good to read."""

    def __init__(self, kit: Kit, left: QWidget, right: QWidget) -> None:
        super().__init__()
        self._inner = QWidget()
        self._inner.setMaximumWidth(kit.px(1180))
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._inner)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(kit.px(44))
        self._line.addWidget(left, 1)
        self._line.addWidget(right, 0)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(self._inner, 1000)
        outer.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        tall = event.size().height() > event.size().width()
        wanted = QBoxLayout.Direction.TopToBottom if tall else QBoxLayout.Direction.LeftToRight
        if self._line.direction() != wanted:
            self._line.setDirection(wanted)
        super().resizeEvent(event)


class Row(QWidget):
    """Things side by side while there is room for them, else one below the other."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(kit.px(12))

    def add(self, widget: QWidget) -> None:
        """Put ``widget`` at the end."""
        self._line.addWidget(widget)

    def fit(self, width: int) -> None:
        """Choose the direction for ``width`` pixels."""
        items = [self._line.itemAt(i).widget() for i in range(self._line.count())]
        shown = [w.sizeHint().width() for w in items if w is not None and not w.isHidden()]
        needs = sum(shown) + self._line.spacing() * max(len(shown) - 1, 0)
        tall = needs > width
        self._line.setDirection(QBoxLayout.Direction.TopToBottom if tall else QBoxLayout.Direction.LeftToRight)
