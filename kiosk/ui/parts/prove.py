"""Giving a proof: a secret with the keypad, or the thing held to the reader, and the other ways to do it.

Second factor, step-up and enrolment share it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import RefusalCode
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from kiosk.session.events import Typed
from kiosk.session.screens import Prove
from kiosk.ui.parts.act import ActPanel
from kiosk.ui.parts.entry import RECOVERY_DIGITS, Entry
from kiosk.ui.parts.holding import Holding
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import Tone
from kiosk.ui.parts.picture import Picture
from kiosk.ui.words import plain

METHOD_ICONS = {
    Method.PIN: "pin",
    Method.OTP: "code",
    Method.FIDO2: "key",
    Method.FIDO2_TAP: "key",
    Method.PIV_TAP: "card",
    Method.PIV_PIN: "card",
    Method.RECOVERY: "records",
}
_CENTRAL = (Method.PIN, Method.OTP, Method.RECOVERY)
"""Checked by the service: nothing is held while it is."""
_KEYS = (Method.FIDO2, Method.FIDO2_TAP)
FEW = 5
"""Tries left that are shown before anything went wrong: a full count is only one more thing to read."""


class ProvePanel(ActPanel):
    """One method at a time."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._entry = Entry(kit, self._typed)
        self._hold = Holding(kit)
        self.column.addWidget(self._entry, 1)
        self.column.addWidget(self._hold, 1)
        self._blocked = Picture(kit, "cross", 200)
        self.column.addWidget(self._blocked, 1, Qt.AlignmentFlag.AlignCenter)
        self._blocked.hide()
        self.field = self._entry.field

    def _typed(self, secret: Secret) -> None:
        self.kit.post(Typed(secret))

    def show_prove(self, prove: Prove) -> None:
        """Draw ``prove``; empties the field where the session says so."""
        method = prove.method
        types = prove.stage == "type" or (prove.stage == "wait" and method in _CENTRAL)
        blocked = types and prove.trouble is CardTrouble.PIN_BLOCKED
        self.head(METHOD_ICONS[method], self._title_of(prove, types, blocked))
        self.status.say(*self._status_of(prove))
        self._show_typing(prove, types and not blocked)
        self._show_holding(prove, not types)
        self._blocked.setVisible(blocked)

    def show_nothing(self) -> None:
        """The service is still being asked: say so, offer nothing."""
        self.head("wait", self.kit.words("prove.asking"))
        self.status.say("")
        self._entry.hide()
        self._hold.hide()
        self._blocked.hide()
        self._entry.forget()

    def forget(self) -> None:
        """Drop what was typed."""
        self._entry.forget()

    def _title_of(self, prove: Prove, types: bool, blocked: bool) -> str:
        """What to do; a recovery code is asked for by its number. Of what is blocked nothing is asked."""
        if blocked:
            return self.kit.words(f"prove.blocked.{'key' if prove.method in _KEYS else 'card'}")
        if prove.method is Method.RECOVERY and prove.number is not None:
            return self.kit.words("prove.recovery_number", n=prove.number)
        return self.kit.words(f"prove.{'type' if types else 'hold'}.{prove.method}")

    def _show_typing(self, prove: Prove, shown: bool) -> None:
        words = self.kit.words
        self._entry.begin((prove.entry, prove.method))
        if prove.method is Method.RECOVERY:
            self._entry.count(RECOVERY_DIGITS, self.status)
        else:
            self._entry.limit(0)
        self._entry.show_entry(
            words(f"prove.field.{prove.method}"),
            words(f"prove.hint.{prove.method}"),
            digits_only=prove.digits_only,
            waits=prove.stage == "wait",
        )
        self._entry.setVisible(shown)

    def _show_holding(self, prove: Prove, shown: bool) -> None:
        is_key = prove.method in _KEYS
        names = next((offer.names for offer in prove.offers if offer.method is prove.method), ())
        named = ", ".join(plain(name, 40) for name in names[:2])
        key = f"prove.advice.{'key' if is_key else 'card'}"
        advice = self.kit.words(f"{key}_named" if named else key, names=named)
        self._hold.show_holding("key" if is_key else "card", advice, usb=is_key and prove.stage == "hold")
        self._hold.setVisible(shown)

    def _status_of(self, prove: Prove) -> tuple[str, Tone]:
        """What went wrong last, or how many tries are left; what must be known first stands first."""
        words = self.kit.words
        if prove.stage == "wait":
            return words("prove.checking"), "info"
        sentences: list[str] = []
        tone: Tone = "info"
        if prove.trouble is not None:
            sentences, tone = [words(f"card.{prove.trouble}")], "refused"
        elif prove.refusal is not None:
            own = prove.method is Method.RECOVERY and prove.refusal is RefusalCode.WRONG_CODE
            sentences = [words("enrol_refusal.wrong_code" if own else f"refusal.{prove.refusal}", wait=prove.wait)]
            tone = "refused"
        if prove.last_try and prove.trouble is not CardTrouble.LAST_TRY:
            sentences.append(words("prove.last_try"))
            tone = "refused" if sentences[1:] else "warning"
        elif prove.retries_left is not None and prove.stage == "type" and (sentences or prove.retries_left <= FEW):
            sentences.append(words("prove.tries_left", n=prove.retries_left))
        return " ".join(sentences), tone
