"""A phone: a QR code that its browser opens, and at once the number that it shows then."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.session.facts.enrolment_screens import Enrolment, EnrolPhone
from kiosk.session.facts.secret_field import CODE_DIGITS
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.qr import QrCode
from kiosk.ui.parts.text import Text
from kiosk.ui.screens.enrolment.typing import TypingPart


class PhonePart(TypingPart[EnrolPhone]):
    """The QR code at the left, the keypad at the right."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._side = QWidget()
        line = QHBoxLayout(self._side)
        line.setContentsMargins(0, 0, 0, kit.px(8))
        line.setSpacing(kit.px(20))
        self._qr = QrCode(kit, kit.words("enrol.phone.qr"))
        self._about = Text("small")
        line.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._about, 1)

    def show_part(self, screen: Enrolment, part: EnrolPhone) -> None:
        words = self.kit.words
        self._qr.show_uri(part.uri)
        self._about.say(words("enrol.phone.about"))
        self.panel.head("phone", words("enrol.phone.type"))
        if part.busy:
            self.panel.status.say(words("prove.checking"))
        elif not self.say_typed(part.entry, CODE_DIGITS, CODE_DIGITS):
            self.refuse(screen)
        self.entry.show_entry(part.entry, words("enrol.phone.type"), digits_only=True, waits=part.busy)

    def lead(self, screen: Enrolment, part: EnrolPhone) -> str:
        return self.kit.words("enrol.phone.lead")

    def beside(self) -> QWidget | None:
        return self._side

    def forget(self) -> None:
        """The code, too."""
        super().forget()
        self._qr.forget()
