"""Somebody else has to agree: who may, and the two ways to ask them. Their card here, or their login elsewhere."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from kiosk.model.second import SecondWanted
from kiosk.session.facts.person_input import LoginTyped
from kiosk.ui.parts import voice
from kiosk.ui.parts.field import Field
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.panel import Panel, panel_width
from kiosk.ui.parts.text import Text


class SecondPanel(Panel):
    """Posts ``LoginTyped``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._shown: SecondWanted | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(kit.px(24), kit.px(20), kit.px(24), kit.px(24))
        column.setSpacing(kit.px(12))
        self._title = Text("heading")
        self._title.say(kit.words("second_panel.title"))
        self._who = Text("body")
        self._here = Text("strong")
        self._here.say(kit.words("second_panel.here"))
        self._elsewhere = Text("body")
        self._asked = Text("strong")
        self._field = Field(lambda login: kit.post(LoginTyped(login)))
        self._field.setPlaceholderText(kit.words("second_panel.login"))
        self._field.setAccessibleName(kit.words("second_panel.login"))
        for text in (self._title, self._who, self._here):
            column.addWidget(text)
        column.addStretch(1)
        for text in (self._elsewhere, self._asked):
            column.addWidget(text)
        column.addWidget(self._field)
        self.setFixedWidth(panel_width(kit))

    def show_wanted(self, wanted: SecondWanted) -> None:
        """Say who may agree, and who is asked already."""
        if wanted == self._shown:
            return
        words, before = self._kit.words, self._shown
        self._shown = wanted
        roles = ", ".join(words.name_of("role", role) for role in wanted.roles)
        self._who.say(words("second_panel.roles", roles=roles) if roles else words("second_panel.anybody"))
        self._elsewhere.say(words("second_panel.elsewhere"))
        self._asked.say(words("second_panel.asked", login=wanted.asked) if wanted.asked else "")
        self._asked.setVisible(bool(wanted.asked))
        if before is None:
            voice.tell(self, f"{self._title.text()} {self._here.text()}")
        if wanted.asked:
            self._field.setText("")

    def forget(self) -> None:
        """No longer shown."""
        self._shown = None
        self._field.setText("")

    def focus_act(self) -> None:
        """The field; a card needs no focus."""
        self._field.setFocus()

    def typed(self, text: str) -> None:
        """Typing begins a login."""
        self._field.setFocus()
        self._field.insert(text)
