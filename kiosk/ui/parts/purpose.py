"""What the records are wanted for: a pick list, and a line for anything else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from kiosk.session.facts.person_input import PurposePicked
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.field import Field
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.panel import Panel, panel_width
from kiosk.ui.parts.text import Text

MAX_BUTTONS = 5
"""Purposes drawn as buttons; any other is typed."""


class PurposePanel(Panel):
    """Posts ``PurposePicked``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._purposes: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(kit.px(24), kit.px(20), kit.px(24), kit.px(24))
        column.setSpacing(kit.px(10))
        title = Text("heading")
        title.say(kit.words("purpose_panel.title"))
        column.addWidget(title)
        self._buttons = [KeyedButton(kit, "plain", self._picker(place)) for place in range(MAX_BUTTONS)]
        for button in self._buttons:
            column.addWidget(button)
        column.addStretch(1)
        self._field = Field(self._pick)
        self._field.setPlaceholderText(kit.words("purpose_panel.free"))
        self._field.setAccessibleName(kit.words("purpose_panel.free"))
        column.addWidget(self._field)
        self.setFixedWidth(panel_width(kit))

    def _picker(self, place: int) -> Callable[[], None]:
        return lambda: self._pick(self._purposes[place])

    def _pick(self, purpose: str) -> None:
        self._kit.post(PurposePicked(purpose))

    def show_purposes(self, purposes: tuple[str, ...]) -> None:
        """Offer ``purposes``."""
        if purposes == self._purposes:
            return
        self._purposes = purposes
        for place, button in enumerate(self._buttons):
            button.setVisible(place < len(purposes))
            if place < len(purposes):
                self._name(button, self._kit.words.name_of("purpose", purposes[place]))

    def _name(self, button: KeyedButton, purpose: str) -> None:
        """A hospital's own purposes may be long: what does not fit ends in "…", and is whole for screen readers."""
        room = panel_width(self._kit) - self._kit.px(48 + 40)
        button.ensurePolished()
        button.say(button.fontMetrics().elidedText(purpose, Qt.TextElideMode.ElideRight, room))
        button.setAccessibleName(purpose)

    def forget(self) -> None:
        """Another wish: what was typed was for the one before."""
        self._field.setText("")

    def focus_act(self) -> None:
        """The first purpose; Tab or the arrows go on."""
        self._buttons[0].setFocus()

    def typed(self, text: str) -> None:
        """Typing begins another purpose."""
        self._field.setFocus()
        self._field.insert(text)
