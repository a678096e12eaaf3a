"""Giving a proof: a secret with the keypad, or the thing held to the reader, and the other ways to do it.

Second factor, step-up and enrolment share it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt

from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.secret_field import MAX_SECRET, RECOVERY_DIGITS
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.entry import EntryField, typed_said
from kiosk.ui.parts.holding import UsbKeyPrompt
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import Tone
from kiosk.ui.parts.phone import PhonePrompt
from kiosk.ui.parts.picture import Picture
from kiosk.ui.parts.ways import OF_KEYS, card_failed, closed
from kiosk.ui.words import plain

METHOD_ICONS = {
    Method.PIN: "pin",
    Method.OTP: "code",
    Method.FIDO2: "key",
    Method.FIDO2_TAP: "key",
    Method.PIV_TAP: "card",
    Method.PIV_PIN: "card",
    Method.PKOC_TAP: "badge",
    Method.RECOVERY: "records",
    Method.PHONE: "phone",
}
_CENTRAL = (Method.PIN, Method.OTP, Method.RECOVERY)
"""Checked by the service: nothing is held while it is."""
FEW = 5
"""Tries left that are shown before anything went wrong: a full count is only one more thing to read."""


class ProvePanel(ActPanel):
    """One method at a time."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._entry = EntryField(kit)
        self._hold = UsbKeyPrompt(kit)
        self.column.addWidget(self._entry, 1)
        self.column.addWidget(self._hold, 1)
        self._phone = PhonePrompt(kit)
        self.column.addWidget(self._phone, 1)
        self._phone.hide()
        self._blocked = Picture(kit, "cross", 200)
        self.column.addWidget(self._blocked, 1, Qt.AlignmentFlag.AlignCenter)
        self._blocked.hide()
        self.field = self._entry.field

    def show_prove(self, prove: Prove, ready: bool = True) -> None:
        """Draw ``prove``. Not ``ready``: nothing can be typed yet."""
        method = prove.method
        types = prove.stage == "type" or (prove.stage == "wait" and method in _CENTRAL)
        blocked = types and prove.trouble is CardTrouble.PIN_BLOCKED
        self.head(METHOD_ICONS[method], self._title_of(prove, types, blocked))
        said, tone = self._status_of(prove)
        # The seconds are counted in the field; aloud they are said once, when it goes off.
        words = self.kit.words
        self.status.say(said, tone, said.replace(words("prove.off"), words("prove.off_wait", wait=prove.wait)))
        self._show_typing(prove, types and not blocked, prove.stage == "wait" or prove.settling or not ready)
        self._show_holding(prove, not types and method is not Method.PHONE)
        self._show_phone(prove)
        self._blocked.setVisible(blocked)

    def show_nothing(self) -> None:
        """The service is still being asked: say so, offer nothing."""
        self.head("wait", self.kit.words("prove.asking"))
        self.status.say("")
        self._entry.hide()
        self._hold.hide()
        self._phone.hide()
        self._blocked.hide()
        self.forget()

    def forget(self) -> None:
        """Show nothing typed, and no code."""
        self._entry.forget()
        self._phone.forget()

    def _title_of(self, prove: Prove, types: bool, blocked: bool) -> str:
        """What to do; a recovery code is asked for by its number. Of what is blocked nothing is asked."""
        if blocked:
            return self.kit.words(f"prove.blocked.{'key' if prove.method in OF_KEYS else 'card'}")
        if prove.method is Method.RECOVERY and prove.number is not None:
            return self.kit.words("prove.recovery_number", n=prove.number)
        return self.kit.words(f"prove.{'type' if types else 'hold'}.{prove.method}")

    def _show_typing(self, prove: Prove, shown: bool, waits: bool) -> None:
        words = self.kit.words
        self._entry.show_entry(
            prove.entry,
            words(f"prove.field.{prove.method}"),
            words(f"prove.hint.{prove.method}"),
            digits_only=prove.digits_only,
            waits=waits,
            off=prove.wait,
            digits=RECOVERY_DIGITS if prove.method is Method.RECOVERY else 0,
        )
        self._entry.setVisible(shown)

    def _show_holding(self, prove: Prove, shown: bool) -> None:
        is_key = prove.method in OF_KEYS
        names = next((offer.names for offer in prove.offers if offer.method is prove.method), ())
        named = ", ".join(plain(name, 40) for name in names[:2])
        key = f"prove.advice.{'key' if is_key else 'card'}"
        advice = self.kit.words(f"{key}_named" if named else key, names=named)
        self._hold.show_holding("key" if is_key else "card", advice, usb=is_key and prove.stage == "hold")
        self._hold.setVisible(shown)

    def _show_phone(self, prove: Prove) -> None:
        shown = prove.method is Method.PHONE and prove.stage == "phone"
        self._phone.show_phone(prove.phone if shown else None)
        self._phone.setVisible(shown)

    def _status_of(self, prove: Prove) -> tuple[str, Tone]:
        """What went wrong last, or how many tries are left; what must be known first stands first."""
        words = self.kit.words
        if prove.stage == "wait":
            return words("prove.checking"), "info"
        counted = prove.method is Method.RECOVERY
        entry, digits = prove.entry, prove.digits_only
        typed = typed_said(words, entry, RECOVERY_DIGITS, MAX_SECRET, digits_only=digits, counted=counted)
        if typed and prove.stage == "type":
            return typed, "warning" if entry.missed or entry.short or entry.long else "info"
        sentences = self._failed(prove)
        tone: Tone = "refused" if sentences else "info"
        if prove.again:
            sentences.append(words("prove.on_again"))
        if prove.last_try and prove.trouble is not CardTrouble.LAST_TRY:
            sentences.append(words("prove.last_try"))
            tone = "refused" if sentences[1:] else "warning"
        elif prove.retries_left is not None and prove.stage == "type" and (sentences or prove.retries_left <= FEW):
            sentences.append(words("prove.tries_left", n=prove.retries_left))
        if prove.wait is not None:
            sentences.append(words("prove.off"))
        return " ".join(sentences), tone

    def _failed(self, prove: Prove) -> list[str]:
        """What went wrong last. How long a station is slowed is said by the field, second by second."""
        words = self.kit.words
        if prove.trouble is not None:
            return card_failed(words, prove, prove.trouble)
        if prove.refusal is RefusalCode.TOO_FAST:
            return [] if prove.again else [words("prove.slowed")]
        if prove.refusal is None:
            return []
        if prove.refusal is RefusalCode.LOCKED_OUT and prove.closed is not None:
            return closed(words, prove)
        if prove.by_enter and prove.refusal is RefusalCode.WRONG_PIN:
            return [words("refusal.wrong_pin_enter")] + ([words("prove.not_taken_yet")] if prove.missed else [])
        own = prove.method is Method.RECOVERY and prove.refusal is RefusalCode.WRONG_CODE
        return [words("enrol_refusal.wrong_code" if own else f"refusal.{prove.refusal}")]
