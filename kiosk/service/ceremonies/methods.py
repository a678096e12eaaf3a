"""What a person can prove with, from the store to the policy's words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography import x509
from sqlalchemy import Row

from kiosk.model.proof import Method
from kiosk.service.ceremonies.frame import Frame
from kiosk.service.policy import Enrolled, Proved
from kiosk.service.store import failures, lookups

TYPED = (Method.PIN, Method.OTP, Method.RECOVERY)
GUESSABLE = (Method.PIN, Method.OTP)
"""Only what can be guessed is counted and locked out (SP 800-63B-4 section 3.2.2), so that nobody can lock a colleague
out of the rest: a signature cannot be guessed, nor a recovery code of 66 bits (section 3.1.2.2: from 64 on no limit is
needed)."""


def enrolled_of(frame: Frame, person: str, *, without: str | None = None) -> Enrolled:
    """What ``person`` can prove with now, lock-outs included. ``without``: mark of a factor that does not count."""
    conn, lockout = frame.conn, frame.service.rules.lockout
    tries = failures.counts(conn, person)
    keys = [key for key in lookups.credentials_of(conn, person) if f"key:{key.credential_id}" != without]
    cards = [card for card in lookups.piv_cards_of(conn, person) if card.cert_9a is not None]
    cards = [card for card in cards if f"piv:{card.id}" != without]
    has_pin = without != "pin" and lookups.pin_hash(conn, person) is not None
    has_code = without != "totp" and lookups.totp_of(conn, person) is not None
    return Enrolled(
        pin=has_pin,
        otp=has_code,
        fido2_names=tuple(key.name for key in keys),
        piv_names=tuple(card.name for card in cards),
        fido2_hardware=any(key.attestation_trusted for key in keys),
        piv_hardware=bool(cards) and _any_hardware(cards, lookups.piv_cas(conn)),
        locked=frozenset(m for m in GUESSABLE if tries.get(m, 0) >= lockout),
        retries=tuple((m, max(0, lockout - tries.get(m, 0))) for m in GUESSABLE),
    )


def _any_hardware(cards: list[Row[Any]], cas: list[Row[Any]]) -> bool:
    trusted = {_subject(ca.pem) for ca in cas if ca.hardware}
    return any(_issuer(bytes(card.cert_9a)) in trusted for card in cards)


@lru_cache(maxsize=64)
def _subject(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode()).subject.public_bytes()


@lru_cache(maxsize=1024)
def _issuer(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).issuer.public_bytes()


def proved_of(stored: tuple[dict[str, Any], ...]) -> list[Proved]:
    """Proofs as a ceremony's row remembers them."""
    return [Proved(Method(one["method"]), one["at"], one["user"], one["hardware"]) for one in stored]


def stored(proved: Proved) -> dict[str, Any]:
    """A proof as a ceremony's row remembers it."""
    return {"method": proved.method.value, "at": proved.at, "user": proved.user, "hardware": proved.hardware}
