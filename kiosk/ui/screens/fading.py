"""Fading: the workspace dims, a panel says when it locks, any touch keeps it open."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.screens import Fading
from kiosk.ui.dim import dimming
from kiosk.ui.parts import voice
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.clock import Countdown
from kiosk.ui.parts.emergency_strip import EmergencyStrip
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.panel import Panel
from kiosk.ui.parts.person import PersonHeading
from kiosk.ui.parts.text import Text

EDGE = 28
"""Pixels of plain shade around the panel, so that it stands apart from the stripes, whichever theme it is drawn in."""
LAST = 10
"""Seconds left at which the warning is said again to whoever does not see it."""


class FadingPage(QWidget):
    """Draws ``Fading``. The window shows only what ``dimmed`` says of it."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self.setProperty("screen", True)
        self._last: Fading | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._countdown = Countdown(self._show_left, self)
        self._panel = Panel()
        column = QVBoxLayout(self._panel)
        column.setContentsMargins(kit.px(44), kit.px(34), kit.px(44), kit.px(34))
        column.setSpacing(kit.px(18))
        self._person = PersonHeading(kit)
        self._title = Text("title", centred=True)
        self._lead = Text("lead", centred=True)
        self._stay = KeyedButton(kit, "primary", self._touch, "check")
        self._stay.say(kit.words("fading.stay"))
        for part in (self._person, self._title, self._lead, self._stay):
            column.addWidget(part)
        self._panel.setFixedWidth(kit.px(720))
        self._emergency = EmergencyStrip(kit, kit.measure.bar, self)
        whole = self._whole = QVBoxLayout(self)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self._panel)
        line.addStretch(1)
        whole.addStretch(1)
        whole.addLayout(line)
        whole.addStretch(1)

    def dimmed(self) -> QRegion:
        """What of this widget is drawn over the workspace, at its present size."""
        self._whole.activate()
        status = self.kit.px(EDGE)
        whole = self._panel.geometry().adjusted(-status, -status, status, status)
        region = dimming(self.size(), whole, self.kit.px(18) + status)
        return region if self._emergency.isHidden() else region + QRegion(self._emergency.geometry())

    def draw(self, screen: Fading) -> None:
        """Show ``screen``; counts anew unless it is the warning that is already counted."""
        self._person.show_person(screen.person)
        self._lead.say(self.kit.words("fading.lead"))
        self._emergency.show_emergency(screen.emergency, "")
        last = self._last and replace(self._last, emergency=None, status=screen.status)
        if replace(screen, emergency=None) != last:
            self._last = screen
            self._countdown.start(screen.seconds)

    def leave(self) -> None:
        """No longer shown: stop counting."""
        self._last = None
        self._countdown.stop()
        self._emergency.stop()
        if QWidget.mouseGrabber() is self:
            self.releaseMouse()

    def focus_act(self) -> None:
        """Any key stays, so the whole screen has the keyboard."""
        self.setFocus()

    def _show_left(self, seconds: int) -> None:
        self._title.say(self.kit.words("fading.title", n=seconds))
        if seconds == LAST:
            voice.tell(self, self._title.text())

    def _touch(self) -> None:
        self.kit.post(Pressed(Touch.STAY))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._emergency.resize(self.width(), self._emergency.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._touch()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._touch()
