"""The session bar: a thin strip over the workspace, the only thing drawn while someone works.

Where nobody has touched anything for a while it grows, and says large who is signed in.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.screens import Active
from kiosk.session.facts.stage_news import UserActivity
from kiosk.ui.parts.bar_help import BarHelp
from kiosk.ui.parts.bar_strip import BarStrip, in_brief
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.clock import Countdown
from kiosk.ui.parts.emergency_strip import EmergencyStrip
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.sign import IdentitySign
from kiosk.ui.words import plain

EVERY = 20
"""Seconds between two looks at the time left: it is said in minutes."""


class SessionBar(QWidget):
    """Draws ``Active``. ``height_for(screen)`` says how much of the display it needs."""

    def __init__(self, kit: Kit, height: int) -> None:
        super().__init__()
        self.kit = kit
        self._height = height
        self.setProperty("screen", True)
        self._last: Active | None = None
        self._stops = 0
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._countdown = Countdown(self._show_grace, self, EVERY)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._strip = BarStrip(kit, height)
        self._emergency = EmergencyStrip(kit, height)
        whole.addWidget(self._strip)
        whole.addWidget(self._emergency)
        self._sign = IdentitySign(kit)
        whole.addWidget(self._sign)
        self._help = BarHelp(kit)
        whole.addWidget(self._help)
        whole.addStretch(1)

    def height_for(self, screen: Active, width: int) -> int:
        """Pixels from the top: the strip, and below it the sign and the help where they are open."""
        height = self._height + (self._sign.height() if screen.sign else 0)
        return height + (self._help.height_for(width) if screen.help else 0)

    def draw(self, screen: Active) -> None:
        """Show ``screen``; the time left is counted on unless it is new."""
        last, self._last = self._last, screen
        self._strip.setVisible(screen.emergency is None)
        self._emergency.show_emergency(screen.emergency, in_brief(self.kit, screen.status))
        self.setAccessibleName(self.kit.words("bar.signed_in", name=plain(screen.person.name, 80)))
        self._strip.show_person(screen)
        self._sign.show_person(screen.person if screen.sign else None)
        self._strip.show_state(screen)
        self._walk()
        self._help.show_help(screen)
        if screen.reached != (last is not None and last.reached):
            self._reach(screen.reached)
        if last is None or last.grace_left != screen.grace_left or last.person != screen.person:
            self._countdown.start(screen.grace_left)
        self._make_room()

    def leave(self) -> None:
        """No longer shown: stop counting."""
        self._last = None
        self._countdown.stop()
        self._emergency.stop()

    def focus_act(self) -> None:
        """The keyboard belongs to the workspace; should it come here, no button is to have it unasked."""
        if self._last is None or not self._last.reached:
            self.setFocus()

    def _walked(self) -> list[KeyedButton]:
        """What Tab stops at, from left to right."""
        if not self._emergency.isHidden():
            return self._emergency.stops
        return [*self._strip.stops, *self._help.stops]

    def _walk(self) -> None:
        """Programs may have come since."""
        stops = self._walked()
        if len(stops) != self._stops:
            self._stops = len(stops)
            for button, next_one in pairwise(stops):
                QWidget.setTabOrder(button, next_one)

    def _reach(self, reached: bool) -> None:
        """The keyboard has come, because somebody asked for it, or has gone."""
        first = next(button for button in self._walked() if not button.isHidden())
        if reached:
            first.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back to the program, from whichever button."""
        if event.key() == Qt.Key.Key_Escape:
            if not event.isAutoRepeat():
                self.kit.post(Pressed(Touch.CANCEL))
        else:
            super().keyPressEvent(event)

    def _show_grace(self, seconds: int) -> None:
        self._strip.show_grace(seconds)
        self._make_room()

    def _make_room(self) -> None:
        self._strip.make_room(self.width())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A touch of the sign itself, where the display tells of no other."""
        if self._last is not None and self._last.sign:
            self.kit.post(UserActivity())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
