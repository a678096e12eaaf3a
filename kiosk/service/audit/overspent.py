"""What a budget refused is told in the trail: one row a party and hour, with how many times."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.store import lookups, spending

ACTION = "over_budget"


def tell(conn: Connection, station: str | None, party: str, number: int, now: int) -> None:
    """Count refusals of ``party`` at ``station``, and write the row that is due, if it is."""
    due = spending.refuse(conn, party, number, now)
    if due:
        write(conn, station, party, due, now)


def write(conn: Connection, station: str | None, party: str, number: int, now: int) -> None:
    """The row: in the workstation's chain, or the service's own where none is known."""
    event = Event(ACTION, "refused", now, reason="too_fast", detail={"party": party, "refused": number})
    found = lookups.station(conn, station) if station is not None else None
    if found is not None:
        event = replace(event, workstation=found.id, station=found.name)
    writer.append(conn, found.id if found is not None else SERVICE, event)


def tell_late(conn: Connection, now: int) -> None:
    """What was refused since the last row, and by now an hour ago."""
    for party, number in spending.untold(conn, now):
        kind, _, name = party.partition(":")
        write(conn, name if kind in ("station", "sign-in") else None, party, number, now)
