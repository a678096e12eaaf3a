"""Whose screen this is, where the eye lands: initials in a disc, the name large, the roles below."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.model.emergency import NOBODY
from kiosk.model.people import Person
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text
from kiosk.ui.theme import FONT
from kiosk.ui.words import plain

LONG_NAME = 24
"""Characters from which a name is set one size smaller, so that it stays on two lines."""


class Initials(QWidget):
    """A disc with initials, or with a short label."""

    def __init__(self, kit: Kit, side: int) -> None:
        super().__init__()
        self._kit, self._letters = kit, ""
        self.setFixedSize(side, side)

    def say(self, letters: str) -> None:
        """Show ``letters``, at most three."""
        if letters != self._letters:
            self._letters = letters
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._kit.colour("soft"))
        painter.setPen(QPen(self._kit.colour("accent"), self._kit.px(2)))
        painter.drawEllipse(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        font = QFont(FONT)
        font.setWeight(QFont.Weight.DemiBold)
        font.setPixelSize(round(self.width() * (0.36 if len(self._letters) < 3 else 0.3)))
        painter.setFont(font)
        painter.setPen(self._kit.colour("accent"))
        # Apart (U+200C), or Arabic initials would join to a word.
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "\u200c".join(self._letters))


class PersonHeading(QWidget):
    """Initials, name, roles. ``compact`` for screens whose matter is something else."""

    def __init__(self, kit: Kit, *, compact: bool = False) -> None:
        super().__init__()
        self._kit, self._compact = kit, compact
        self.setProperty("said", "who")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(kit.px(18))
        self._disc = Initials(kit, kit.px(60 if compact else 84))
        self._name = Text("heading" if compact else "title")
        self.roles = Text("small")
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(self._name)
        column.addWidget(self.roles)
        column.addStretch(1)
        line.addWidget(self._disc, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addLayout(column, 1)

    def show_person(self, person: Person, *, with_login: bool = False) -> None:
        """Show ``person``. ``with_login``: as what they sign and other systems know them by, too."""
        if person == NOBODY:  # a workspace of the station's own has no name but what it is
            person = replace(person, name=self._kit.words("emergency.title"))
        name = plain(person.name)
        if with_login and person.login:
            name = f"{name} · {person.login}"
        self._disc.say(person.initials)
        long = len(name) > LONG_NAME
        if self._compact:
            self._name.become("strong" if long else "heading")
        else:
            self._name.become("heading" if long else "title")
        self._name.say(name)
        self.roles.say(roles_of(self._kit, person))
        self.setAccessibleName(name)


def roles_of(kit: Kit, person: Person) -> str:
    """The person's roles as words, at most two."""
    return " · ".join(kit.words.name_of("role", role) for role in person.roles[:2])
