"""A phone: a QR code that its browser opens, and at once the number that it shows then."""

from __future__ import annotations

from kiosk.session.facts.enrolment_screens import Enrolment, EnrolPhone
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text
from kiosk.ui.screens.enrolment.scanned import ScannedPart


class PhonePart(ScannedPart[EnrolPhone]):
    """What the phone is to do beside its QR code."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, "enrol.phone")
        self._about = Text("small")
        self.line.addWidget(self._about, 1)

    def show_part(self, screen: Enrolment, part: EnrolPhone) -> None:
        self._about.say(self.kit.words("enrol.phone.about"))
        self.show_scanned(screen, part, "phone")
