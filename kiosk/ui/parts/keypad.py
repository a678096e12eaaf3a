"""The numeric keypad, for gloves. It never takes the focus: the field keeps it, and a keyboard types there.

Whoever reads the screen aloud, or watches it through the accessibility bus, is not told which key is touched.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit

ROWS = 4
CLOSEST, APART = 4, 10
"""Pixels between two rows; the second as drawn for 1280 × 800."""


class Key(KeyedButton):
    """Looks pressed while it is, and does not say so: it has neither the focus nor a state that tells it."""

    _touched = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._touch(event.button() is Qt.MouseButton.LeftButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._touch(self._touched and self.rect().contains(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._touched:
            self._touch(False)
            self.clicked.emit()

    def _touch(self, touched: bool) -> None:
        self._touched = touched
        self.update()

    def initStyleOption(self, option: QStyleOptionButton) -> None:
        super().initStyleOption(option)
        if self._touched:
            option.state |= QStyle.StateFlag.State_Sunken


class Keypad(QWidget):
    """Twelve keys: digits in telephone order, erase, and Enter as the main act."""

    def __init__(
        self,
        kit: Kit,
        field: QWidget,
        digit: Callable[[str], None],
        erase: Callable[[], None],
        enter: Callable[[], None],
    ) -> None:
        """``field``: keeps the keyboard, or gets it, where a key is touched."""
        super().__init__()
        self._kit = kit
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # as a telephone has it, in every language
        self.setFocusProxy(field)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(kit.px(APART))
        for place, text in enumerate("123456789"):
            self._add(self._digit(text, digit), place)
        self._add(self._named("erase", "erase", erase), 9)
        self._add(self._digit("0", digit), 10)
        confirm = Key(kit, "primary", enter, "enter")
        confirm.setAccessibleName(kit.words("keypad.enter"))
        self._add(confirm, 11)
        self.keys = self.findChildren(KeyedButton)

    def show_off(self, off: bool) -> None:
        """Dashed, where it takes nothing for so long that it must be plain to see."""
        for key in self.keys:
            if bool(key.property("off")) != off:
                key.setProperty("off", off)
                key.style().unpolish(key)
                key.style().polish(key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where a long sentence above leaves little height, the keys move together; none gets smaller."""
        least = max(key.minimumSizeHint().height() for key in self.keys)
        between = (event.size().height() - ROWS * least) // (ROWS - 1)
        self._grid.setVerticalSpacing(max(CLOSEST, min(self._kit.px(APART), between)))
        super().resizeEvent(event)

    def _digit(self, text: str, digit: Callable[[str], None]) -> KeyedButton:
        key = Key(self._kit, "key", lambda: digit(text))
        key.say(text)
        return key

    def _named(self, word: str, icon: str, press: Callable[[], None]) -> KeyedButton:
        key = Key(self._kit, "key", press, icon)
        key.setAccessibleName(self._kit.words(f"keypad.{word}"))
        return key

    def _add(self, key: KeyedButton, place: int) -> None:
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        key.setMaximumHeight(max(self._kit.px(92), self._kit.measure.target + 8))
        self._grid.addWidget(key, place // 3, place % 3)
