"""Sessions, and when a person last proved a second factor."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from kiosk.model.proof import Assurance
from kiosk.service.store.schema import second_factor, session


@dataclass(frozen=True, slots=True)
class Session:
    """One row. ``assurance``: with which it was opened."""

    id: str
    person: str
    workstation: str
    state: Literal["open", "locked", "ended"]
    assurance: Assurance


def add(conn: Connection, opened: Session, now: int) -> None:
    """Record an opened session."""
    conn.execute(
        insert(session).values(
            id=opened.id,
            person=opened.person,
            workstation=opened.workstation,
            state=opened.state,
            acr=opened.assurance.acr,
            amr=json.dumps(opened.assurance.amr),
            auth_time=opened.assurance.auth_time,
            opened=now,
        )
    )


def find(conn: Connection, session_id: str) -> Session | None:
    """The session of that id."""
    row = conn.execute(select(session).where(session.c.id == session_id)).first()
    return None if row is None else _session(row)


def open_of(conn: Connection, person: str) -> list[Session]:
    """The open sessions of ``person``, anywhere."""
    rows = conn.execute(select(session).where(session.c.person == person, session.c.state == "open"))
    return [_session(row) for row in rows]


def open_at(conn: Connection, workstation: str) -> list[Session]:
    """The open sessions at ``workstation``; one, unless a report of a lock is still under way."""
    rows = conn.execute(select(session).where(session.c.workstation == workstation, session.c.state == "open"))
    return [_session(row) for row in rows]


def lock(conn: Connection, session_id: str, now: int) -> None:
    """An open session is locked now."""
    mine = (session.c.id == session_id) & (session.c.state == "open")
    conn.execute(update(session).where(mine).values(state="locked", locked=now))


def end(conn: Connection, session_id: str, now: int) -> None:
    """A session is over for good."""
    mine = (session.c.id == session_id) & (session.c.state != "ended")
    conn.execute(update(session).where(mine).values(state="ended", ended=now))


def last_second_factor(conn: Connection, person: str) -> int | None:
    """When ``person`` last proved a second factor, at any station."""
    return conn.execute(select(second_factor.c.at).where(second_factor.c.person == person)).scalar_one_or_none()


def note_second_factor(conn: Connection, person: str, assurance: Assurance) -> None:
    """Grace is counted from here."""
    values = {"acr": assurance.acr, "amr": json.dumps(assurance.amr), "at": assurance.auth_time}
    mine = second_factor.c.person == person
    if not conn.execute(update(second_factor).where(mine).values(**values)).rowcount:
        conn.execute(insert(second_factor).values(person=person, **values))


def end_grace(conn: Connection, person: str) -> None:
    """The next sign-in of ``person`` wants a second factor, wherever it is."""
    conn.execute(update(second_factor).where(second_factor.c.person == person).values(at=0))


def _session(row: Any) -> Session:
    assurance = Assurance(row.acr, tuple(json.loads(row.amr)), row.auth_time)
    return Session(row.id, row.person, row.workstation, row.state, assurance)
