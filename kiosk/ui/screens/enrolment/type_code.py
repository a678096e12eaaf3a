"""Type the recovery code of one number, to show that the codes are at hand."""

from __future__ import annotations

from kiosk.session.enrol_screens import Enrolment, EnrolTypeCode
from kiosk.ui.parts.entry import RECOVERY_DIGITS
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.enrolment.typing import TypingPart


class TypeCodePart(TypingPart[EnrolTypeCode]):
    """The keypad."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.entry.count(RECOVERY_DIGITS, self.panel.status)

    def show_part(self, screen: Enrolment, part: EnrolTypeCode) -> None:
        words = self.kit.words
        title = words("prove.recovery_number", n=part.number)
        self.panel.head("records", title)
        if part.busy:
            self.panel.status.say(words("prove.checking"))
        else:
            self.refuse(screen)
        self.entry.begin((part.number, part.entry))
        self.entry.show_entry(title, "", digits_only=True, waits=part.busy)

    def lead(self, screen: Enrolment, part: EnrolTypeCode) -> str:
        return self.kit.words("enrol.type_code_lead")
