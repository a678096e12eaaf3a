"""Recovery codes: ten numbered codes of twenty digits (66 bits), each good once, asked for by its number.

SP 800-63B-4 section 4.2.1.1 asks for 64 bits at least and a hash; section 3.1.2.2 for salt and a password hash below
112 bits. So: HMAC under a key outside the database, then PBKDF2 (SP 800-132) with a salt of the code's own.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from hmac import compare_digest

from sqlalchemy import Connection

from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import integrity
from kiosk.service.store.schema import recovery_code, recovery_set
from kiosk.service.store.sql_types import StoredRow

HOW_MANY = 10
DIGITS = 20
SECONDS = 90 * 86_400
"""How long the set is good after its issue, and again after each use."""
_LABEL = "kiosk/recovery-code/v1"
_ROUNDS = 2000
_SALT_BYTES = 16
_DROPPED = str.maketrans("", "", " -–—\u00a0")


def fresh() -> tuple[str, ...]:
    """Ten new codes, twenty digits each; not stored."""
    return tuple("".join(str(secrets.randbelow(10)) for _ in range(DIGITS)) for _ in range(HOW_MANY))


def issue(conn: Connection, keys: BadgeKeys, person: str, codes: Sequence[str], now: int) -> int:
    """Store ``codes`` in place of the set before, numbered from 1. Until when they are good."""
    revoke(conn, person)
    until = now + SECONDS
    integrity.add(conn, recovery_set, {"person": person, "created": now, "until": until})
    rows = []
    for number, code in enumerate(codes, 1):
        salt = secrets.token_bytes(_SALT_BYTES)
        hashed = _hash(keys, keys.current, salt, code)
        rows.append({"person": person, "number": number, "key_id": keys.current, "salt": salt, "hash": hashed})
    integrity.add_all(conn, recovery_code, rows)
    return until


def ask(conn: Connection, person: str, now: int) -> int | None:
    """The number of the code to ask for: any that is not used. None if none counts.

    Always the same until it is used, so that nobody can ask again until the one code comes up that they have seen. Not
    the lowest: that would tell how many are used, and that a login has codes at all (nobody's number is any, too).
    """
    live = _live(conn, person, now)
    return min(live, key=lambda row: bytes(row.salt)).number if live else None


def use(conn: Connection, keys: BadgeKeys, person: str, number: int, typed: str, now: int) -> bool:
    """Use up the code of that number, if it is the one asked for and ``typed`` (spaces, hyphens allowed) is right."""
    if ask(conn, person, now) != number:
        spend(keys, typed)
        return False
    one = (recovery_code.c.person == person) & (recovery_code.c.number == number)
    row = integrity.one(conn, recovery_code, one)
    if row is None or not right(keys, row.key_id, bytes(row.salt), bytes(row.hash), typed):
        return False
    integrity.change_row(conn, recovery_code, row, {"used": now})
    mine = recovery_set.c.person == person
    integrity.change(conn, recovery_set, mine, {"last_used": now, "until": now + SECONDS})
    return True


def spend_one(conn: Connection, person: str, number: int, now: int) -> None:
    """The code of that number was typed when the set was tried: it is used."""
    one = (recovery_code.c.person == person) & (recovery_code.c.number == number)
    integrity.change(conn, recovery_code, one, {"used": now})


def left(conn: Connection, person: str, now: int) -> int:
    """How many codes still count."""
    return len(_live(conn, person, now))


def revoke(conn: Connection, person: str) -> None:
    """The whole set is gone."""
    integrity.remove(conn, recovery_code, recovery_code.c.person == person)
    integrity.remove(conn, recovery_set, recovery_set.c.person == person)


def _live(conn: Connection, person: str, now: int) -> list[StoredRow]:
    """The codes that count."""
    mine = recovery_set.c.person == person
    whole = integrity.one(conn, recovery_set, mine, recovery_set.c.suspended.is_(None), recovery_set.c.until > now)
    if whole is None:
        return []
    return integrity.rows(conn, recovery_code, recovery_code.c.person == person, recovery_code.c.used.is_(None))


def right(keys: BadgeKeys, key_id: str, salt: bytes, hashed: bytes, typed: str) -> bool:
    """Whether ``typed`` is the code of that hash, in constant time."""
    try:
        return compare_digest(_hash(keys, key_id, salt, typed), hashed)
    except KeyError:
        return False


def spend(keys: BadgeKeys, typed: str) -> None:
    """Take as long as a code that is looked at, where there is none."""
    _hash(keys, keys.current, b"\x00" * _SALT_BYTES, typed)


def _hash(keys: BadgeKeys, key_id: str, salt: bytes, typed: str) -> bytes:
    code = typed.translate(_DROPPED).encode("utf-8", "replace")
    return hashlib.pbkdf2_hmac("sha256", keys.tagged(key_id, _LABEL, code), salt, _ROUNDS)
