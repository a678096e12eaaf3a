"""PKOC badges: found by their public key, kept, revoked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from kiosk.service.store import integrity
from kiosk.service.store.schema import pkoc_badge
from kiosk.service.store.sql_types import StoredRow


@dataclass(frozen=True, slots=True)
class NewBadge:
    """A badge that has signed. ``public_key``: 65 bytes. ``replaces``: a mark."""

    id: str
    person: str
    name: str
    public_key: bytes
    replaces: str | None = None


def add(conn: Connection, new: NewBadge, enrolled: tuple[str, int], now: int) -> None:
    """``enrolled``: chain and number of the audit row. ``StoreConflictError`` for a key that somebody has."""
    row = {"id": new.id, "person": new.person, "name": new.name, "public_key": new.public_key, "created": now}
    told = {"enrolled_chain": enrolled[0], "enrolled_seq": enrolled[1], "replaces": new.replaces}
    integrity.add(conn, pkoc_badge, {**row, **told})


def by_key(conn: Connection, public_key: bytes) -> StoredRow | None:
    """The row of the badge with that key that is not revoked, suspended or not."""
    return integrity.one(conn, pkoc_badge, pkoc_badge.c.public_key == public_key, pkoc_badge.c.revoked.is_(None))


def was_revoked(conn: Connection, public_key: bytes) -> bool:
    """Whether a badge with that key was somebody's and is revoked. Only a sentence depends on it."""
    gone = (pkoc_badge.c.public_key == public_key) & pkoc_badge.c.revoked.is_not(None)
    return conn.execute(select(pkoc_badge.c.id).where(gone).limit(1)).first() is not None


def names_of(conn: Connection, person: str) -> list[str]:
    """Names of the person's badges that are not revoked."""
    mine = (pkoc_badge.c.person == person) & pkoc_badge.c.revoked.is_(None)
    return list(conn.execute(select(pkoc_badge.c.name).where(mine)).scalars())


def revoke_all(conn: Connection, person: str, now: int) -> list[str]:
    """Revoke every PKOC badge of the person; their ids."""
    mine = (pkoc_badge.c.person == person) & pkoc_badge.c.revoked.is_(None)
    return [row.id for row in integrity.change(conn, pkoc_badge, mine, {"revoked": now})]


def every(conn: Connection) -> list[StoredRow]:
    """Every PKOC badge that is or was, oldest first."""
    return list(conn.execute(select(pkoc_badge).order_by(pkoc_badge.c.created, pkoc_badge.c.id)))
