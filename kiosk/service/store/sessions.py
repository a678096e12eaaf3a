"""Sessions, and when a person last proved a second factor."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, bindparam, select

from kiosk.model.proof import ACR_RANK, Assurance
from kiosk.service.store import integrity
from kiosk.service.store.errors import StoreBusy
from kiosk.service.store.schema import second_factor, session
from kiosk.service.store.sql_types import StoredRow

# Built once: every tap asks these, and to build a statement takes longer than to run it.
_FIND = select(session).where(session.c.id == bindparam("wanted"))
_OPEN_OF = select(session).where(session.c.person == bindparam("wanted"), session.c.state == "open")
_OPEN_AT = select(session).where(session.c.workstation == bindparam("wanted"), session.c.state == "open")
_SECOND_FACTOR = select(second_factor).where(second_factor.c.person == bindparam("wanted"))
LONGEST_GRACE = 86_400
"""Seconds that a full proof may carry at most, whatever the settings say."""
MOST_PLACES = 64


@dataclass(frozen=True, slots=True)
class Session:
    """One session. ``assurance``: with which it was opened. ``row``: as it was read; None for a new one."""

    id: str
    person: str
    workstation: str
    state: Literal["open", "locked", "ended"]
    assurance: Assurance
    row: StoredRow | None = field(default=None, compare=False, repr=False)


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
    integrity.add(conn, session, values)


def find(conn: Connection, session_id: str) -> Session | None:
    """The session of that id."""
    row = conn.execute(_FIND, {"wanted": session_id}).first()
    return None if row is None else _session(integrity.believed(conn, session, [row])[0])


def open_of(conn: Connection, person: str) -> list[Session]:
    """The open sessions of ``person``, anywhere."""
    found = conn.execute(_OPEN_OF, {"wanted": person})
    return [_session(row) for row in integrity.believed(conn, session, found, skip=True)]


def open_at(conn: Connection, workstation: str) -> list[Session]:
    """The open sessions at ``workstation``; one, unless a report of a lock is still under way."""
    found = conn.execute(_OPEN_AT, {"wanted": workstation})
    return [_session(row) for row in integrity.believed(conn, session, found, skip=True)]


def lock(conn: Connection, found: Session, now: int) -> None:
    """An open session, as it was found in this transaction, is locked now."""
    if found.state == "open":
        _move(conn, found, {"state": "locked", "locked": now})


def end(conn: Connection, found: Session, now: int) -> None:
    """A session, as it was found in this transaction, is over for good."""
    if found.state != "ended":
        _move(conn, found, {"state": "ended", "ended": now})


def _move(conn: Connection, found: Session, values: dict[str, object]) -> None:
    row = found.row
    if row is None or not integrity.change_row(conn, session, row, values):
        raise StoreBusy("Somebody else changed the same session at this moment. Try again.")


def last_second_factor(conn: Connection, person: str) -> int | None:
    """When ``person`` last proved a second factor, at any station."""
    row = _grace_of(conn, person)
    return None if row is None else row.at


@dataclass(frozen=True, slots=True)
class FullProof:
    """A second factor that was proved: ``at`` that time, at ``station`` (its id; None: anywhere), worth ``acr``."""

    at: int
    acr: str
    station: str | None = None

    def reaches(self, floor: str) -> bool:
        """Whether it comes to ``floor``, an ``acr``."""
        return ACR_RANK.get(self.acr, 0) >= ACR_RANK[floor]


def full_proofs(conn: Connection, person: str) -> tuple[FullProof | None, list[FullProof]]:
    """The last second factor that ``person`` proved, and the last at each station, the newest first."""
    row = _grace_of(conn, person)
    if row is None:
        return None, []
    there = [FullProof(at, acr, station) for station, (at, acr) in json.loads(row.places).items()]
    return FullProof(row.at, row.acr), sorted(there, key=lambda one: -one.at)


def note_second_factor(conn: Connection, person: str, assurance: Assurance, station: str | None = None) -> None:
    """Grace is counted from here. ``station``: the id of where it was."""
    _, before = full_proofs(conn, person)
    oldest = assurance.auth_time - LONGEST_GRACE
    places = {one.station: [one.at, one.acr] for one in before[: MOST_PLACES - 1] if one.at > oldest}
    if station is not None:
        places[station] = [assurance.auth_time, assurance.acr]
    values = {"acr": assurance.acr, "amr": json.dumps(assurance.amr), "at": assurance.auth_time}
    values["places"] = json.dumps(places)
    row = _grace_of(conn, person)
    if row is None:
        integrity.add(conn, second_factor, {"person": person, **values})
    else:
        integrity.change_row(conn, second_factor, row, values)


def end_grace(conn: Connection, person: str) -> None:
    """The next sign-in of ``person`` wants a second factor, wherever it is."""
    integrity.change(conn, second_factor, second_factor.c.person == person, {"at": 0, "places": "{}"})


def _grace_of(conn: Connection, person: str) -> StoredRow | None:
    row = conn.execute(_SECOND_FACTOR, {"wanted": person}).first()
    return None if row is None else integrity.believed(conn, second_factor, [row])[0]


def _session(row: StoredRow) -> Session:
    assurance = Assurance(row.acr, tuple(json.loads(row.amr)), row.auth_time)
    return Session(row.id, row.person, row.workstation, row.state, assurance, row)
