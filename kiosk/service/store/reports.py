"""Reports that were written to the trail already."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from kiosk.service.store.schema import report


def add(conn: Connection, report_id: str, workstation: str, now: int) -> bool:
    """Note a report. False if this workstation sent it before; an id is the sender's own."""
    name = f"{workstation}:{report_id}"
    if conn.execute(select(report.c.id).where(report.c.id == name)).first() is not None:
        return False
    conn.execute(insert(report).values(id=name, workstation=workstation, received=now))
    return True


def purge(conn: Connection, before: int) -> int:
    """Forget the ids of those received before ``before``. How many."""
    return conn.execute(delete(report).where(report.c.received < before)).rowcount
