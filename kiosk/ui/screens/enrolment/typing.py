"""A part in which a secret is typed: PIN, code of the app, recovery code, start code."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from kiosk.session.facts.secret_field import EntryView
from kiosk.ui.parts.entry import EntryField, typed_said
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.enrolment.part import P, Part


class TypingPart(Part[P]):
    """Has the field and the keypad."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.entry = EntryField(kit)
        self.panel.column.addWidget(self.entry, 1)

    def say_typed(
        self, entry: EntryView, shortest: int, longest: int, *, digits_only: bool = True, counted: bool = False
    ) -> bool:
        """Say of what is being typed what there is to say; whether there was anything.

        It stands in place of what went wrong before: they are at their next try.
        """
        said = typed_said(self.kit.words, entry, shortest, longest, digits_only=digits_only, counted=counted)
        if said:
            self.panel.status.say(said, "warning" if entry.short or entry.long or entry.missed else "info")
        return bool(said)

    def act(self) -> QWidget | None:
        """The field."""
        return self.entry.field

    def typed(self, text: str) -> None:
        """What is typed while a button has the keyboard goes into the field."""
        if self.entry.isVisible():
            self.entry.field.setFocus()
            self.entry.field.take(text)

    def forget(self) -> None:
        """Show nothing typed."""
        self.entry.forget()
