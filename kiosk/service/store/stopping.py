"""What ends with a factor or a person: sessions anywhere, grace. Told to the stations in the same transaction."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from kiosk.service.store import enrolments, events, people
from kiosk.service.store.schema import ceremony, person, person_role, second_factor, session


def lock_everywhere(conn: Connection, person_id: str, now: int, reason: str, *, but: str | None = None) -> int:
    """The person's open sessions are locked, and grace is over: to go on, she proves a second factor. How many.

    ``but``: the session in which she has just proved one.
    """
    mine = (session.c.person == person_id) & (session.c.state == "open")
    if but is not None:
        mine &= session.c.id != but
    found = conn.execute(select(session.c.id, session.c.workstation).where(mine)).all()
    conn.execute(update(session).where(mine).values(state="locked", locked=now))
    events.add_all(conn, [(row.id, row.workstation) for row in found], "lock", now, reason)
    _forget(conn, person_id, now)
    return len(found)


def end_everywhere(conn: Connection, person_id: str, now: int, reason: str) -> int:
    """The person's sessions, open or locked, end at every station. How many."""
    ended = people.end_sessions(conn, person_id, now)
    events.add_all(conn, ended, "end", now, reason)
    _forget(conn, person_id, now)
    return len(ended)


def set_left(conn: Connection, person_id: str) -> list[str]:
    """The person works here no more; the roles that are taken away."""
    mine = person_role.c.person == person_id
    roles = list(conn.execute(select(person_role.c.role).where(mine).order_by(person_role.c.role)).scalars())
    conn.execute(delete(person_role).where(mine))
    conn.execute(update(person).where(person.c.id == person_id).values(state="left"))
    return roles


def _forget(conn: Connection, person_id: str, now: int) -> None:
    """Grace, and whatever is being proved now: proofs given before do not count after."""
    conn.execute(delete(second_factor).where(second_factor.c.person == person_id))
    under_way = (ceremony.c.person == person_id) & (ceremony.c.state == "prove")
    conn.execute(update(ceremony).where(under_way).values(state="refused", ended=now))
    enrolments.end_of_person(conn, person_id, now)
