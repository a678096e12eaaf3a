"""Opening: welcome, and what is being restored; gone when the workspace is painted."""

from __future__ import annotations

from PySide6.QtCore import Qt

from kiosk.session.facts.screens import Opening
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.person import LONG_NAME, Initials
from kiosk.ui.parts.text import Text
from kiosk.ui.words import plain


class OpeningPage(Page):
    """Draws ``Opening``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._disc = Initials(kit, kit.px(150))
        self._welcome = Text("lead", centred=True)
        self._name = Text("display", centred=True)
        self._what = Text("lead", centred=True)
        self.body.addStretch(3)
        self.body.addWidget(self._disc, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addSpacing(kit.px(12))
        for text in (self._welcome, self._name, self._what):
            self.body.addWidget(text)
        self.body.addStretch(4)

    def draw(self, screen: Opening) -> None:
        """Show ``screen``."""
        words, name = self.kit.words, plain(screen.person.name)
        state = "back" if screen.returning else "new"
        self.show_around(screen.status)
        self._disc.say(screen.person.initials)
        self._welcome.say(words(f"opening.welcome_{state}"))
        self._name.become("title" if len(name) > LONG_NAME else "display")
        self._name.say(name)
        self._what.say(words("opening.held" if screen.held else f"opening.{state}"))
