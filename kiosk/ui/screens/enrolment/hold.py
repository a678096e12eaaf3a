"""Hold the new thing to the reader, and once more to try it."""

from __future__ import annotations

from kiosk.model.enrolment import FactorKind
from kiosk.session.facts.enrolment_screens import EnrolHold, Enrolment
from kiosk.ui.parts.factor import KIND_ICONS, MOTIVES
from kiosk.ui.parts.holding import UsbKeyPrompt
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.enrolment.part import Part

_THINGS = {FactorKind.KEY: "key", FactorKind.PIV: "card"}


class HoldPart(Part[EnrolHold]):
    """Badge, key or card over the reader; more waves while it is being read or written."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._hold = UsbKeyPrompt(kit)
        self.panel.column.addWidget(self._hold, 1)

    def show_part(self, screen: Enrolment, part: EnrolHold) -> None:
        words = self.kit.words
        kind = screen.kind or FactorKind.BADGE
        thing = _THINGS.get(kind, "badge")
        act = "again" if part.again else "new"
        self.panel.head("wait" if part.busy else KIND_ICONS[kind], words(self._title(part, act, thing)))
        if part.busy:
            self.panel.status.say("")
        else:
            self.refuse(screen, part.trouble)
        advice = words("reading.card_lead" if part.busy else f"enrol.hold.advice.{thing}")
        motive = MOTIVES.get(kind, "badge")
        self._hold.show_holding(motive, advice, usb=part.usb and not part.busy, reading=part.busy)

    @staticmethod
    def _title(part: EnrolHold, act: str, thing: str) -> str:
        return f"enrol.hold.busy.{act}" if part.busy else f"enrol.hold.{act}.{thing}"

    def lead(self, screen: Enrolment, part: EnrolHold) -> str:
        return self.kit.words("enrol.hold.again_lead" if part.again else "enrol.hold.new_lead")
