"""Workstations: announced with a one-time code, enrolled by it, revoked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import session, station_event, workstation

CODE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class StationLine:
    """One workstation as listed. ``state``: pending, enrolled or revoked."""

    id: str
    name: str
    place: str
    state: str
    exempt: bool


def code_hash(secret: str) -> str:
    """What is stored of a one-time code's secret (80 random bits: no need for a slow hash)."""
    return hashlib.sha256(b"kiosk/enrol-secret/v1\x00" + secret.encode("utf-8")).hexdigest()


def find(conn: Connection, name: str) -> StationLine | None:
    """The workstation of that name that is not revoked."""
    mine = (workstation.c.name == name) & (workstation.c.state != "revoked")
    row = conn.execute(select(workstation).where(mine)).one_or_none()
    return StationLine(row.id, row.name, row.place, row.state, row.exempt) if row else None


def all_of_them(conn: Connection) -> list[StationLine]:
    """All workstations by name."""
    rows = conn.execute(select(workstation).order_by(workstation.c.name, workstation.c.created))
    return [StationLine(row.id, row.name, row.place, row.state, row.exempt) for row in rows]


def announce(conn: Connection, name: str, place: str, secret: str, now: int, *, exempt: bool) -> str:
    """A workstation that may enrol with ``secret`` within the hour; its id. ``StoreConflict`` for a name in use."""
    made = fresh_id()
    conn.execute(
        insert(workstation).values(
            id=made,
            name=name,
            place=place,
            state="pending",
            code_hash=code_hash(secret),
            code_expires=now + CODE_SECONDS,
            exempt=exempt,
            created=now,
        )
    )
    return made


def renew_code(conn: Connection, station: str, place: str, secret: str, now: int, *, exempt: bool) -> None:
    """Another code for a workstation that has not enrolled yet; the one before is void. As for ``announce``."""
    new = {"code_hash": code_hash(secret), "code_expires": now + CODE_SECONDS, "place": place, "exempt": exempt}
    conn.execute(update(workstation).where(workstation.c.id == station).values(new))


def enrol(conn: Connection, secret: str, jwk: str, jkt: str, now: int) -> str | None:
    """Bind the public key to the workstation that waits for this code, and void the code; its id.

    None for a code that is unknown, used or too old. ``StoreConflict`` for a key that is another workstation's.
    """
    waiting = (workstation.c.code_hash == code_hash(secret)) & (workstation.c.state == "pending")
    row = conn.execute(select(workstation).where(waiting, workstation.c.code_expires > now)).one_or_none()
    if row is None:
        return None
    new = {"state": "enrolled", "jwk": jwk, "jkt": jkt, "enrolled": now, "code_hash": None, "code_expires": None}
    conn.execute(update(workstation).where(workstation.c.id == row.id).values(new))
    return str(row.id)


def revoke(conn: Connection, station: str, now: int) -> None:
    """Its key is refused from now on, its sessions end, its stream is told."""
    conn.execute(
        update(workstation)
        .where(workstation.c.id == station)
        .values(state="revoked", revoked=now, code_hash=None, code_expires=None)
    )
    here = (session.c.workstation == station) & (session.c.state != "ended")
    conn.execute(update(session).where(here).values(state="ended", ended=now))
    conn.execute(delete(station_event).where(station_event.c.workstation == station))
    conn.execute(insert(station_event).values(workstation=station, kind="revoked", created=now))


def tell_settings(conn: Connection, now: int) -> None:
    """Every enrolled workstation is to fetch its rules again."""
    enrolled = conn.execute(select(workstation.c.id).where(workstation.c.state == "enrolled")).scalars().all()
    if enrolled:
        rows = [{"workstation": one, "kind": "settings", "created": now} for one in enrolled]
        conn.execute(insert(station_event), rows)
