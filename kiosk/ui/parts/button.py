"""What is pressed: at least 20 mm a side, with an icon and a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from kiosk.ui.parts.icons import button_icon
from kiosk.ui.parts.kit import Kit

Kind = Literal["plain", "primary", "refuse", "key", "bar"]
JUST_CAME = "just_came"
"""Property of a screen that came this moment: Enter was meant for the one before. Not if somebody walked there."""
_WALKED = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
_INK = {"plain": "text", "primary": "on_accent", "refuse": "refuse", "key": "text", "bar": "text"}


class KeyedButton(QPushButton):
    """A button that Enter presses too, not only Space."""

    def __init__(self, kit: Kit, kind: Kind, press: Callable[[], None], icon: str | None = None) -> None:
        super().__init__()
        self._kit, self._kind = kit, kind
        self._name = self._icon = icon
        """Not drawn yet; most buttons of most screens are never seen."""
        self._walked_to = False
        self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(lambda: press())

    def say(self, words: str) -> None:
        """Show ``words``, which are its name for screen readers too."""
        if words != self.accessibleName():
            self.setText(words)
            self.setAccessibleName(words)

    def shorten(self, short: bool) -> None:
        """Show the icon alone, where there is no room for the words; its name stays."""
        words = "" if short else self.accessibleName()
        if words != self.text():
            self.setText(words)

    def wear(self, icon: str) -> None:
        """Another icon."""
        if icon != self._name:
            self._name = self._icon = icon
            self.updateGeometry()

    def become(self, kind: Kind) -> None:
        """Take another kind."""
        if kind != self._kind:
            self._kind = kind
            self._icon = self._name
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)
            self._wear_icon()

    def _wear_icon(self) -> None:
        """Left of the words."""
        if self._icon is not None:
            name, self._icon = self._icon, None
            side, gap = self._kit.px(26), self._kit.px(8) if self.text() else 0
            self.setIconSize(QSize(side + gap, side))
            self.setIcon(button_icon(name, self._kit.colour(_INK[self._kind]), side, gap))

    def sizeHint(self) -> QSize:
        self._wear_icon()
        return super().sizeHint()

    def showEvent(self, event: QShowEvent) -> None:
        self._wear_icon()
        super().showEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            self._ring(self._kit.px(4), "focus", 0)
            self._ring(self._kit.px(2), "surface", self._kit.px(4))

    def _ring(self, wide: int, token: str, inset: int) -> None:
        """Two rings, so that one of them stands out on any filling (WCAG 2.2, 2.4.11 and 2.4.13)."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._kit.colour(token), wide))
        edge = inset + wide / 2
        radius = max(self._kit.px(12) - edge, 1)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), radius, radius)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat() and (self._walked_to or not _just_came(self)):
                self.click()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._walked_to = event.reason() in _WALKED
        super().focusInEvent(event)


def _just_came(widget: QWidget | None) -> bool:
    while widget is not None and not widget.property(JUST_CAME):
        widget = widget.parentWidget()
    return widget is not None
