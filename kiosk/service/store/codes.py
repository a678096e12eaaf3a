"""PINs and one-time code secrets: changes."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.store import downtime, failures, integrity, vouching
from kiosk.service.store.schema import pin, totp


def set_pin(conn: Connection, person: str, hashed: str, now: int) -> None:
    """Store the Argon2id hash of a new PIN, encrypted; failures of the old one are forgotten, and no workstation checks
    the old one by itself any more."""
    integrity.remove(conn, pin, pin.c.person == person)
    sealed = vouching.guard_of(conn).pins.seal(hashed, person)
    integrity.add(conn, pin, {"person": person, "hash": sealed, "changed": now})
    forgive(conn, person, "pin")
    downtime.forget(conn, person, now)


def set_totp(conn: Connection, person: str, key_id: str, sealed: bytes, now: int) -> None:
    """Store a sealed secret in place of the one before, if any."""
    integrity.remove(conn, totp, totp.c.person == person)
    integrity.add(conn, totp, {"person": person, "key_id": key_id, "secret": sealed, "created": now})
    forgive(conn, person, "otp")


def forgive(conn: Connection, person: str, method: str) -> None:
    """Failures of what was there before are forgotten."""
    failures.forgive(conn, person, method)
