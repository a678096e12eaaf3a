"""Failures in a row, by person and method, and by station (SP 800-63B-4 section 3.2.2)."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from kiosk.service.store.schema import failure, station_throttle


def counts(conn: Connection, person: str) -> dict[str, int]:
    """Consecutive failures of ``person``, by method."""
    rows = conn.execute(select(failure.c.method, failure.c.count.label("tries")).where(failure.c.person == person))
    return {row.method: row.tries for row in rows}


def add(conn: Connection, person: str, method: str, now: int) -> int:
    """One more failure; how many in a row that makes."""
    mine = (failure.c.person == person) & (failure.c.method == method)
    changed = conn.execute(update(failure).where(mine).values(count=failure.c.count + 1, last=now)).rowcount
    if not changed:
        conn.execute(insert(failure).values(person=person, method=method, count=1, last=now))
    return int(conn.execute(select(failure.c.count).where(mine)).scalar_one())


def clear(conn: Connection, person: str, method: str) -> None:
    """A success: the row of failures ends."""
    conn.execute(delete(failure).where(failure.c.person == person, failure.c.method == method))


def wait_left(conn: Connection, workstation: str, now: int, most: int) -> int:
    """Seconds that this station has to wait before another secret is looked at; 0 for none, never over ``most``."""
    until = conn.execute(
        select(station_throttle.c.until).where(station_throttle.c.workstation == workstation)
    ).scalar_one_or_none()
    return min(most, max(0, (until or 0) - now))


def slow(conn: Connection, workstation: str, now: int, *, quick: int, first: int, most: int) -> int:
    """Note a failure at a station. Seconds to wait from now on: 0 for the first ``quick``, then ``first``, doubling to
    ``most``. Ten minutes without a failure start anew."""
    mine = station_throttle.c.workstation == workstation
    throttle = station_throttle.c
    row = conn.execute(select(throttle.count.label("tries"), throttle.last).where(mine)).first()
    count = 1 if row is None or now - row.last > 600 else row.tries + 1
    wait = 0 if count < quick else min(most, first << min(count - quick, 16))
    values = {"count": count, "last": now, "until": now + wait if wait else 0}
    if row is None:
        conn.execute(insert(station_throttle).values(workstation=workstation, **values))
    else:
        conn.execute(update(station_throttle).where(mine).values(**values))
    return wait


def calm(conn: Connection, workstation: str) -> None:
    """A success at a station ends its slowness."""
    conn.execute(delete(station_throttle).where(station_throttle.c.workstation == workstation))
