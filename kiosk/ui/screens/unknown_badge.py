"""Unknown badge: not known here, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.screens import UnknownBadge
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Row
from kiosk.ui.parts.picture import Picture
from kiosk.ui.parts.text import Text


class UnknownBadgePage(Page):
    """Draws ``UnknownBadge``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        words = kit.words
        self._title = Text("title", centred=True)
        self._lead = Text("lead", centred=True)
        self._notice = NoticeLine(kit, widest=min(kit.px(860), kit.measure.width - kit.px(80)))
        self._again = KeyedButton(kit, "primary", lambda: self.press(Touch.TRY_AGAIN), "retry")
        self._again.say(words("unknown_badge.try_again"))
        self._code = KeyedButton(kit, "plain", lambda: self.press(Touch.USE_CODE), "keyboard")
        self._code.say(words("locked.use_code"))
        self._enrol = KeyedButton(kit, "plain", lambda: self.press(Touch.ENROL), "plus")
        self._enrol.say(words("unknown_badge.enrol"))
        buttons = Row(kit)
        buttons.add(self._again)
        buttons.add(self._enrol)
        buttons.add(self._code)
        self.body.addStretch(3)
        self.body.addWidget(Picture(kit, "unknown"), 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self._title)
        self.body.addWidget(self._lead)
        self.body.addWidget(self._notice, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addStretch(2)
        self.body.addWidget(buttons, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addStretch(2)

    def draw(self, screen: UnknownBadge) -> None:
        """Show ``screen``."""
        words = self.kit.words
        self.show_around(screen.status)
        self._title.say(words("unknown_badge.title"))
        self._lead.say(words("unknown_badge.lead_enrol" if screen.may_enrol else "unknown_badge.lead"))
        self._enrol.setVisible(screen.may_enrol)
        self._notice.say(words(f"unknown_badge.{screen.resembles}") if screen.resembles else "", "warning")

    def focus_act(self) -> None:
        """Enter tries again."""
        self._again.setFocus()

    def escape(self) -> Touch | None:
        return Touch.CANCEL
