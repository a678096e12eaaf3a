"""A part in which a secret is typed: PIN, code of the app, recovery code, start code."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from kiosk.model.secret import Secret
from kiosk.session.picks import Typed
from kiosk.ui.parts.entry import Entry
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.enrolment.part import P, Part


class TypingPart(Part[P]):
    """Posts ``Typed``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.entry = Entry(kit, self._typed)
        self.entry.field.short.connect(self._short)
        self.panel.column.addWidget(self.entry, 1)

    def _typed(self, secret: Secret) -> None:
        self.kit.post(Typed(secret))

    def _short(self) -> None:
        """Enter came too early: say how much is wanted; nothing has been tried.

        Behind dots nobody sees where to go on: it is typed anew, but for long codes, whose digits are counted aloud.
        """
        field = self.entry.field
        if not self.entry.counts:
            field.forget()
        key = "enrol.too_few" if field.digits_only else "enrol.too_short"
        self.panel.status.say(self.kit.words(key, n=field.shortest), "warning")

    def act(self) -> QWidget | None:
        """The field."""
        return self.entry.field

    def typed(self, text: str) -> None:
        """What is typed while a button has the keyboard goes into the field."""
        if self.entry.isVisible():
            self.entry.field.setFocus()
            self.entry.field.take(text)

    def forget(self) -> None:
        """What was typed."""
        self.entry.forget()
