"""The parts of the enrolment: built when first wanted, one shown at a time, and what the last one held forgotten."""

from __future__ import annotations

from importlib import import_module
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.enrolment.part import Part

PARTS = {
    "EnrolWho": ("who", "WhoPart"),
    "EnrolChoose": ("choose", "ChoosePart"),
    "EnrolProve": ("prove", "ProvePart"),
    "EnrolSecond": ("second", "SecondPart"),
    "EnrolHold": ("hold", "HoldPart"),
    "EnrolPin": ("pin", "PinPart"),
    "EnrolCodeApp": ("code_app", "CodeAppPart"),
    "EnrolPhone": ("phone", "PhonePart"),
    "EnrolCodes": ("codes", "CodesPart"),
    "EnrolTypeCode": ("type_code", "TypeCodePart"),
    "EnrolDone": ("done", "DonePart"),
    "EnrolBusy": ("busy", "BusyPart"),
}
"""File and class of each part."""


class Stack:
    """``panels`` and ``beside`` are the two places where parts put what they have. ``part``: the one shown."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._parts: dict[str, Part[Any]] = {}
        self.part: Part[Any] | None = None
        self.panels, self.beside = QVBoxLayout(), QVBoxLayout()
        for place in (self.panels, self.beside):
            place.setContentsMargins(0, 0, 0, 0)

    def take(self, kind: type) -> tuple[Part[Any], bool]:
        """Show the part that draws ``kind``; it, and whether another was shown before."""
        part = self._parts.get(kind.__name__)
        if part is None:
            part = self._parts[kind.__name__] = self._make(kind.__name__)
        new = part is not self.part
        if new:
            self.put_away()
            self.part = part
            for room in _rooms(part):
                room.show()
        return part, new

    def _make(self, name: str) -> Part[Any]:
        module, kind = PARTS[name]
        part: Part[Any] = getattr(import_module(f"kiosk.ui.screens.enrolment.{module}"), kind)(self._kit)
        for place, room in zip((self.panels, self.beside), _rooms(part), strict=False):
            place.addWidget(room)
        return part

    def put_away(self) -> None:
        """Show none."""
        for part in self._parts.values():
            for room in _rooms(part):
                room.hide()
        if self.part is not None:
            self.part.forget()
        self.part = None

    def order(self, *after: QWidget) -> None:
        """Tab goes through the act first, then what is beside it, then ``after``."""
        rooms = _rooms(self.part) if self.part is not None else []
        stops = [w for room in rooms for w in room.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
        for first, second in pairwise([*stops, *after]):
            QWidget.setTabOrder(first, second)


def _rooms(part: Part[Any]) -> list[QWidget]:
    beside = part.beside()
    return [part.panel] if beside is None else [part.panel, beside]
