"""What is asked, page by page, where it is too much to stand beside the proof: the proof comes after the last page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.consent_pages import PAGE_ROWS
from kiosk.session.facts.screens import ConsentPage
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.asked import Whole, titled, valued
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text

MAX_PIECES = PAGE_ROWS // 2
"""Pieces on one page: each has a label and a value."""


class ReadingPanel(ActPanel):
    """One page, and the way on and back. ``press``: takes what is pressed."""

    def __init__(self, kit: Kit, press: Callable[[Touch], None]) -> None:
        super().__init__(kit)
        self._pieces: list[tuple[Text, Whole]] = []
        self._where = Text("muted", wraps=False)
        self._where.setProperty("said", "more")
        self.column.addWidget(self._where)
        column = QVBoxLayout()
        column.setSpacing(0)
        for _ in range(MAX_PIECES):
            label, value = Text("small"), Whole()
            label.setContentsMargins(0, kit.px(6), 0, 0)
            for text in (label, value):
                text.setProperty("said", "more")
            column.addWidget(label)
            column.addWidget(value)
            self._pieces.append((label, value))
        self.column.addLayout(column)
        self.column.addStretch(1)
        self._back = KeyedButton(kit, "plain", lambda: press(Touch.BACK), "back")
        self._next = KeyedButton(kit, "primary", lambda: press(Touch.NEXT), "next")
        self._back.say(kit.words("step_up.page_back"))
        buttons = QWidget()
        line = QHBoxLayout(buttons)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(kit.px(10))
        line.addWidget(self._back, 1)
        line.addWidget(self._next, 1)
        self.column.addWidget(buttons, 0, Qt.AlignmentFlag.AlignBottom)

    def show_page(self, page: ConsentPage) -> None:
        """Draw ``page``."""
        words = self.kit.words
        self.head("eye", words("step_up.read"))
        self._where.say(words("step_up.page", n=page.number + 1, total=page.total))
        for place, (label, value) in enumerate(self._pieces):
            shown = place < len(page.pieces)
            label.say(titled(words, page.pieces[place]) if shown else "")
            value.say(valued(words, page.pieces[place]) if shown else "")
        self._back.setVisible(page.number > 0)
        last = page.number + 1 == page.total
        self._next.say(words("step_up.page_last" if last else "step_up.page_next"))

    def focus_act(self) -> None:
        """On."""
        self._next.setFocus()
