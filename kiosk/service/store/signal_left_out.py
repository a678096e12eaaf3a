"""Persons whom a receiver of our signals wants to hear nothing of, each listed in that person's manifest.

So who changes the database can neither silence somebody nor put back what the receiver took back.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select

from kiosk.service.store import integrity, manifests
from kiosk.service.store.schema import signal_left_out


def leave_out(conn: Connection, application: str, person: str, now: int) -> bool:
    """The application hears nothing of ``person`` from now on. False if it heard nothing before."""
    manifests.lock(conn, person)
    if integrity.one(conn, signal_left_out, _of(application, person)) is not None:
        return False
    integrity.add(conn, signal_left_out, {"application": application, "person": person, "created": now})
    return True


def take_in(conn: Connection, application: str, person: str) -> bool:
    """It hears of them again. False if it did before."""
    manifests.lock(conn, person)
    return bool(integrity.remove(conn, signal_left_out, _of(application, person)))


def leaving_out(conn: Connection, person: str) -> frozenset[str]:
    """Applications that hear nothing of ``person``. A row that is not right leaves nobody out."""
    found = integrity.rows(conn, signal_left_out, signal_left_out.c.person == person, skip=True)
    return frozenset(row.application for row in found)


def count(conn: Connection, application: str) -> int:
    """Whom the application left out."""
    mine = select(func.count()).select_from(signal_left_out).where(signal_left_out.c.application == application)
    return int(conn.execute(mine).scalar_one())


def forget(conn: Connection, application: str) -> None:
    """It is told nothing at all any more, or everything anew."""
    people = conn.execute(
        select(signal_left_out.c.person).where(signal_left_out.c.application == application)
    ).scalars()
    manifests.lock(conn, *people)
    integrity.remove(conn, signal_left_out, signal_left_out.c.application == application)


def _of(application: str, person: str) -> ColumnElement[bool]:
    return (signal_left_out.c.application == application) & (signal_left_out.c.person == person)
