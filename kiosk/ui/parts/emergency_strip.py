"""The red part of the session bar: that this is an emergency access, whose, and when it ends."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.emergency_screens import EmergencyBar
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.clock import Countdown
from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Short, Text
from kiosk.ui.words import plain


class EmergencyStrip(QWidget):
    """Stands in place of the bar while an emergency access lasts. Counts for the eye; the session has its own alarm."""

    def __init__(self, kit: Kit, height: int, parent: QWidget | None = None) -> None:
        """``parent``: over which it lies, with nothing to press; None where it is a bar of its own."""
        super().__init__(parent)
        self._kit, self._left, self._pressed = kit, -1, parent is None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(height)
        line = QHBoxLayout(self)
        line.setContentsMargins(kit.px(14), kit.px(3), kit.px(8), kit.px(5))
        line.setSpacing(kit.px(12))
        self._title, self._who, self._why = Text("strong", wraps=False), Short("body"), Short("body")
        self._time = Text("strong", wraps=False)
        self._title.say(kit.words("bar.emergency"))
        self._longer = self._button("bar.extend", Touch.EXTEND, "clock", height)
        self._end = self._button("bar.end", Touch.LOCK, "lock", height)
        line.addWidget(Icon("warning", kit.colour("surface"), kit.px(28)))
        for text in (self._title, self._who, self._why):
            line.addWidget(text)
        line.addStretch(1)
        line.addWidget(self._time)
        for button in self.stops:
            line.addWidget(button)
        self._countdown = Countdown(self._show_left, self)
        self.hide()

    def _button(self, key: str, touch: Touch, icon: str, height: int) -> KeyedButton:
        button = KeyedButton(self._kit, "bar", lambda: self._kit.post(Pressed(touch)), icon)
        button.say(self._kit.words(key))
        button.setStyleSheet("min-height: 0; min-width: 0;")
        button.setFixedHeight(height - self._kit.px(8))
        return button

    @property
    def stops(self) -> list[KeyedButton]:
        """What Tab stops at."""
        return [self._longer, self._end]

    def show_emergency(self, bar: EmergencyBar | None, offline: str) -> None:
        """None hides it. ``offline``: what does not work here now."""
        self.setVisible(bar is not None)
        if bar is None:
            self._countdown.stop()
            self._left = -1
            return
        words = self._kit.words
        self._who.say(plain(bar.who, 80) if bar.who else words("bar.emergency_nobody"))
        self._why.say(offline or words.name_of("emergency_reason", bar.reason))
        self._longer.setVisible(bar.extend > 0 and self._pressed)
        self._end.setVisible(self._pressed)
        for button in self.stops:  # what is pressed is never cut short: the words beside it are
            button.ensurePolished()
            button.setFixedWidth(max(button.sizeHint().width(), self._kit.measure.mm(20)))
        if bar.left != self._left:
            self._left = bar.left
            self._countdown.start(bar.left)
        self.setAccessibleName(f"{self._title.text()}. {self._time.text()}")
        self.raise_()

    def stop(self) -> None:
        """No longer seen."""
        self._countdown.stop()
        self._left = -1

    def _show_left(self, seconds: int) -> None:
        self._time.say(self._kit.words("bar.emergency_left", wait=seconds))
