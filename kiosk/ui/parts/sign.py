"""The large sign over an untouched workspace: whose work this is, to be read from across the room."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.model.people import Person
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.person import Initials, roles_of
from kiosk.ui.parts.text import Short
from kiosk.ui.words import plain

HEIGHT = 148
"""In pixels at 96 dpi."""
LONG, VERY_LONG = 34, 52
"""Characters up to which the sentence fits the narrowest display in the largest type, and in the next."""


class IdentitySign(QWidget):
    """Hidden until a person is shown. Always of one height, so that the window knows it before it is laid out."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.setProperty("said", "")  # the bar itself is called so
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(kit.px(HEIGHT))
        line = QHBoxLayout(self)
        line.setContentsMargins(kit.px(28), kit.px(12), kit.px(28), kit.px(16))
        line.setSpacing(kit.px(24))
        self._disc = Initials(kit, kit.px(100))
        self._name = Short("display")
        self._roles = Short("lead")
        column = QVBoxLayout()
        column.setSpacing(kit.px(2))
        column.addStretch(1)
        column.addWidget(self._name)
        column.addWidget(self._roles)
        column.addStretch(1)
        line.addWidget(self._disc, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addLayout(column, 1)
        self.hide()

    def show_person(self, person: Person | None) -> None:
        """Say that ``person`` is signed in; None hides."""
        if person is not None:
            name = plain(person.name)
            self._disc.say(person.initials)
            said = self._kit.words("bar.signed_in", name=name)
            self._name.become("display" if len(said) <= LONG else "title" if len(said) <= VERY_LONG else "heading")
            self._name.say(said)
            self._roles.say(roles_of(self._kit, person))
            self.setAccessibleName(self._name.text())
        self.setVisible(person is not None)
