"""The service is being asked."""

from __future__ import annotations

from PySide6.QtCore import Qt

from kiosk.session.facts.enrolment_screens import EnrolBusy, Enrolment
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.picture import Picture
from kiosk.ui.screens.enrolment.part import Part


class BusyPart(Part[EnrolBusy]):
    """Nothing to do but wait a moment."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.panel.column.addStretch(1)
        self.panel.column.addWidget(Picture(kit, "asking", 170), 0, Qt.AlignmentFlag.AlignHCenter)
        self.panel.column.addStretch(1)

    def show_part(self, screen: Enrolment, part: EnrolBusy) -> None:
        self.panel.head("wait", self.kit.words("prove.asking"))
        self.refuse(screen)
