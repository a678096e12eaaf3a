"""A code app: its secret as a QR code and as text, and at once a code of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.session.facts.enrolment_screens import EnrolCodeApp, Enrolment
from kiosk.session.facts.secret_field import CODE_DIGITS
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.qr import QrCode
from kiosk.ui.parts.text import Digits, Text
from kiosk.ui.screens.enrolment.typing import TypingPart

ROW = 2
"""Groups of four in a line of the secret."""


class CodeAppPart(TypingPart[EnrolCodeApp]):
    """The QR code and its text at the left, the keypad at the right."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._side = QWidget()
        line = QHBoxLayout(self._side)
        line.setContentsMargins(0, 0, 0, kit.px(8))
        line.setSpacing(kit.px(20))
        self._qr = QrCode(kit, kit.words("enrol.code_app.qr"))
        self._by_hand = Text("small")
        self._secret = Digits("strong")
        column = QVBoxLayout()
        column.setSpacing(kit.px(8))
        column.addStretch(1)
        column.addWidget(self._by_hand)
        column.addWidget(self._secret)
        column.addStretch(1)
        line.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addLayout(column, 1)

    def show_part(self, screen: Enrolment, part: EnrolCodeApp) -> None:
        words = self.kit.words
        self._qr.show_uri(part.uri)
        self._by_hand.say(words("enrol.code_app.by_hand"))
        self._secret.say(grouped(part.secret))
        self.panel.head("code", words("enrol.code_app.type"))
        if part.busy:
            self.panel.status.say(words("prove.checking"))
        elif not self.say_typed(part.entry, CODE_DIGITS, CODE_DIGITS):
            self.refuse(screen)
        self.entry.show_entry(part.entry, words("enrol.code_app.type"), digits_only=True, waits=part.busy)

    def lead(self, screen: Enrolment, part: EnrolCodeApp) -> str:
        return self.kit.words("enrol.code_app.lead")

    def beside(self) -> QWidget | None:
        return self._side

    def forget(self) -> None:
        """The secret, too."""
        super().forget()
        self._qr.forget()
        self._secret.setText("")


def groups_of(text: str) -> list[str]:
    """``text`` in groups of four, as it is read out and typed."""
    bare = "".join(text.split())
    return [bare[start : start + 4] for start in range(0, len(bare), 4)]


def grouped(secret: str) -> str:
    """``secret`` in groups of four, a few groups a line."""
    groups = groups_of(secret)
    return "\n".join("  ".join(groups[start : start + ROW]) for start in range(0, len(groups), ROW))
