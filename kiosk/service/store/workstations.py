"""Workstations: announced with a one-time code, enrolled by it, revoked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from kiosk.service.store import integrity
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import session, station_event, workstation
from kiosk.service.store.sql_types import StoredRow

CODE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class StationLine:
    """One workstation as listed. ``state``: pending, enrolled or revoked. ``replaces``: as for ``announce``."""

    id: str
    name: str
    place: str
    state: str
    exempt: bool
    replaces: str | None = None


def code_hash(secret: str) -> str:
    """What is stored of a one-time code's secret (80 random bits: no need for a slow hash)."""
    return hashlib.sha256(b"kiosk/enrol-secret/v1\x00" + secret.encode("utf-8")).hexdigest()


def find(conn: Connection, name: str) -> StationLine | None:
    """The workstation of that name that is not revoked."""
    mine = (workstation.c.name == name) & (workstation.c.state != "revoked")
    row = integrity.one(conn, workstation, mine)
    return _line(row) if row else None


def all_of_them(conn: Connection) -> list[StationLine]:
    """All workstations by name."""
    rows = conn.execute(select(workstation).order_by(workstation.c.name, workstation.c.created))
    return [_line(row) for row in rows]


def _line(row: StoredRow) -> StationLine:
    return StationLine(row.id, row.name, row.place, row.state, row.exempt, row.replaces)


def announce(
    conn: Connection,
    name: str,
    place: str,
    secret: str,
    now: int,
    *,
    exempt: bool,
    seconds: int = CODE_SECONDS,
    replaces: str | None = None,
) -> str:
    """A workstation that may enrol with ``secret`` for so many seconds; its id. ``StoreConflictError`` for a name in
    use.

    ``replaces``: id of the one whose name, place and exemption it takes over when it enrols, and whose key ends then.
    """
    made = fresh_id()
    row = {
        "id": made,
        "name": name if replaces is None else f"{name}~{made}",  # no name: the other one has it until then
        "place": place,
        "state": "pending",
        "code_hash": code_hash(secret),
        "code_expires": now + seconds,
        "exempt": exempt,
        "created": now,
        "replaces": replaces,
    }
    integrity.add(conn, workstation, row)
    return made


def renew_code(
    conn: Connection, station: str, place: str, secret: str, now: int, *, exempt: bool, seconds: int = CODE_SECONDS
) -> None:
    """Another code for a workstation that has not enrolled yet; the one before is void. As for ``announce``."""
    new = {"code_hash": code_hash(secret), "code_expires": now + seconds, "place": place, "exempt": exempt}
    integrity.change(conn, workstation, workstation.c.id == station, new)


def replacement_of(conn: Connection, station: str) -> str | None:
    """Id of the one that waits to enrol in place of ``station``."""
    row = integrity.one(conn, workstation, _replacing(station))
    return None if row is None else str(row.id)


def rename(conn: Connection, station: str, name: str, now: int) -> None:
    """Another name, of which the station is told. ``StoreConflictError`` for a name in use."""
    integrity.change(conn, workstation, workstation.c.id == station, {"name": name})
    tell_settings(conn, now, station)


def move(conn: Connection, station: str, place: str, now: int) -> None:
    """Another place, of which the station is told."""
    integrity.change(conn, workstation, workstation.c.id == station, {"place": place})
    tell_settings(conn, now, station)


def enrol(conn: Connection, secret: str, jwk: str, jkt: str, now: int) -> str | None:
    """Bind the public key to the workstation that waits for this code, and void the code; its id.

    One that was set up anew takes the place of the one before, whose key ends. None for a code that is unknown, used
    or too old, or whose workstation before was revoked. ``StoreConflictError`` for a key that is another workstation's.
    """
    waiting = (workstation.c.code_hash == code_hash(secret)) & (workstation.c.state == "pending")
    row = integrity.one(conn, workstation, waiting, workstation.c.code_expires > now)
    if row is None:
        return None
    new = {"state": "enrolled", "jwk": jwk, "jkt": jkt, "enrolled": now, "code_hash": None, "code_expires": None}
    if row.replaces is not None:
        before = integrity.one(conn, workstation, workstation.c.id == row.replaces)
        if before is None or before.state != "enrolled":
            return None
        _end(conn, workstation.c.id == before.id, now)
        new |= {"name": before.name, "place": before.place, "exempt": before.exempt}
    integrity.change_row(conn, workstation, row, new)
    return str(row.id)


def revoke(conn: Connection, station: str, now: int) -> None:
    """Its key is refused from now on, its sessions end, its stream is told; nothing enrols in its place any more."""
    _end(conn, (workstation.c.id == station) | _replacing(station), now)


def replaced_by(conn: Connection, station: str) -> str | None:
    """Id of the workstation whose place ``station`` took."""
    return conn.execute(select(workstation.c.replaces).where(workstation.c.id == station)).scalar()


def _replacing(station: str) -> ColumnElement[bool]:
    return (workstation.c.replaces == station) & (workstation.c.state == "pending")


def _end(conn: Connection, which: ColumnElement[bool], now: int) -> None:
    gone = {"state": "revoked", "revoked": now, "code_hash": None, "code_expires": None}
    for row in integrity.change(conn, workstation, which, gone):
        here = (session.c.workstation == row.id) & (session.c.state != "ended")
        integrity.change(conn, session, here, {"state": "ended", "ended": now, "active_of": None}, skip=True)
        conn.execute(delete(station_event).where(station_event.c.workstation == row.id))
        conn.execute(insert(station_event).values(workstation=row.id, kind="revoked", created=now))


def tell_settings(conn: Connection, now: int, station: str | None = None) -> None:
    """Every enrolled workstation, or ``station`` alone, is to fetch its rules again."""
    told = select(workstation.c.id).where(workstation.c.state == "enrolled")
    if station is not None:
        told = told.where(workstation.c.id == station)
    enrolled = conn.execute(told).scalars().all()
    if enrolled:
        rows = [{"workstation": station, "kind": "settings", "created": now} for station in enrolled]
        conn.execute(insert(station_event), rows)
