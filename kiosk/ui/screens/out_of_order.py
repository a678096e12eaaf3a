"""Out of order: what is wrong, what a person here can do, what to tell the help desk."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.screens import OutOfOrder
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Panel
from kiosk.ui.parts.picture import Picture
from kiosk.ui.parts.text import Text
from kiosk.ui.words import plain


class OutOfOrderPage(Page):
    """Draws ``OutOfOrder``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._title = Text("title", centred=True)
        self._what = Text("lead", centred=True)
        self._again = KeyedButton(kit, "primary", lambda: self.press(Touch.TRY_AGAIN), "retry")
        self._again.say(kit.words("out_of_order.try_again"))
        self.body.addStretch(3)
        self.body.addWidget(Picture(kit, "tools"), 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self._title)
        self.body.addWidget(self._what)
        self.body.addSpacing(kit.px(16))
        self.body.addWidget(self._for_the_desk(), 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addStretch(2)
        self.body.addWidget(self._again, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addStretch(2)

    def _for_the_desk(self) -> Panel:
        kit = self.kit
        panel = Panel()
        column = QVBoxLayout(panel)
        column.setContentsMargins(kit.px(40), kit.px(16), kit.px(40), kit.px(18))
        column.setSpacing(kit.px(4))
        caption = Text("small", centred=True, wraps=False)
        caption.say(kit.words("out_of_order.tell"))
        self._code = Text("code", centred=True, wraps=False)
        column.addWidget(caption)
        column.addWidget(self._code)
        return panel

    def draw(self, screen: OutOfOrder) -> None:
        """Show ``screen``."""
        self.show_around(screen.status)
        self._title.say(self.kit.words("out_of_order.title"))
        self._what.say(self.kit.words(screen.key))
        self._code.say(plain(screen.code, 24))

    def focus_act(self) -> None:
        """Enter tries again."""
        self._again.setFocus()
