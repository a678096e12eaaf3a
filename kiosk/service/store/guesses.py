"""Wrong tries of codes that name nobody, by whatever they can be counted by, within a fixed time."""

from __future__ import annotations

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kiosk.service.store.schema import guesses


def wait_left(conn: Connection, code: str, now: int, *, most: int, within: int) -> int:
    """Seconds until ``code`` may be tried again; 0 while fewer than ``most`` tries were wrong ``within`` seconds."""
    row = conn.execute(select(guesses.c.count.label("tries"), guesses.c.since).where(guesses.c.code == code)).first()
    if row is None or row.tries < most or not row.since <= now < row.since + within:
        return 0
    return int(row.since + within - now)


def add(conn: Connection, code: str, now: int, *, within: int) -> None:
    """One more wrong try."""
    new = postgres_insert if conn.dialect.name == "postgresql" else sqlite_insert
    runs = (guesses.c.since <= now) & (guesses.c.since > now - within)
    again = {"count": case((runs, guesses.c.count + 1), else_=1), "since": case((runs, guesses.c.since), else_=now)}
    made = new(guesses).values(code=code, count=1, since=now)
    conn.execute(made.on_conflict_do_update(index_elements=["code"], set_=again))


def take(conn: Connection, code: str, now: int, *, within: int) -> int:
    """How many tries are counted, and forget them."""
    row = conn.execute(select(guesses.c.count.label("tries"), guesses.c.since).where(guesses.c.code == code)).first()
    if row is None:
        return 0
    conn.execute(delete(guesses).where(guesses.c.code == code))
    return int(row.tries) if row.since <= now < row.since + within else 0


def purge(conn: Connection, before: int) -> int:
    """Forget counts that began before ``before``. How many."""
    return conn.execute(delete(guesses).where(guesses.c.since < before)).rowcount
