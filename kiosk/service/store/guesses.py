"""Wrong tries of codes that name nobody, by whatever they can be counted by, within a fixed time."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from kiosk.service.store.schema import guesses


def wait_left(conn: Connection, code: str, now: int, *, most: int, within: int) -> int:
    """Seconds until ``code`` may be tried again; 0 while fewer than ``most`` tries were wrong ``within`` seconds."""
    row = conn.execute(select(guesses.c.count.label("tries"), guesses.c.since).where(guesses.c.code == code)).first()
    if row is None or row.tries < most or not row.since <= now < row.since + within:
        return 0
    return int(row.since + within - now)


def add(conn: Connection, code: str, now: int, *, within: int) -> None:
    """One more wrong try."""
    mine = guesses.c.code == code
    row = conn.execute(select(guesses.c.since).where(mine)).first()
    if row is not None and row.since <= now < row.since + within:
        conn.execute(update(guesses).where(mine).values(count=guesses.c.count + 1))
        return
    conn.execute(delete(guesses).where(mine))
    conn.execute(insert(guesses).values(code=code, count=1, since=now))


def purge(conn: Connection, before: int) -> int:
    """Forget counts that began before ``before``. How many."""
    return conn.execute(delete(guesses).where(guesses.c.since < before)).rowcount
