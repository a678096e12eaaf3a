"""The recovery codes, this once: numbered, large enough to be copied from where one sits."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from kiosk.session.enrol_screens import EnrolCodes, Enrolment
from kiosk.session.touches import Button as Touch
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.button import Button
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text
from kiosk.ui.screens.enrolment.part import Part

WIDE = 640


class CodesPart(Part[EnrolCodes]):
    """Two columns, read downwards."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, ActPanel(kit, kit.px(WIDE)))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(kit.px(14))
        self._grid.setVerticalSpacing(kit.px(6))
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        self._texts: list[tuple[Text, Text]] = []
        self._print = Button(kit, "plain", lambda: self.press(Touch.PRINT), "print")
        self._print.say(kit.words("enrol.codes.print"))
        self._next = Button(kit, "primary", lambda: self.press(Touch.NEXT), "check")
        self._next.say(kit.words("enrol.codes.have"))
        buttons = QHBoxLayout()
        buttons.setSpacing(kit.px(12))
        buttons.addWidget(self._print, 1)
        buttons.addWidget(self._next, 1)
        self.panel.column.addStretch(1)
        self.panel.column.addLayout(self._grid)
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
        rows = (len(codes) + 1) // 2
        while len(self._texts) < len(codes):
            self._texts.append((Text("muted", wraps=False), Text("numbered", wraps=False)))
        for place, (number, text) in enumerate(self._texts):
            shown = place < len(codes)
            number.say(f"{place + 1}" if shown else "")
            text.say(codes[place] if shown else "")
            text.setAccessibleName(f"{place + 1}: {codes[place]}" if shown else "")
            if shown:
                row, column = place % rows, 2 * (place // rows)
                self._grid.addWidget(number, row, column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._grid.addWidget(text, row, column + 1)

    def lead(self, screen: Enrolment, part: EnrolCodes) -> str:
        return self.kit.words("enrol.codes.lead")

    def act(self) -> QWidget | None:
        """Printing first, where it can be done and was not yet."""
        return None

    def forget(self) -> None:
        """All of them."""
        for number, text in self._texts:
            number.setText("")
            text.setText("")
            text.setAccessibleName("")
