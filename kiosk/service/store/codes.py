"""PINs and one-time code secrets: changes."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert

from kiosk.service.store.schema import failure, pin, totp


def set_pin(conn: Connection, person: str, hashed: str, now: int) -> None:
    """Store the Argon2id hash of a new PIN; failures of the old one are forgotten."""
    conn.execute(delete(pin).where(pin.c.person == person))
    conn.execute(insert(pin).values(person=person, hash=hashed, changed=now))
    forgive(conn, person, "pin")


def set_totp(conn: Connection, person: str, key_id: str, sealed: bytes, now: int) -> None:
    """Store a sealed secret in place of the one before, if any."""
    conn.execute(delete(totp).where(totp.c.person == person))
    conn.execute(insert(totp).values(person=person, key_id=key_id, secret=sealed, created=now))
    forgive(conn, person, "otp")


def forgive(conn: Connection, person: str, method: str) -> None:
    """Failures of what was there before are forgotten."""
    conn.execute(delete(failure).where(failure.c.person == person, failure.c.method == method))
