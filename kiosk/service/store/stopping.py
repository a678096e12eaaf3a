"""What ends with a factor or a person: sessions anywhere, grace. Told to the stations in the same transaction."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from kiosk.service.store import enrolments, events, people
from kiosk.service.store.schema import ceremony, person, person_role, second_factor, session


def lock_everywhere(conn: Connection, person_id: str, now: int, reason: str) -> int:
    """The person's open sessions are locked, and grace is over: to go on, she proves a second factor. How many."""
    mine = (session.c.person == person_id) & (session.c.state == "open")
    found = conn.execute(select(session.c.id, session.c.workstation).where(mine)).all()
    conn.execute(update(session).where(mine).values(state="locked", locked=now))
    for row in found:
        events.add(conn, row.workstation, "lock", now, session=row.id, reason=reason)
    _forget(conn, person_id, now)
    return len(found)


def end_everywhere(conn: Connection, person_id: str, now: int, reason: str) -> int:
    """The person's sessions, open or locked, end at every station. How many."""
    ended = people.end_sessions(conn, person_id, now)
    for session_id, workstation in ended:
        events.add(conn, workstation, "end", now, session=session_id, reason=reason)
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
