"""One factor that was pressed: all about it, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from kiosk.model.enrolment import MAX_NAME, NAMEABLE, FactorKind, FactorView
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.enrolment_screens import MyKeys
from kiosk.session.facts.person_input import FactorNamed
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.fact import Fact
from kiosk.ui.parts.factor import KIND_ICONS, NAME, is_unnamed, kind_of, last_used, moment, name_of, state_of
from kiosk.ui.parts.field import Field
from kiosk.ui.parts.image import Plate
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.my_keys.rows import WIDE
from kiosk.ui.words import plain

_FACTS = {
    "kind": "info",
    "model": "app",
    "since": "plus",
    "used": "clock",
    "until": "wait",
    "hardware": "shield",
    "id": "records",
}


class ChosenPanel(ActPanel):
    """Its acts; or, before it is reported lost, the question whether it is."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, kit.px(WIDE))
        self._plate = Plate(kit, kit.px(140))
        self._facts = {name: Fact(kit, icon) for name, icon in _FACTS.items()}
        self._state = Fact(kit, "check")
        self.replace = self._button("plain", Touch.REPLACE, "retry", "replace")
        self.lost = self._button("refuse", Touch.LOST, "warning", "lost")
        self.no = self._button("plain", Touch.CANCEL, "back", "no")
        self.yes = self._button("refuse", Touch.CONFIRM, "cross", "yes")
        facts = QVBoxLayout()
        facts.setSpacing(kit.px(12))
        for fact in (self._state, *self._facts.values()):
            facts.addWidget(fact)
        about = QHBoxLayout()
        about.setSpacing(kit.px(20))
        about.addLayout(facts, 1)
        about.addWidget(self._plate, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addSpacing(kit.px(18))
        self.column.addLayout(about)
        self.column.addStretch(1)
        self.field = Field(lambda name: kit.post(FactorNamed(name)))
        self.field.setMaxLength(MAX_NAME)
        self.field.setAccessibleName(kit.words("factor.fact.name"))
        self.field.hide()
        self.column.addWidget(self.field)
        self.call = self._button("plain", Touch.NAME, "tag", "name")
        self.save = KeyedButton(kit, "primary", self.field.confirm, "enter")
        self.save.say(kit.words("my_keys.save_name"))
        self.column.addWidget(self.call)
        line = QHBoxLayout()
        line.setSpacing(kit.px(12))
        for button in (self.replace, self.lost, self.no, self.yes, self.save):
            line.addWidget(button, 1)
        self.column.addLayout(line)

    def _button(self, kind: str, touch: Touch, icon: str, word: str) -> KeyedButton:
        button = KeyedButton(
            self.kit, "refuse" if kind == "refuse" else "plain", lambda: self.kit.post(Pressed(touch)), icon
        )
        button.say(self.kit.words(f"my_keys.{word}"))
        return button

    def show_factor(self, screen: MyKeys, factor: FactorView) -> None:
        """Draw ``factor``; what can be replaced is what may be added."""
        words = self.kit.words
        self.head(KIND_ICONS[factor.kind], name_of(words, factor))
        self._plate.show_url(factor.picture)
        values = {
            "kind": kind_of(words, factor.kind),
            "model": plain(factor.model, NAME) if factor.model else "",
            "since": moment(words, factor.added),
            "used": last_used(words, factor),
            "until": moment(words, factor.until) if factor.until else "",
            "hardware": words("factor.certified") if factor.hardware else "",
            "id": factor.mark,
        }
        for name, fact in self._facts.items():
            fact.say(words(f"factor.fact.{name}"), values[name])
        icon, ink, state = state_of(words, factor)
        self._state.change(icon, ink)
        self._state.say(words("factor.fact.state"), state)
        self._show_acts(screen, factor)

    def _show_acts(self, screen: MyKeys, factor: FactorView) -> None:
        free = not screen.confirm and not screen.naming
        if screen.naming and self.field.isHidden():
            self.field.setText("" if is_unnamed(factor) else plain(factor.name, MAX_NAME))
            self.field.selectAll()
        self.field.setVisible(screen.naming)
        self.save.setVisible(screen.naming)
        self.call.setVisible(free and factor.kind in NAMEABLE)
        self.replace.setVisible(free and factor.kind in screen.may_add)
        self.lost.setVisible(free and factor.state != "lost" and factor.kind is not FactorKind.PIN)
        self.no.setVisible(screen.confirm)
        self.yes.setVisible(screen.confirm)
