"""Type the recovery code of one number, to show that the codes are at hand."""

from __future__ import annotations

from kiosk.session.facts.enrolment_screens import Enrolment, EnrolTypeCode
from kiosk.session.facts.secret_field import RECOVERY_DIGITS
from kiosk.ui.screens.enrolment.typing import TypingPart


class TypeCodePart(TypingPart[EnrolTypeCode]):
    """The keypad."""

    def show_part(self, screen: Enrolment, part: EnrolTypeCode) -> None:
        words = self.kit.words
        title = words("prove.recovery_number", n=part.number)
        self.panel.head("records", title)
        if part.busy:
            self.panel.status.say(words("prove.checking"))
        elif not self.say_typed(part.entry, RECOVERY_DIGITS, RECOVERY_DIGITS, counted=True):
            self.refuse(screen)
        self.entry.show_entry(part.entry, title, digits_only=True, digits=RECOVERY_DIGITS, waits=part.busy)

    def lead(self, screen: Enrolment, part: EnrolTypeCode) -> str:
        return self.kit.words("enrol.type_code_lead")
