"""Done: what there is now, since when, and what it is worth."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.model.enrolment import EnrolAct
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.enrolment_screens import EnrolDone, Enrolment
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.fact import Fact
from kiosk.ui.parts.factor import KIND_ICONS, NAME, kind_of, moment, name_of
from kiosk.ui.parts.image import Plate
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.picture import Picture
from kiosk.ui.screens.enrolment.part import Part
from kiosk.ui.words import plain

WIDE = 600


class DonePart(Part[EnrolDone]):
    """The summary, and what may come next."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, ActPanel(kit, kit.px(WIDE)))
        self._picture = Picture(kit, "check", 150)
        self._plate = Plate(kit, kit.px(150))
        self._facts = {name: Fact(kit, icon) for name, icon in _FACTS.items()}
        self._more = KeyedButton(kit, "plain", lambda: self.press(Touch.MORE), "plus")
        self._more.say(kit.words("enrol.done.more"))
        self._done = KeyedButton(kit, "primary", lambda: self.press(Touch.DONE), "check")
        self._done.say(kit.words("enrol.done.done"))
        self._missing = False
        pictures = QHBoxLayout()
        pictures.setSpacing(kit.px(20))
        pictures.addStretch(1)
        pictures.addWidget(self._picture)
        pictures.addWidget(self._plate)
        pictures.addStretch(1)
        column = self.panel.column
        column.addStretch(1)
        column.addLayout(pictures)
        column.addStretch(1)
        for fact in self._facts.values():
            column.addWidget(fact)
        column.addStretch(2)
        column.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(self.kit.px(12))
        line.addWidget(self._more, 1)
        line.addWidget(self._done, 1)
        return line

    def show_part(self, screen: Enrolment, part: EnrolDone) -> None:
        words = self.kit.words
        factor, lost = part.factor, screen.act is EnrolAct.LOST
        self.panel.head(
            KIND_ICONS[factor.kind], words("enrol.done.lost" if lost else f"enrol.done.works.{factor.kind}")
        )
        self._plate.show_url(factor.picture)
        alone = not part.signs_in and screen.act is EnrolAct.ADD
        self._missing = part.more and (alone or part.keys_missing > 0)
        self._more.become("primary" if self._missing else "plain")
        self._done.become("plain" if self._missing else "primary")
        missing = words("enrol.keys_missing", n=part.keys_missing) if part.keys_missing else ""
        self.panel.status.say(words("enrol.done.alone") if alone else missing, "warning")
        values = {
            "kind": kind_of(words, factor.kind),
            "name": "" if name_of(words, factor) == kind_of(words, factor.kind) else name_of(words, factor),
            "model": plain(factor.model, NAME) if factor.model else "",
            "since": moment(words, factor.added),
            "until": moment(words, factor.until) if factor.until else "",
            "hardware": words("factor.certified") if factor.hardware else "",
        }
        for name, fact in self._facts.items():
            fact.say(words(f"factor.fact.{name}"), values[name])
        self._more.setVisible(part.more)

    def title(self, screen: Enrolment) -> str:
        return self.kit.words("enrol.done.title_lost" if screen.act is EnrolAct.LOST else "enrol.done.title")

    def lead(self, screen: Enrolment, part: EnrolDone) -> str:
        if screen.act is EnrolAct.LOST:
            return self.kit.words("enrol.done.lost_lead")
        if part.used is not None:
            return self.kit.words("enrol.done.code_used", n=part.used)
        return self.kit.words(f"enrol.done.worth.{part.factor.kind}")

    def act(self) -> QWidget | None:
        """Done; or what is still missing."""
        return self._more if self._missing else self._done


_FACTS = {"kind": "info", "name": "badge", "model": "app", "since": "clock", "until": "wait", "hardware": "shield"}
