"""What is to be told to workstations over their event streams."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Row, delete, func, insert, select

from kiosk.model.wire import StationEvent
from kiosk.service.store import integrity
from kiosk.service.store.schema import station_event
from kiosk.service.store.unit import later

_ADD = integrity.inserting(station_event, ("workstation", "kind", "session", "reason", "where_", "created"))


def add(
    conn: Connection,
    workstation: str,
    kind: str,
    now: int,
    *,
    session: str | None = None,
    reason: str | None = None,
    where: str | None = None,
) -> None:
    """Tell ``workstation`` (at once, if its stream is open; else when it comes back)."""
    row = {"workstation": workstation, "kind": kind, "session": session, "reason": reason, "where_": where}
    later(conn, _ADD, {**row, "created": now})


def add_all(
    conn: Connection, stations: Sequence[tuple[str | None, str]], kind: str, now: int, reason: str | None = None
) -> None:
    """Tell every (session, workstation) of ``stations``: as ``add``, for many at once."""
    if stations:
        row = {"kind": kind, "reason": reason, "created": now}
        conn.execute(
            insert(station_event), [{**row, "session": station, "workstation": where} for station, where in stations]
        )


def newest_and_before(conn: Connection, many: int) -> tuple[int, list[int]]:
    """The highest id, 0 for none, and which of so many before it are there."""
    newest = conn.execute(select(func.max(station_event.c.id))).scalar() or 0
    return newest, list(conn.execute(select(station_event.c.id).where(station_event.c.id > newest - many)).scalars())


def after(conn: Connection, last: int, also: Collection[int] = (), limit: int = 1000) -> list[tuple[str, StationEvent]]:
    """Events of every workstation with an id above ``last``, and those of ``also``, oldest first."""
    wanted = (station_event.c.id > last) | station_event.c.id.in_(also) if also else station_event.c.id > last
    rows = conn.execute(select(station_event).where(wanted).order_by(station_event.c.id).limit(limit))
    return [(row.workstation, _event(row)) for row in rows]


def missed(
    conn: Connection, workstation: str, last: int, also: Collection[int] = (), limit: int = 1000
) -> list[StationEvent]:
    """Events of one workstation with an id above ``last``, and those of ``also``, oldest first."""
    wanted = (station_event.c.id > last) | station_event.c.id.in_(also) if also else station_event.c.id > last
    rows = conn.execute(
        select(station_event)
        .where(station_event.c.workstation == workstation, wanted)
        .order_by(station_event.c.id)
        .limit(limit)
    )
    return [_event(row) for row in rows]


def purge(
    conn: Connection, before: int, kinds: Collection[str] = ("lock", "end", "settings", "forget", "phone")
) -> int:
    """Forget events that were made before ``before``. How many."""
    return conn.execute(
        delete(station_event).where(station_event.c.created < before, station_event.c.kind.in_(tuple(kinds)))
    ).rowcount


def _event(row: Row[tuple[object, ...]]) -> StationEvent:
    return StationEvent(row.id, row.kind, row.session, row.reason, row.where_)
