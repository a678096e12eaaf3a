"""What is to be told to workstations over their event streams."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Row, delete, insert, select

from kiosk.model.wire import StationEvent
from kiosk.service.store.schema import station_event


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
    conn.execute(
        insert(station_event).values(
            workstation=workstation, kind=kind, session=session, reason=reason, where_=where, created=now
        )
    )


def add_all(
    conn: Connection, stations: Sequence[tuple[str | None, str]], kind: str, now: int, reason: str | None = None
) -> None:
    """Tell every (session, workstation) of ``stations``: as ``add``, for many at once."""
    if stations:
        row = {"kind": kind, "reason": reason, "created": now}
        conn.execute(insert(station_event), [{**row, "session": one, "workstation": where} for one, where in stations])


def after(conn: Connection, last: int, limit: int = 1000) -> list[tuple[str, StationEvent]]:
    """Events of every workstation with an id above ``last``, oldest first."""
    rows = conn.execute(
        select(station_event).where(station_event.c.id > last).order_by(station_event.c.id).limit(limit)
    )
    return [(row.workstation, _event(row)) for row in rows]


def missed(conn: Connection, workstation: str, last: int, limit: int = 1000) -> list[StationEvent]:
    """Events of one workstation with an id above ``last``, oldest first."""
    rows = conn.execute(
        select(station_event)
        .where(station_event.c.workstation == workstation, station_event.c.id > last)
        .order_by(station_event.c.id)
        .limit(limit)
    )
    return [_event(row) for row in rows]


def purge(conn: Connection, before: int, kinds: Collection[str] = ("lock", "end", "settings")) -> int:
    """Forget events that were made before ``before``. How many."""
    return conn.execute(
        delete(station_event).where(station_event.c.created < before, station_event.c.kind.in_(tuple(kinds)))
    ).rowcount


def _event(row: Row[tuple[object, ...]]) -> StationEvent:
    return StationEvent(row.id, row.kind, row.session, row.reason, row.where_)
