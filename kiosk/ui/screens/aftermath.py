"""Aftermath: what covered the workspace ended by itself. Says so, and keeps what is still typed from the workspace."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import KeyPress
from kiosk.session.facts.screens import Aftermath
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Panel
from kiosk.ui.parts.person import PersonHeading
from kiosk.ui.parts.text import Text


class AftermathPage(Page):
    """Draws ``Aftermath``. Only a touch presses its button: a key may be the end of what was being typed."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._person = PersonHeading(kit)
        self._title = Text("title", centred=True)
        self._title.say(kit.words("aftermath.title"))
        self._notice = NoticeLine(kit)
        self._lead = Text("lead", centred=True)
        self._lead.say(kit.words("aftermath.lead"))
        self._back = KeyedButton(kit, "primary", lambda: self.press(Touch.DONE), "back")
        self._back.say(kit.words("aftermath.back"))
        self._back.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        panel = Panel()
        column = QVBoxLayout(panel)
        column.setContentsMargins(kit.px(44), kit.px(34), kit.px(44), kit.px(34))
        column.setSpacing(kit.px(18))
        for part in (self._person, self._title, self._notice, self._lead, self._back):
            column.addWidget(part)
        panel.setFixedWidth(kit.px(720))
        self.centre(panel)

    def draw(self, screen: Aftermath) -> None:
        """Show ``screen``."""
        self.show_around(screen.status)
        self._person.show_person(screen.person)
        self._notice.show_notice(screen.notice)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Fingers on a keypad that has gone type on, too."""
        self.kit.post(KeyPress())
