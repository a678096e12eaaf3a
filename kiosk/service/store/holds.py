"""Legal holds: rows of the trail that no archive takes out of the database. Only what the service wrote counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select

from kiosk.service.store import integrity, manifests
from kiosk.service.store.guarded import HOLDS
from kiosk.service.store.schema import audit_hold
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.vouching import refused


@dataclass(frozen=True, slots=True)
class NewHold:
    """``person``, ``workstation``: ids. ``patient``: the commitment in the act's row. ``since``, ``until``: epoch
    seconds, both included. Whatever is given must be true of a row. ``act``: number of the act's row."""

    reason: str
    person: str | None
    workstation: str | None
    patient: str | None
    since: int | None
    until: int | None
    act: int
    by: str
    administrator: str | None
    at: int


def next_id(conn: Connection) -> int:
    """Of the hold that comes next."""
    return int(conn.execute(select(func.max(audit_hold.c.id))).scalar() or 0) + 1


def add(conn: Connection, number: int, new: NewHold) -> None:
    """It holds from now on."""
    integrity.add(conn, audit_hold, {"id": number, **asdict(new)})


def find(conn: Connection, number: int) -> StoredRow | None:
    """The hold of that number, lifted or not."""
    return integrity.one(conn, audit_hold, audit_hold.c.id == number)


def every(conn: Connection) -> list[StoredRow]:
    """All there ever were, by number. Raises ``TamperedError`` for one that somebody else wrote."""
    return integrity.rows(conn, audit_hold, order=(audit_hold.c.id,))


def lasting(conn: Connection) -> list[StoredRow]:
    """Those that hold, by number. Raises ``TamperedError`` where one was changed, lifted or taken away by somebody
    else."""
    found = [row for row in every(conn) if row.lifted is None]
    listed = manifests.manifest_of(conn, HOLDS).body
    if {f"hold:{row.id}" for row in found} != set(listed):
        raise refused(conn, audit_hold.name, "-", "has been taken away")
    return found


def ask_to_lift(conn: Connection, number: int, who: str, now: int) -> None:
    """A second administrator has to agree."""
    integrity.change(conn, audit_hold, audit_hold.c.id == number, {"lift_asked_by": who, "lift_asked": now})


def lift(conn: Connection, number: int, now: int) -> None:
    """It holds no more."""
    integrity.change(conn, audit_hold, audit_hold.c.id == number, {"lifted": now})
