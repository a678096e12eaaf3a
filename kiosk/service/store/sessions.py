"""Sessions, and when a person last proved a second factor."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from kiosk.model.proof import ACR_RANK, Assurance
from kiosk.service.store.schema import second_factor, session

# Built once: every tap asks these, and to build a statement takes longer than to run it.
_ADD = insert(session)
_FIND = select(session).where(session.c.id == bindparam("wanted"))
_OPEN_OF = select(session).where(session.c.person == bindparam("wanted"), session.c.state == "open")
_OPEN_AT = select(session).where(session.c.workstation == bindparam("wanted"), session.c.state == "open")
_LOCK = (
    update(session)
    .where(session.c.id == bindparam("wanted"), session.c.state == "open")
    .values(state="locked", locked=bindparam("now"))
)
_END = (
    update(session)
    .where(session.c.id == bindparam("wanted"), session.c.state != "ended")
    .values(state="ended", ended=bindparam("now"))
)
_LAST_SECOND_FACTOR = select(second_factor.c.at).where(second_factor.c.person == bindparam("wanted"))


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
    values = {
        "id": opened.id,
        "person": opened.person,
        "workstation": opened.workstation,
        "state": opened.state,
        "acr": opened.assurance.acr,
        "amr": json.dumps(opened.assurance.amr),
        "auth_time": opened.assurance.auth_time,
        "opened": now,
    }
    conn.execute(_ADD, values)


def find(conn: Connection, session_id: str) -> Session | None:
    """The session of that id."""
    row = conn.execute(_FIND, {"wanted": session_id}).first()
    return None if row is None else _session(row)


def open_of(conn: Connection, person: str) -> list[Session]:
    """The open sessions of ``person``, anywhere."""
    return [_session(row) for row in conn.execute(_OPEN_OF, {"wanted": person})]


def open_at(conn: Connection, workstation: str) -> list[Session]:
    """The open sessions at ``workstation``; one, unless a report of a lock is still under way."""
    return [_session(row) for row in conn.execute(_OPEN_AT, {"wanted": workstation})]


def lock(conn: Connection, session_id: str, now: int) -> None:
    """An open session is locked now."""
    conn.execute(_LOCK, {"wanted": session_id, "now": now})


def end(conn: Connection, session_id: str, now: int) -> None:
    """A session is over for good."""
    conn.execute(_END, {"wanted": session_id, "now": now})


def last_second_factor(conn: Connection, person: str) -> int | None:
    """When ``person`` last proved a second factor, at any station."""
    return conn.execute(_LAST_SECOND_FACTOR, {"wanted": person}).scalar_one_or_none()


def weaker_than(conn: Connection, person: str, floor: str) -> bool:
    """Whether what ``person`` last proved as a second factor came to less than ``floor``, an ``acr``."""
    if ACR_RANK[floor] == 0:
        return False
    acr = conn.execute(select(second_factor.c.acr).where(second_factor.c.person == person)).scalar_one_or_none()
    return acr is not None and ACR_RANK.get(acr, 0) < ACR_RANK[floor]


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
