"""Parts that show a QR code at the left, and take the digits that come of it at the right."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.session.facts.enrolment_screens import EnrolCodeApp, Enrolment, EnrolPhone
from kiosk.session.facts.secret_field import CODE_DIGITS
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.qr import QrCode
from kiosk.ui.screens.enrolment.typing import TypingPart

S = TypeVar("S", EnrolCodeApp, EnrolPhone)


class ScannedPart(TypingPart[S]):
    """``words``: under which its texts stand, such as ``enrol.phone``. Further matter goes into ``line``."""

    def __init__(self, kit: Kit, words: str) -> None:
        super().__init__(kit)
        self._words = words
        self._side = QWidget()
        line = self.line = QHBoxLayout(self._side)
        line.setContentsMargins(0, 0, 0, kit.px(8))
        line.setSpacing(kit.px(20))
        self._qr = QrCode(kit, kit.words(f"{words}.qr"))
        line.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_scanned(self, screen: Enrolment, part: S, icon: str) -> None:
        """The code, and the field for what came of it."""
        words, asked = self.kit.words, self.kit.words(f"{self._words}.type")
        self._qr.show_uri(part.uri)
        self.panel.head(icon, asked)
        if part.busy:
            self.panel.status.say(words("prove.checking"))
        elif not self.say_typed(part.entry, CODE_DIGITS, CODE_DIGITS):
            self.refuse(screen)
        self.entry.show_entry(part.entry, asked, digits_only=True, waits=part.busy)

    def lead(self, screen: Enrolment, part: S) -> str:
        return self.kit.words(f"{self._words}.lead")

    def beside(self) -> QWidget | None:
        return self._side

    def forget(self) -> None:
        """What the code holds, too."""
        super().forget()
        self._qr.forget()
