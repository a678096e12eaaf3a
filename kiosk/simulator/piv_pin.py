"""A PIV card's PIN and PUK: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (SP 800-73-4 part 2 section 3.2)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from kiosk.simulator import apdu
from kiosk.simulator.apdu import Command, Reply
from kiosk.simulator.piv_store import MAX_RETRIES, PIN_BYTES, PivMemory, pin_digest, unpadded
from kiosk.simulator.store import CardMemoryError

PIN, PUK = 0x80, 0x81
FORGET = 0xFF


@dataclass(slots=True)
class PinGate:
    """``verified``: whether the PIN was given since the last selection or reset."""

    memory: PivMemory
    verified: bool = False

    def verify(self, command: Command) -> Reply:
        """Section 3.2.1; without data it tells the status and spends nothing, P1 = FF forgets the PIN."""
        if command.p2 != PIN:
            return Reply(sw=apdu.REFERENCE_NOT_FOUND)
        if command.p1 == FORGET and not command.data:
            self.verified = False
            return Reply()
        if command.p1 != 0:
            return Reply(sw=apdu.WRONG_P1P2)
        if not command.data:
            return Reply() if self.verified else self._refused(PIN)
        if len(command.data) != PIN_BYTES:
            return Reply(sw=apdu.WRONG_DATA)
        reply = self._check(PIN, command.data)
        self.verified = reply.sw == apdu.OK
        return reply

    def change(self, command: Command) -> Reply:
        """Section 3.2.2: the present PIN or PUK, then the new one."""
        if command.p1 != 0 or command.p2 not in (PIN, PUK):
            return Reply(sw=apdu.REFERENCE_NOT_FOUND)
        return self._replace(command, command.p2, command.p2)

    def unblock(self, command: Command) -> Reply:
        """Section 3.2.3: the PUK, then a new PIN, which also restores its tries."""
        if command.p1 != 0 or command.p2 != PIN:
            return Reply(sw=apdu.REFERENCE_NOT_FOUND)
        return self._replace(command, PUK, PIN)

    def _replace(self, command: Command, proof: int, target: int) -> Reply:
        if len(command.data) != 2 * PIN_BYTES or unpadded(command.data[PIN_BYTES:]) is None:
            return Reply(sw=apdu.WRONG_DATA)
        reply = self._check(proof, command.data[:PIN_BYTES])
        if reply.sw != apdu.OK:
            return reply
        digest = pin_digest(command.data[PIN_BYTES:])
        if target == PIN:
            self.memory.pin_hash, self.memory.retries = digest, MAX_RETRIES
        else:
            self.memory.puk_hash = digest
        return self._saved()

    def _check(self, reference: int, padded: bytes) -> Reply:
        """Spend a try before looking, so that pulling the card out does not save it."""
        if self._left(reference) == 0:
            return Reply(sw=apdu.BLOCKED)
        self._set_left(reference, self._left(reference) - 1)
        if (reply := self._saved()).sw != apdu.OK:
            return reply
        expected = self.memory.pin_hash if reference == PIN else self.memory.puk_hash
        if not hmac.compare_digest(pin_digest(padded), expected):
            return self._refused(reference)
        self._set_left(reference, MAX_RETRIES)
        return self._saved()

    def _left(self, reference: int) -> int:
        return self.memory.retries if reference == PIN else self.memory.puk_retries

    def _set_left(self, reference: int, count: int) -> None:
        if reference == PIN:
            self.memory.retries = count
        else:
            self.memory.puk_retries = count

    def _refused(self, reference: int) -> Reply:
        left = self._left(reference)
        return Reply(sw=0x63C0 | left if left else apdu.BLOCKED)

    def _saved(self) -> Reply:
        try:
            self.memory.save()
        except CardMemoryError:
            return Reply(sw=apdu.NO_DIAGNOSIS)
        return Reply()
