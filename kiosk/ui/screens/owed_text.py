"""A text that is owed about an emergency access: which one, until when, and one field."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from kiosk.model.owed_text import MAX_OWED_TEXT
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.emergency_screens import OwedTextScreen
from kiosk.session.facts.person_input import TextTyped
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.field import Field
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Panel
from kiosk.ui.parts.person import PersonHeading
from kiosk.ui.parts.text import Text
from kiosk.ui.words import plain


class OwedTextPage(Page):
    """Draws ``OwedTextScreen``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        words = kit.words
        self._person = PersonHeading(kit)
        self._title = Text("title", centred=True)
        self._title.say(words("owed.title"))
        self._lead = Text("lead", centred=True)
        self._field = Field(lambda text: kit.post(TextTyped(text)))
        self._field.setMaxLength(MAX_OWED_TEXT)
        self._field.setAccessibleName(words("owed.field"))
        self._notice = NoticeLine(kit)
        self._send = KeyedButton(kit, "primary", self._field.confirm, "enter")
        self._send.say(words("owed.send"))
        self._later = KeyedButton(kit, "plain", lambda: self.press(Touch.CANCEL), "back")
        self._later.say(words("owed.later"))
        panel = Panel()
        column = QVBoxLayout(panel)
        column.setContentsMargins(kit.px(44), kit.px(34), kit.px(44), kit.px(34))
        column.setSpacing(kit.px(18))
        for part in (self._person, self._title, self._lead, self._field, self._notice):
            column.addWidget(part)
        buttons = QHBoxLayout()
        buttons.setSpacing(kit.px(18))
        buttons.addWidget(self._later, 1)
        buttons.addWidget(self._send, 1)
        column.addLayout(buttons)
        panel.setFixedWidth(min(kit.px(1000), kit.measure.width - kit.px(80)))
        self.centre(panel)
        self._asks = False

    def draw(self, screen: OwedTextScreen) -> None:
        """Show ``screen``."""
        words, owed = self.kit.words, screen.owed
        self.show_around(screen.status)
        self._person.show_person(screen.person)
        self._asks = owed is not None and not screen.busy
        if owed is None:
            self._lead.say(words("owed.fetching"))
        else:
            key = "owed.lead_overdue" if owed.overdue else "owed.lead"
            station = plain(owed.station, 60)
            begun, due = words.clock_time(owed.begun), words.clock_time(owed.due)
            self._lead.say(words(key, station=station, begun=begun, due=due))
        self._field.setVisible(owed is not None)
        self._field.setEnabled(self._asks)
        self._send.setVisible(owed is not None)
        self._send.setEnabled(self._asks)
        self._notice.show_notice(screen.notice)

    def focus_act(self) -> None:
        """The field, while it is open."""
        if self._asks:
            self._field.setFocus()
        else:
            self.setFocus()

    def escape(self) -> Touch | None:
        return Touch.CANCEL
