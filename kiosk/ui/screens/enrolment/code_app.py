"""A code app: its secret as a QR code and as text, and at once a code of it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from kiosk.session.facts.enrolment_screens import EnrolCodeApp, Enrolment
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Digits, Text
from kiosk.ui.screens.enrolment.scanned import ScannedPart

ROW = 2
"""Groups of four in a line of the secret."""


class CodeAppPart(ScannedPart[EnrolCodeApp]):
    """The secret as text beside its QR code."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, "enrol.code_app")
        self._by_hand = Text("small")
        self._secret = Digits("strong")
        column = QVBoxLayout()
        column.setSpacing(kit.px(8))
        column.addStretch(1)
        column.addWidget(self._by_hand)
        column.addWidget(self._secret)
        column.addStretch(1)
        self.line.addLayout(column, 1)

    def show_part(self, screen: Enrolment, part: EnrolCodeApp) -> None:
        self._by_hand.say(self.kit.words("enrol.code_app.by_hand"))
        self._secret.say(grouped(part.secret))
        self.show_scanned(screen, part, "code")

    def forget(self) -> None:
        """The secret, too."""
        super().forget()
        self._secret.setText("")


def groups_of(text: str) -> list[str]:
    """``text`` in groups of four, as it is read out and typed."""
    bare = "".join(text.split())
    return [bare[start : start + 4] for start in range(0, len(bare), 4)]


def grouped(secret: str) -> str:
    """``secret`` in groups of four, a few groups a line."""
    groups = groups_of(secret)
    return "\n".join("  ".join(groups[start : start + ROW]) for start in range(0, len(groups), ROW))
