"""A PIN that the workstation checks by itself: a verifier made when the service had accepted it here, for one ticket.

Argon2id (RFC 9106) with the second set of parameters that section 4 recommends; ``secret`` (its K) is the seal, a key
that does not lie on this disk where the machine has a TPM (``seal``); ``ad`` (its X) binds it to workstation, ticket
and badge. Wrong tries are counted before the PIN is looked at, by whoever keeps them: see ``StationPins``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kiosk.model.binding import b64u, canonical, unb64u

MAX_WRONG = 5
"""In all, for one ticket: then its verifier is gone. Of 10,000 PINs of four digits a thief tries one in 2,000."""
FIRST_WAIT = 2
"""Seconds after the first wrong one; twice as long after each further one."""
PASSES, LANES, MEMORY, LENGTH, SALT_BYTES = 3, 4, 65_536, 32, 16
"""RFC 9106 section 4, second recommended option: t=3, p=4, m=64 MiB (in KiB)."""
LABEL: Final = "kiosk/downtime-pin/v1"
BADGE_LABEL: Final = b"kiosk/downtime-badge/v1\x00"


@dataclass(frozen=True, slots=True)
class HeldPin:
    """``ticket``: its ``jti``. ``badge``: mark of the badge's number. ``salt``, ``verifier``: base64url. ``sealed``:
    whether it was made with a seal. ``wrong``: tries so far; ``again``: epoch seconds before which none counts."""

    ticket: str
    badge: str
    salt: str
    verifier: str
    sealed: bool
    wrong: int = 0
    again: float = 0.0

    @property
    def open(self) -> bool:
        """Whether another PIN may be tried at all."""
        return self.wrong < MAX_WRONG


def badge_mark(seal: bytes | None, station: str, uid: str) -> str:
    """By which a badge is known again, hex. Without a seal whoever has the disk finds the number by trying them all."""
    return hmac_digest(seal or b"", BADGE_LABEL + canonical({"station": station, "uid": uid}), sha256).hex()


def made(station: str, ticket: str, uid: str, pin: str, seal: bytes | None) -> HeldPin:
    """A verifier for ``pin``, which the service has just accepted with that badge. Takes some 0.1 s and 64 MiB."""
    salt, badge = secrets.token_bytes(SALT_BYTES), badge_mark(seal, station, uid)
    verifier = _derived(station, ticket, badge, salt, pin, seal)
    return HeldPin(ticket, badge, b64u(salt), b64u(verifier), sealed=seal is not None)


def is_right(held: HeldPin, station: str, pin: str, seal: bytes | None) -> bool:
    """Whether ``pin`` is the one that it was made for. One that was sealed is never right without its seal."""
    if held.sealed != (seal is not None):
        return False
    derived = _derived(station, held.ticket, held.badge, unb64u(held.salt), pin, seal)
    return compare_digest(derived, unb64u(held.verifier))


def tried(held: HeldPin, now: float) -> HeldPin:
    """One more wrong try, at ``now``: to be on the disk before the PIN is looked at."""
    wait = FIRST_WAIT << held.wrong
    return replace(held, wrong=held.wrong + 1, again=now + wait)


def _derived(station: str, ticket: str, badge: str, salt: bytes, pin: str, seal: bytes | None) -> bytes:
    bound = canonical({"label": LABEL, "station": station, "ticket": ticket, "badge": badge})
    made_by = Argon2id(
        salt=salt, length=LENGTH, iterations=PASSES, lanes=LANES, memory_cost=MEMORY, ad=bound, secret=seal
    )
    return made_by.derive(pin.encode("utf-8"))
