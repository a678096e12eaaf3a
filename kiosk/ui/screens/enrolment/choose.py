"""What is to be added: one button a kind."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QWidget

from kiosk.model.enrolment import FactorKind
from kiosk.session.facts.enrolment_screens import EnrolChoose, Enrolment
from kiosk.session.facts.person_input import KindPicked
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.choice import Choice, Matter
from kiosk.ui.parts.factor import KIND_ICONS, kind_of
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.enrolment.part import Part

WIDE = 600
"""Pixels at 1280 × 800: room for the longest line of the longest language."""


EXPLAINED = 7
"""Choices that have room for a line each on a display of 720 pixels."""


class ChoosePart(Part[EnrolChoose]):
    """A list to press; without a box, because they need the height. Where there are more than ``EXPLAINED`` they
    stand two by two, each its title alone, which says enough."""

    tells = False

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, ActPanel(kit, kit.px(WIDE), bare=True))
        self._kinds: tuple[FactorKind, ...] = ()
        self._choices = {kind: self._choice(kind) for kind in FactorKind}
        self._list = QGridLayout()
        self._list.setSpacing(kit.px(8))
        self.panel.column.addStretch(1)
        self.panel.column.addLayout(self._list)
        self.panel.column.addStretch(1)

    def _choice(self, kind: FactorKind) -> Choice:
        choice = Choice(self.kit, self._picker(kind))
        choice.show_matter(self._matter(kind, explained=True))
        return choice

    def _matter(self, kind: FactorKind, *, explained: bool) -> Matter:
        words = self.kit.words
        line = words(f"enrol.choose.line.{kind}") if explained else ""
        return Matter(KIND_ICONS[kind], kind_of(words, kind), line)

    def _picker(self, kind: FactorKind) -> Callable[[], None]:
        return lambda: self.kit.post(KindPicked(kind))

    def show_part(self, screen: Enrolment, part: EnrolChoose) -> None:
        if part.kinds == self._kinds:
            return
        self._kinds = part.kinds
        for choice in self._choices.values():
            self._list.removeWidget(choice)
            choice.setParent(None)
        explained = len(part.kinds) <= EXPLAINED
        columns = 1 if explained else 2
        for place, kind in enumerate(part.kinds):
            self._choices[kind].show_matter(self._matter(kind, explained=explained))
            self._list.addWidget(self._choices[kind], place // columns, place % columns)
            self._choices[kind].show()

    def title(self, screen: Enrolment) -> str:
        return self.kit.words("enrol.choose.title")

    def lead(self, screen: Enrolment, part: EnrolChoose) -> str:
        missing = part.keys_missing
        return self.kit.words("enrol.keys_missing", n=missing) if missing else self.kit.words("enrol.choose.lead")

    def act(self) -> QWidget | None:
        """The first one."""
        return self._choices[self._kinds[0]] if self._kinds else None
