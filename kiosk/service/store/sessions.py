"""Sessions, and when a person last proved a second factor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, exists, or_, select, update

from kiosk.model.proof import ACR_RANK, Assurance
from kiosk.service.store import integrity, manifests
from kiosk.service.store.columns import being
from kiosk.service.store.errors import StoreBusyError
from kiosk.service.store.schema import second_factor, session
from kiosk.service.store.sql_types import StoredRow, StoredValues
from kiosk.service.store.unit import send, unit_of

# Built once: every tap asks these, and to build a statement takes longer than to run it.
_FIND = select(session).where(session.c.id == bindparam("wanted"))
IN_THE_WAY = (
    select(session)
    .where(
        being(session.c.state, "open"),
        or_(session.c.person == bindparam("person_"), session.c.workstation == bindparam("station_")),
    )
    .order_by(session.c.id)
    .with_for_update(key_share=True)
)
_OPEN_OF = select(session).where(being(session.c.state, "open"), session.c.person == bindparam("person_"))
_SECOND_FACTOR = select(second_factor).where(second_factor.c.person == bindparam("wanted"))
MAX_GRACE = 86_400
"""Seconds that a full proof may carry at most, whatever the settings say."""
MAX_PLACES = 64


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session. ``assurance``: with which it was opened. ``row``: as it was read; None for a new one.
    ``asking``: step-ups under way in it; None where nobody looked."""

    id: str
    person: str
    workstation: str
    state: Literal["open", "locked", "ended"]
    assurance: Assurance
    row: StoredRow | None = field(default=None, compare=False, repr=False)
    asking: int | None = field(default=None, compare=False, repr=False)


def add(conn: Connection, opened: StoredSession, now: int, *, exempt: bool = False) -> None:
    """Record an opened session. ``exempt``: where its person may have others open; elsewhere the database holds that it
    is the only one, ``StoreConflictError``."""
    unit = unit_of(conn)
    if unit is not None and unit.kept.pop(("moves", opened.person), None):
        send(conn)  # the one before must have ended: in one statement there is no before
    values = {
        "id": opened.id,
        "person": opened.person,
        "workstation": opened.workstation,
        "state": opened.state,
        "acr": opened.assurance.acr,
        "amr": json.dumps(opened.assurance.amr),
        "auth_time": opened.assurance.auth_time,
        "opened": now,
        "active_of": None if exempt else opened.person,
    }
    integrity.add_soon(conn, session, values)


def find(conn: Connection, session_id: str) -> StoredSession | None:
    """The session of that id."""
    row = conn.execute(_FIND, {"wanted": session_id}).first()
    return None if row is None else of_row(integrity.believed(conn, session, [row])[0])


def held(conn: Connection, session_id: str) -> StoredSession | None:
    """``find``, with its person locked from here on; as it is then."""
    found = find(conn, session_id)
    if found is None or unit_of(conn) is None:
        return found
    manifests.lock(conn, found.person)
    return find(conn, session_id)


def in_the_way(conn: Connection, person: str, workstation: str) -> list[StoredSession]:
    """Open sessions of ``person`` anywhere, and of anybody at ``workstation``: locked, in the order of their ids.

    Of two persons who change places at the same moment, each waits for the other's transaction, and none for ever.
    """
    unit, asked = unit_of(conn), ("in the way", f"{person} {workstation}")
    if unit is not None and asked in unit.kept:
        kept: list[StoredSession] = unit.kept.pop(asked)
        return kept
    found = conn.execute(IN_THE_WAY, {"person_": person, "station_": workstation}).all()
    return [of_row(row) for row in found if counts(conn, row)]


def open_elsewhere(conn: Connection, person: str, workstation: str) -> bool:
    """Whether ``person`` has a session open at another workstation. Nothing is locked by this question."""
    unit, asked = unit_of(conn), ("in the way", f"{person} {workstation}")
    if unit is not None and asked in unit.kept:
        return any(found.person == person and found.workstation != workstation for found in unit.kept[asked])
    rows = conn.execute(_OPEN_OF, {"person_": person}).all()
    return any(row.workstation != workstation for row in integrity.believed(conn, session, rows, skip=True))


def people_at(conn: Connection, workstation: str) -> list[str]:
    """Ids of those who have a session open at ``workstation``, as it stands there."""
    mine = (session.c.workstation == workstation) & being(session.c.state, "open")
    return list(conn.execute(select(session.c.person).where(mine)).scalars())


def counts(conn: Connection, row: StoredRow) -> bool:
    """Whether an open session is one. A row that is not believed keeps nobody from opening another either."""
    if integrity.believed(conn, session, [row], skip=True):
        return True
    if row.active_of is not None:
        conn.execute(update(session).where(session.c.id == row.id).values(active_of=None))
    return False


def lock(conn: Connection, found: StoredSession, now: int) -> None:
    """An open session, as it was found in this transaction, is locked now."""
    if found.state == "open":
        _move(conn, found, {"state": "locked", "locked": now})


