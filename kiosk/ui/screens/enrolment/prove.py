"""A proof: the person's own, or of the colleague who vouches for them."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.enrolment_screens import Enrolment, EnrolProve
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.other_ways import OtherWays
from kiosk.ui.parts.prove import ProvePanel
from kiosk.ui.screens.enrolment.part import Part, failure_said
from kiosk.ui.words import plain


class ProvePart(Part[EnrolProve]):
    """The panel and the other ways of a second factor."""

    def __init__(self, kit: Kit) -> None:
        self._prove = ProvePanel(kit)
        super().__init__(kit, self._prove)
        self._others = OtherWays(kit)
        self._ask = KeyedButton(kit, "plain", lambda: self.press(Touch.ASK_COLLEAGUE), "people")
        self._ask.say(kit.words("enrol.ask_colleague"))
        self._beside = QWidget()
        column = QVBoxLayout(self._beside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(12))
        column.addWidget(self._others)
        column.addWidget(self._ask)

    def show_part(self, screen: Enrolment, part: EnrolProve) -> None:
        self._prove.show_prove(part.prove)
        self._others.show_prove(part.prove)
        self._ask.setVisible(part.may_ask)
        if screen.refusal is not None and part.prove.refusal is None and part.prove.trouble is None:
            self._prove.status.say(failure_said(self.kit.words, screen.refusal), "refused")

    def title(self, screen: Enrolment) -> str:
        """Whom they vouch for, where they do: they must not take one person for another."""
        if isinstance(screen.part, EnrolProve) and screen.part.second and screen.person is not None:
            key = "enrol.vouch_moves_title" if screen.part.moves else "enrol.vouch_title"
            return self.kit.words(key, name=plain(screen.person.name))
        return super().title(screen)

    def lead(self, screen: Enrolment, part: EnrolProve) -> str:
        words = self.kit.words
        if part.second and part.moves:
            return words("enrol.vouch_moves_lead")
        # What they sign names the kind: they read it, too.
        return words("enrol.vouch_lead", what=super().title(screen)) if part.second else words("why.enrol")

    def beside(self) -> QWidget | None:
        return self._beside

    def act(self) -> QWidget | None:
        return self._prove.field if self._prove.field.isVisibleTo(self._prove) else None

    def typed(self, text: str) -> None:
        if self._prove.field.isVisible():
            self._prove.field.setFocus()
            self._prove.field.take(text)

    def forget(self) -> None:
        self._prove.forget()
