"""Ask a colleague to tap: who may, and why."""

from __future__ import annotations

from kiosk.model.enrolment import EnrolRefusalCode
from kiosk.session.facts.enrolment_screens import Enrolment, EnrolSecond
from kiosk.ui.parts.holding import UsbKeyPrompt
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.enrolment.part import Part


class SecondPart(Part[EnrolSecond]):
    """The picture to tap by, for somebody else than the person whose name stands beside it."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._hold = UsbKeyPrompt(kit)
        self.panel.column.addWidget(self._hold, 1)

    def show_part(self, screen: Enrolment, part: EnrolSecond) -> None:
        words = self.kit.words
        self.panel.head("people", words(f"enrol.second.title.{part.may}"))
        if part.busy:
            self.panel.status.say(words("enrol.second.busy"))
        elif screen.refusal is not None and screen.refusal.code is EnrolRefusalCode.UNKNOWN:
            self.panel.status.say(words("enrol.second.unknown"), "refused")
        else:
            self.refuse(screen)
        self._hold.show_holding("badge", words(f"enrol.second.may.{part.may}"), usb=False, reading=part.busy)

    def lead(self, screen: Enrolment, part: EnrolSecond) -> str:
        return self.kit.words(f"enrol.second.why.{part.why}")
