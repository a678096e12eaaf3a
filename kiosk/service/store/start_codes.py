"""Start codes: twelve digits by which somebody who has nothing yet says who they are, once, within a quarter of an
hour.

A code proves nothing (a second person vouches). Only its HMAC is stored, under a key outside the database.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import integrity, manifests
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import start_code
from kiosk.service.store.sql_types import StoredRow

DIGITS = 12
SECONDS = 15 * 60
_LABEL = "kiosk/start-code/v1"
_DROPPED = str.maketrans("", "", " -–—\u00a0")


def issue(conn: Connection, keys: BadgeKeys, person: str, by: str, reason: str, now: int) -> str:
    """A new code for the person of that id, twelve digits, to be told once. It voids the one before.

    ``by``, ``reason``: who gave it out and why, in words. The caller writes the audit row.
    """
    withdraw(conn, person, now, "replaced")
    while True:
        code = "".join(str(secrets.randbelow(10)) for _ in range(DIGITS))
        if _live(conn, keys, code) is None:
            break
    row = {"id": fresh_id(), "person": person, "issued_by": by, "reason": reason, "created": now}
    hashed = {"key_id": keys.current, "hmac": _hash(keys, keys.current, code)}
    integrity.add(conn, start_code, {**row, **hashed, "expires": now + SECONDS})
    return code


@dataclass(frozen=True, slots=True)
class Used:
    """A code that was used up. ``by``: who gave this very one out, a login or a user of our own machine."""

    id: str
    person: str
    by: str


def use(conn: Connection, keys: BadgeKeys, typed: str, now: int) -> Used | None:
    """Use up the code as typed (spaces and hyphens allowed). None for any that does not count."""
    code = plain(typed)
    found = None if code is None else _live(conn, keys, code)
    if found is None or not found.created <= now < found.expires:
        return None
    manifests.lock(conn, found.person)
    integrity.change_row(conn, start_code, found, {"ended": now, "ended_why": "used"})
    return Used(found.id, found.person, found.issued_by)


def plain(typed: str) -> str | None:
    """The twelve digits of what was typed, None for what can be no code."""
    code = typed.translate(_DROPPED)
    return code if len(code) == DIGITS and code.isascii() and code.isdigit() else None


def withdraw(conn: Connection, person: str, now: int, why: str = "withdrawn") -> bool:
    """Void the person's code. Whether there was one."""
    mine = (start_code.c.person == person) & start_code.c.ended.is_(None)
    return bool(integrity.change(conn, start_code, mine, {"ended": now, "ended_why": why}))


def _live(conn: Connection, keys: BadgeKeys, code: str) -> StoredRow | None:
    """The code that is neither used nor void."""
    for key_id in keys.ids():
        here = (start_code.c.key_id == key_id) & (start_code.c.hmac == _hash(keys, key_id, code))
        row = integrity.one(conn, start_code, here, start_code.c.ended.is_(None))
        if row is not None:
            return row
    return None


def _hash(keys: BadgeKeys, key_id: str, code: str) -> bytes:
    return keys.tagged(key_id, _LABEL, code.encode("ascii"))