def end(conn: Connection, found: StoredSession, now: int) -> None:
    """A session, as it was found in this transaction, is over for good."""
    if found.state != "ended":
        _move(conn, found, {"state": "ended", "ended": now})


def _move(conn: Connection, found: StoredSession, values: dict[str, object]) -> None:
    if found.row is None:
        raise StoreBusyError("Somebody else changed the same session at this moment. Try again.")
    unit = unit_of(conn)
    if unit is not None and found.row.active_of is not None:
        unit.kept["moves", found.person] = True
    integrity.change_soon(conn, session, found.row, {**values, "active_of": None})


def outlived(conn: Connection, before: int, most: int) -> list[str]:
    """Ids of sessions that were opened before ``before`` and are over, the oldest first: the trail tells of them.

    Each person's last one stays, and the last one with more than a tap: reports say when that was.
    """
    over = session.alias("over")
    later = session.alias("later")
    newer = (later.c.person == over.c.person) & (later.c.opened > over.c.opened)
    taps = ("[]", '["pop"]')
    proved = newer & later.c.amr.not_in(taps) & (later.c.auth_time >= over.c.auth_time)
    wanted = select(over.c.id).where(
        over.c.opened < before,
        over.c.state != "open",
        exists().where(newer),
        or_(over.c.amr.in_(taps), exists().where(proved)),
    )
    return list(conn.execute(wanted.order_by(over.c.opened).limit(most)).scalars())


def forget(conn: Connection, ids: Sequence[str]) -> int:
    """Forget these, as far as they are over. How many."""
    return conn.execute(delete(session).where(session.c.id.in_(ids), session.c.state != "open")).rowcount


def last_second_factor(conn: Connection, person: str) -> int | None:
    """When ``person`` last proved a second factor, at any station."""
    found = _grace(conn, person)
    return None if found is None else found.at


@dataclass(frozen=True, slots=True)
class _Grace:
    """What is kept of a person's full proofs. ``places``: JSON."""

    at: int
    acr: str
    places: str


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
    found = _grace(conn, person)
    if found is None:
        return None, []
    there = [FullProof(at, acr, station) for station, (at, acr) in json.loads(found.places).items()]
    return FullProof(found.at, found.acr), sorted(there, key=lambda one: -one.at)


def note_second_factor(conn: Connection, person: str, assurance: Assurance, station: str | None = None) -> None:
    """Grace is counted from here. ``station``: the id of where it was."""
    _, before = full_proofs(conn, person)
    oldest = assurance.auth_time - MAX_GRACE
    places = {place.station: [place.at, place.acr] for place in before[: MAX_PLACES - 1] if place.at > oldest}
    if station is not None:
        places[station] = [assurance.auth_time, assurance.acr]
    values = {"acr": assurance.acr, "amr": json.dumps(assurance.amr), "at": assurance.auth_time}
    values["places"] = json.dumps(places)
    row = _grace_of(conn, person)
    if row is None:
        integrity.add(conn, second_factor, {"person": person, **values})
    else:
        integrity.change_row(conn, second_factor, row, values)
    forget_grace(conn, person)


def end_grace(conn: Connection, person: str) -> None:
    """The next sign-in of ``person`` wants a second factor, wherever it is."""
    integrity.change(conn, second_factor, second_factor.c.person == person, {"at": 0, "places": "{}"})
    forget_grace(conn, person)


def forget_grace(conn: Connection, person: str) -> None:
    """What was read of it in this transaction counts no more."""
    unit = unit_of(conn)
    if unit is not None:
        unit.kept.pop(("grace", person), None)


def keep_grace(conn: Connection, person: str, had: StoredValues | None) -> _Grace | None:
    """The person's row, as another query read it along after the person was locked; None for none.

    Raises ``TamperedError``.
    """
    if had is not None:
        integrity.check(conn, second_factor, had)
    found = None if had is None else _Grace(had["at"], had["acr"], had["places"])
    unit = unit_of(conn)
    if unit is not None and person in unit.locked:
        unit.kept["grace", person] = found
    return found


def _grace(conn: Connection, person: str) -> _Grace | None:
    unit, mine = unit_of(conn), ("grace", person)
    if unit is not None and mine in unit.kept:
        kept: _Grace | None = unit.kept[mine]
        return kept
    row = conn.execute(_SECOND_FACTOR, {"wanted": person}).first()
    return keep_grace(conn, person, None if row is None else row._mapping)


def _grace_of(conn: Connection, person: str) -> StoredRow | None:
    row = conn.execute(_SECOND_FACTOR, {"wanted": person}).first()
    return None if row is None else integrity.believed(conn, second_factor, [row])[0]


def of_row(row: StoredRow, asking: int | None = None) -> StoredSession:
    """A row that was found right. ``asking``: as in ``StoredSession``."""
    assurance = Assurance(row.acr, tuple(json.loads(row.amr)), row.auth_time)
    return StoredSession(row.id, row.person, row.workstation, row.state, assurance, row, asking)
