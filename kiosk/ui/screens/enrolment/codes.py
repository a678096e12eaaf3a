"""The recovery codes, this once: numbered, in groups of four, large enough to be copied from where one stands."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.enrolment_screens import EnrolCodes, Enrolment
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Digits, Text
from kiosk.ui.screens.enrolment.code_app import groups_of
from kiosk.ui.screens.enrolment.part import Part

WIDE = 600


class CodesPart(Part[EnrolCodes]):
    """One under the other, as they stand on the sheet."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, ActPanel(kit, kit.px(WIDE)))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(kit.px(20))
        self._grid.setVerticalSpacing(0)
        self._texts: list[tuple[Text, Text]] = []
        self._print = KeyedButton(kit, "plain", lambda: self.press(Touch.PRINT), "print")
        self._print.say(kit.words("enrol.codes.print"))
        self._next = KeyedButton(kit, "primary", lambda: self.press(Touch.NEXT), "check")
        self._next.say(kit.words("enrol.codes.have"))
        buttons = QHBoxLayout()
        buttons.setSpacing(kit.px(12))
        buttons.addWidget(self._print, 1)
        buttons.addWidget(self._next, 1)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addLayout(self._grid)
        middle.addStretch(1)
        self.panel.column.addStretch(1)
        self.panel.column.addLayout(middle)
        self.panel.column.addStretch(1)
        self.panel.column.addLayout(buttons)

    def show_part(self, screen: Enrolment, part: EnrolCodes) -> None:
        words = self.kit.words
        self.panel.head("records", words("enrol.codes.title"))
        if not self.refuse(screen):
            said = "enrol.codes.wait" if part.busy else "enrol.codes.printed" if part.printed else ""
            self.panel.status.say(words(said) if said else "")
        self._show_codes(part.codes)
        self._print.setVisible(part.can_print)
        self._print.setEnabled(not part.busy)
        self._next.setEnabled(not part.busy)

    def _show_codes(self, codes: tuple[str, ...]) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for place in range(len(self._texts), len(codes)):
            pair = (Digits("muted"), Digits("numbered"))
            self._texts.append(pair)
            self._grid.addWidget(pair[0], place, 0, right)
            self._grid.addWidget(pair[1], place, 1)
        for place, (number, text) in enumerate(self._texts):
            code = "  ".join(groups_of(codes[place])) if place < len(codes) else ""
            number.say(f"{place + 1}" if code else "")
            text.say(code)
            text.setAccessibleName(f"{place + 1}: {code}" if code else "")

    def lead(self, screen: Enrolment, part: EnrolCodes) -> str:
        return self.kit.words("enrol.codes.lead")

    def act(self) -> QWidget | None:
        """None: what is shown only once is not left by a stray Enter."""
        return None

    def forget(self) -> None:
        """All of them."""
        for number, text in self._texts:
            number.setText("")
            text.setText("")
            text.setAccessibleName("")
