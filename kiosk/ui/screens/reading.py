"""Reading: at once on a tap."""

from __future__ import annotations

from PySide6.QtCore import Qt

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.screens import Reading
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.picture import Picture
from kiosk.ui.parts.text import Text


class ReadingPage(Page):
    """Draws ``Reading``. The picture stays where the locked screen had it, so that nothing jumps."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._title = Text("display", centred=True)
        self._lead = Text("lead", centred=True)
        self.body.addStretch(3)
        self.body.addWidget(Picture(kit, "reading"), 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self._title)
        self.body.addWidget(self._lead)
        self.body.addStretch(4)

    def draw(self, screen: Reading) -> None:
        """Show ``screen``."""
        self.show_around(screen.status)
        state = "busy" if screen.busy else "card"
        self._title.say(self.kit.words(f"reading.{state}"))
        self._lead.say(self.kit.words(f"reading.{state}_lead"))

    def escape(self) -> Touch | None:
        return Touch.CANCEL
