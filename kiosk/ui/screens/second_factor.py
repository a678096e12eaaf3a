"""Second factor: whose sign-in this is, why more is asked, and one way to give it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.model.consent import in_language
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.screens import SecondFactor
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.other_ways import OtherWays
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Columns
from kiosk.ui.parts.person import PersonHeading
from kiosk.ui.parts.prove import ProvePanel
from kiosk.ui.parts.text import Text


class SecondFactorPage(Page):
    """Draws ``SecondFactor``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._person = PersonHeading(kit)
        self._why = Text("lead")
        self._ends = NoticeLine(kit, size="small")
        self._more = KeyedButton(kit, "plain", lambda: self.press(Touch.STAY), "wait")
        self._more.say(kit.words("second_factor.more_time"))
        self._others = OtherWays(kit)
        self._panel = ProvePanel(kit)
        self._cancel = KeyedButton(kit, "plain", lambda: self.press(Touch.CANCEL), "back")
        self._cancel.say(kit.words("second_factor.cancel"))
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(18))
        column.addStretch(1)
        column.addWidget(self._person)
        column.addWidget(self._why)
        column.addWidget(self._ends)
        column.addStretch(1)
        column.addWidget(self._others)
        column.addLayout(self._foot())
        self.body.addWidget(Columns(kit, left, self._panel), 1)
        self.setTabOrder(self._panel, self._others)

    def _foot(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(self.kit.px(12))
        line.addWidget(self._more, 1)
        line.addWidget(self._cancel, 1)
        return line

    def draw(self, screen: SecondFactor) -> None:
        """Show ``screen``."""
        self.show_around(screen.status)
        self._person.setVisible(screen.person is not None)
        if screen.person is not None:
            self._person.show_person(screen.person)
        hurry = screen.ends_in is not None
        self._ends.say(self.kit.words("second_factor.ends", wait=screen.ends_in) if hurry else "", "warning")
        self._more.setVisible(hurry)
        words = self.kit.words
        why = f"why.{screen.why}" if screen.person is not None else "second_factor.whose_key"
        self._why.say("" if hurry else in_language(screen.says, words.language) or words(why))
        self._panel.show_prove(screen.prove)
        self._others.show_prove(screen.prove)

    def focus_act(self) -> None:
        """The field where something is typed; else the screen."""
        if self._panel.field.isVisibleTo(self):
            self._panel.field.focus_anew()
        else:
            self.setFocus()

    def escape(self) -> Touch | None:
        return Touch.CANCEL

    def typed(self, text: str) -> None:
        """What is typed while a button has the keyboard goes into the field."""
        if self._panel.field.isVisible():
            self._panel.field.setFocus()
            self._panel.field.take(text)
