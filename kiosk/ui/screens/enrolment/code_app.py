"""A code app: its secret as a QR code and as text, and at once a code of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.session.enrol_screens import EnrolCodeApp, Enrolment
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.qr import QrCode
from kiosk.ui.parts.text import Text
from kiosk.ui.screens.enrolment.typing import TypingPart

DIGITS = 6
"""Of a code (RFC 6238)."""
ROW = 4
"""Groups of four in a line of the secret."""


class CodeAppPart(TypingPart[EnrolCodeApp]):
    """The QR code at the left, the keypad at the right."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._side = QWidget()
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(10))
        self._qr = QrCode(kit, kit.words("enrol.code_app.qr"))
        self._by_hand = Text("small")
        self._secret = Text("strong", wraps=False)
        column.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._by_hand)
        column.addWidget(self._secret)
        self.entry.limit(DIGITS, DIGITS)

    def show_part(self, screen: Enrolment, part: EnrolCodeApp) -> None:
        words = self.kit.words
        self._qr.show_uri(part.uri)
        self._by_hand.say(words("enrol.code_app.by_hand"))
        self._secret.say(grouped(part.secret))
        self.panel.head("code", words("enrol.code_app.type"))
        if part.busy:
            self.panel.status.say(words("prove.checking"))
        else:
            self.refuse(screen)
        self.entry.begin(part.entry)
        self.entry.show_entry(words("enrol.code_app.type"), "", digits_only=True, waits=part.busy)

    def lead(self, screen: Enrolment, part: EnrolCodeApp) -> str:
        return self.kit.words("enrol.code_app.lead")

    def beside(self) -> QWidget | None:
        return self._side

    def forget(self) -> None:
        """The secret, too."""
        super().forget()
        self._qr.forget()
        self._secret.setText("")


def grouped(secret: str) -> str:
    """``secret`` in groups of four, four groups a line, as it is read out and typed."""
    bare = "".join(secret.split())
    groups = [bare[start : start + 4] for start in range(0, len(bare), 4)]
    return "\n".join("  ".join(groups[start : start + ROW]) for start in range(0, len(groups), ROW))
