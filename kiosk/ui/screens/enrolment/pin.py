"""A PIN is chosen, typed again, or given: the service's own, a key's or a card's. Its rules are said beforehand."""

from __future__ import annotations

from kiosk.session.facts.enrolment_screens import Enrolment, EnrolPin
from kiosk.session.facts.secret_field import MAX_SECRET
from kiosk.ui.parts.notice import Tone
from kiosk.ui.parts.picture import Motive
from kiosk.ui.parts.prove import FEW
from kiosk.ui.screens.enrolment.part import failure_said
from kiosk.ui.screens.enrolment.typing import TypingPart

_ICONS = {"service": "pin", "key": "key", "card": "card"}
MAX_DIGITS = 12
"""Digits up to which it is worth saying that more are too many."""


class PinPart(TypingPart[EnrolPin]):
    """The keypad where only digits count; else a field for the keyboard."""

    def show_part(self, screen: Enrolment, part: EnrolPin) -> None:
        words = self.kit.words
        self.panel.head(_ICONS[part.of], words(f"enrol.pin.{part.purpose}.{part.of}"))
        longest = min(part.longest or MAX_SECRET, MAX_SECRET)
        if part.busy or not self.say_typed(part.entry, part.shortest, longest, digits_only=part.digits_only):
            self.panel.status.say(*self._status_of(screen, part))
        motive: Motive = "card" if part.of == "card" else "key"
        self.entry.show_entry(
            part.entry,
            words(f"enrol.pin.{part.purpose}.{part.of}"),
            words("enrol.pin.keyboard"),
            digits_only=part.digits_only,
            waits=part.busy,
            motive=motive,
        )

    def _status_of(self, screen: Enrolment, part: EnrolPin) -> tuple[str, Tone]:
        """What went wrong last; else the rule, before it can be broken."""
        words = self.kit.words
        if part.busy:
            return words("prove.checking"), "info"
        failed = failure_said(words, screen.refusal, part.trouble)
        if part.differs:
            failed = words("enrol_refusal.pin_differs")
        if part.same:
            failed = words("enrol.pin.same")
        left = part.retries_left
        if left is not None and (failed or left <= FEW) and part.purpose in ("present", "change"):
            failed = f"{failed} {words('prove.tries_left', n=left)}".strip()
        if failed:
            return failed, "refused"
        return (self._rule(part), "info") if part.purpose == "new" else ("", "info")

    def _rule(self, part: EnrolPin) -> str:
        words, kind = self.kit.words, "digits" if part.digits_only else "any"
        if part.digits_only and part.shortest == part.longest:
            return words("enrol.pin.rule.exactly", n=part.shortest)
        if part.digits_only and part.longest > MAX_DIGITS:
            kind = "many"
        return words(f"enrol.pin.rule.{kind}", shortest=part.shortest, longest=part.longest)

    def lead(self, screen: Enrolment, part: EnrolPin) -> str:
        if part.purpose == "again":
            return self.kit.words("enrol.pin.again_lead")
        return self.kit.words(f"enrol.pin.lead.{part.purpose}_{part.of}")
