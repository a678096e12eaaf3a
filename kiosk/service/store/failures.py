"""Failures in a row, by person, method and bucket, and by station (SP 800-63B-4 section 3.2.2).

Two buckets, so that a stranger who types somebody's login closes nothing for whoever has the badge: ``typed`` for
sign-ins where only a login was typed, ``held`` for everything that began with a badge, card or open session. What the
standard allows an account in a row, ``MAX_IN_A_ROW``, is shared between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kiosk.service.store.schema import failed_try, station_throttle

Bucket = Literal["held", "typed"]
MAX_IN_A_ROW = 100
"""Consecutive wrong tries on one account, of one method (section 3.2.2: no more than 100)."""
MAX_A_BUCKET = MAX_IN_A_ROW // 2
NOBODY = "nobody:"
"""How ``who`` begins where nobody has the login that was typed; what follows is a keyed hash of it."""


@dataclass(frozen=True, slots=True)
class FailedTries:
    """``count``: wrong ones in a row. ``until``: epoch seconds before which none is looked at; 0 for none."""

    count: int = 0
    until: int = 0

    @property
    def closed(self) -> bool:
        """For good: only a new secret opens it again."""
        return self.count >= MAX_A_BUCKET

    def locked(self, now: int) -> bool:
        """Whether no try is looked at now."""
        return self.closed or now < self.until

    def left(self, lockout: int) -> int:
        """Tries before the next lock, where each ``lockout`` of them brings one."""
        return max(0, min(lockout - self.count % lockout, MAX_A_BUCKET - self.count))


def tries(conn: Connection, who: str, bucket: Bucket) -> dict[str, FailedTries]:
    """Consecutive failures of ``who`` (a person's id, or ``NOBODY`` and a hash), by method."""
    mine = (failed_try.c.who == who) & (failed_try.c.bucket == bucket)
    rows = conn.execute(select(failed_try.c.method, failed_try.c.count.label("wrong"), failed_try.c.until).where(mine))
    return {row.method: FailedTries(row.wrong, row.until) for row in rows}


def add(
    conn: Connection, who: str, method: str, bucket: Bucket, now: int, *, lockout: int, first: int, most: int
) -> FailedTries:
    """One more failure. Each ``lockout`` of them locks: for ``first`` seconds, then twice as long, ``most`` at most."""
    new = postgres_insert if conn.dialect.name == "postgresql" else sqlite_insert
    made = new(failed_try).values(who=who, method=method, bucket=bucket, count=1, last=now, until=0)
    again = {"count": failed_try.c.count + 1, "last": now}
    statement = made.on_conflict_do_update(index_elements=["who", "method", "bucket"], set_=again)
    row = conn.execute(statement.returning(failed_try.c.count.label("wrong"), failed_try.c.until)).one()
    until = row.until
    if row.wrong % lockout == 0:
        until = now + min(most, first << min(row.wrong // lockout - 1, 16))
    conn.execute(update(failed_try).where(_mine(who, method, bucket)).values(until=until))
    return FailedTries(row.wrong, until)


def clear(conn: Connection, who: str, method: str, bucket: Bucket) -> None:
    """A success: the row of failures of this bucket ends. The other's does not: whoever guesses there is not calmed."""
    conn.execute(delete(failed_try).where(_mine(who, method, bucket)))


def forgive(conn: Connection, who: str, method: str) -> None:
    """A new secret: what was tried of the old one is forgotten."""
    conn.execute(delete(failed_try).where(failed_try.c.who == who, failed_try.c.method == method))


def purge_nobody(conn: Connection, before: int) -> int:
    """Forget logins that nobody has and that were last typed before ``before``. How many."""
    nobody = failed_try.c.who.startswith(NOBODY, autoescape=True)
    return conn.execute(delete(failed_try).where(nobody, failed_try.c.last < before)).rowcount


def _mine(who: str, method: str, bucket: Bucket) -> ColumnElement[bool]:
    return (failed_try.c.who == who) & (failed_try.c.method == method) & (failed_try.c.bucket == bucket)


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
    count = 1 if row is None or now - row.last > FORGET_SECONDS else row.tries + 1
    wait = 0 if count < quick else min(most, first << min(count - quick, 16))
    values = {"count": count, "last": now, "until": now + wait if wait else 0}
    if row is None:
        conn.execute(insert(station_throttle).values(workstation=workstation, **values))
    else:
        conn.execute(update(station_throttle).where(mine).values(**values))
    return wait


FORGET_SECONDS = 600
"""A station without a failure for so long starts anew."""


def calm(conn: Connection, workstation: str, forgiven: int, quick: int) -> None:
    """Take ``forgiven`` failures, those of whoever has just succeeded, off a station's count; no others."""
    mine = station_throttle.c.workstation == workstation
    count = conn.execute(select(station_throttle.c.count.label("tries")).where(mine)).scalar_one_or_none()
    if count is None or not forgiven:
        return
    left = max(0, count - forgiven)
    values = {"count": left, "until": 0} if left < quick else {"count": left}
    conn.execute(update(station_throttle).where(mine).values(**values))
