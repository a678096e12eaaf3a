"""Phones: found by their passkeys, kept, used; and the stations that may not ask somebody's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from kiosk.service.store import integrity
from kiosk.service.store.schema import phone, phone_block
from kiosk.service.store.sql_types import StoredRow, StoredValues


@dataclass(frozen=True, slots=True)
class NewPhone:
    """A phone whose passkey has signed. ``credential_id``: base64url. ``public_key``: COSE_Key in CBOR.

    ``replaces``: a mark.
    """

    id: str
    person: str
    name: str
    credential_id: str
    public_key: bytes
    sign_count: int
    aaguid: str
    backup_eligible: bool
    backed_up: bool
    replaces: str | None = None


def add(conn: Connection, new: NewPhone, enrolled: tuple[str, int], now: int) -> None:
    """``enrolled``: chain and number of the audit row. ``StoreConflictError`` for a passkey that somebody has."""
    row: dict[str, object] = {name: getattr(new, name) for name in NewPhone.__dataclass_fields__}
    told = {"created": now, "last_used": now, "enrolled_chain": enrolled[0], "enrolled_seq": enrolled[1]}
    integrity.add(conn, phone, {**row, **told})


def of_person(conn: Connection, person: str) -> list[StoredRow]:
    """Those of the person that count, oldest first."""
    mine = (phone.c.person == person) & phone.c.revoked.is_(None) & phone.c.suspended.is_(None)
    return integrity.rows(conn, phone, mine, order=(phone.c.created, phone.c.id), skip=True)


def by_credential(conn: Connection, credential_id: str) -> StoredRow | None:
    """The phone with that passkey, if it counts."""
    good = phone.c.revoked.is_(None) & phone.c.suspended.is_(None)
    return integrity.one(conn, phone, phone.c.credential_id == credential_id, good)


def stands(conn: Connection, phone_id: str, person: str) -> bool:
    """Whether that phone is still that person's, and counts."""
    row = integrity.one(conn, phone, phone.c.id == phone_id, phone.c.person == person)
    return row is not None and counts(row._mapping)


def counts(had: StoredValues | None) -> bool:
    """Whether there is such a phone, and it counts."""
    return had is not None and had["revoked"] is None and had["suspended"] is None


def owner(conn: Connection, credential_id: str) -> str | None:
    """Whose phone has that passkey, or had."""
    found: str | None = conn.execute(select(phone.c.person).where(phone.c.credential_id == credential_id)).scalar()
    return found


def names_of(conn: Connection, person: str) -> list[str]:
    """Names of the person's phones that are not revoked."""
    mine = (phone.c.person == person) & phone.c.revoked.is_(None)
    return list(conn.execute(select(phone.c.name).where(mine)).scalars())


def used(conn: Connection, row: StoredRow, sign_count: int, backed_up: bool, now: int) -> None:
    """It has just signed."""
    told = {"sign_count": sign_count, "backed_up": backed_up, "last_used": now}
    integrity.change_row(conn, phone, row, told)


def every(conn: Connection) -> list[StoredRow]:
    """Every phone that is or was, oldest first."""
    return list(conn.execute(select(phone).order_by(phone.c.created, phone.c.id)))


def block(conn: Connection, person: str, workstation: str, now: int, until: int) -> None:
    """From now on that station does not ask the person's phone."""
    mine = (phone_block.c.person == person) & (phone_block.c.workstation == workstation)
    if not integrity.change(conn, phone_block, mine, {"since": now, "until": until}):
        row = {"person": person, "workstation": workstation, "since": now, "until": until}
        integrity.add(conn, phone_block, row)


def blocked(conn: Connection, person: str, workstation: str, now: int) -> bool:
    """Whether that station may not ask the person's phone. A row that nobody of ours wrote still does."""
    mine = (phone_block.c.person == person) & (phone_block.c.workstation == workstation)
    return conn.execute(select(phone_block.c.until).where(mine & (phone_block.c.until > now))).first() is not None


def purge_blocks(conn: Connection, now: int) -> int:
    """Forget those that are over. How many."""
    return conn.execute(delete(phone_block).where(phone_block.c.until <= now)).rowcount
