"""Second persons: colleagues who are asked elsewhere to agree to a step-up, and who has agreed. One row each."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from kiosk.model.second import SecondState
from kiosk.service.store import integrity
from kiosk.service.store.columns import being
from kiosk.service.store.schema import ceremony, second_given, second_request, session
from kiosk.service.store.sql_types import StoredRow

AT_ONCE = 100
AGAIN = 4
"""Seconds until a workstation is told once more of what still waits there."""
KEEP = 600
"""Seconds that both are kept after their end: as long as what a step-up asked for."""


@dataclass(frozen=True, slots=True)
class SecondRequest:
    """One question to a colleague. ``ceremony``: the first person's step-up; ``person``: whom it asks; ``shown``: the
    ceremony in which they see it. Times: epoch seconds."""

    id: str
    ceremony: str
    person: str
    created: int
    expires: int
    shown: str | None = None
    denied: int | None = None


@dataclass(frozen=True, slots=True)
class SecondGiven:
    """``person`` agreed, in the ceremony ``second``, to the step-up ``ceremony``. ``chain``, ``seq``: of the row."""

    ceremony: str
    second: str
    person: str
    chain: str
    seq: int
    at: int


def ask(conn: Connection, request: SecondRequest) -> None:
    """Record a new question."""
    values = {name: getattr(request, name) for name in SecondRequest.__dataclass_fields__}
    integrity.add(conn, second_request, values)


def by_id(conn: Connection, request_id: str) -> SecondRequest | None:
    """The question of that id."""
    row = integrity.one(conn, second_request, second_request.c.id == request_id)
    return None if row is None else _request(row)


def asked_for(conn: Connection, ceremony_id: str) -> list[SecondRequest]:
    """The questions about that step-up, the last one first."""
    mine = second_request.c.ceremony == ceremony_id
    rows = integrity.rows(conn, second_request, mine, order=(second_request.c.created.desc(), second_request.c.id))
    return [_request(row) for row in rows]


def waiting_for(conn: Connection, person: str, now: int) -> list[SecondRequest]:
    """What ``person`` is asked and has not been shown, oldest first."""
    table = second_request.c
    mine = (table.person == person) & (table.expires > now) & table.denied.is_(None) & table.shown.is_(None)
    rows = integrity.rows(conn, second_request, mine, order=(table.created, table.id), skip=True)
    return [_request(row) for row in rows]


def state_of(conn: Connection, request: SecondRequest, now: int) -> SecondState:
    """How it stands. A ceremony of theirs that ended without a yes or a no leaves it open for nobody."""
    if request.denied is not None:
        return "denied"
    if now >= request.expires:
        return "over"
    if request.shown is None:
        return "waiting"
    row = integrity.one(conn, ceremony, ceremony.c.id == request.shown)
    return "shown" if row is not None and row.state == "prove" and now < row.expires else "over"


def shown(conn: Connection, request_id: str, ceremony_id: str) -> None:
    """They see it, in that ceremony of theirs."""
    integrity.change(conn, second_request, second_request.c.id == request_id, {"shown": ceremony_id})


def deny(conn: Connection, request_id: str, now: int) -> None:
    """They said no."""
    integrity.change(conn, second_request, second_request.c.id == request_id, {"denied": now})


def give(conn: Connection, given: SecondGiven) -> bool:
    """Somebody agrees. False if somebody else did before."""
    values = {name: getattr(given, name) for name in SecondGiven.__dataclass_fields__}
    integrity.add_unless_there(conn, second_given, values)
    kept = of(conn, given.ceremony)
    return kept is not None and kept.second == given.second


def of(conn: Connection, ceremony_id: str) -> SecondGiven | None:
    """Who agreed to that step-up."""
    row = integrity.one(conn, second_given, second_given.c.ceremony == ceremony_id)
    if row is None:
        return None
    return SecondGiven(**{name: getattr(row, name) for name in SecondGiven.__dataclass_fields__})


_OFFER = (
    select(second_request.c.id, session.c.id.label("session"), session.c.workstation)
    .join(session, session.c.person == second_request.c.person)
    .where(second_request.c.shown.is_(None), second_request.c.denied.is_(None), being(session.c.state, "open"))
    .order_by(second_request.c.created, session.c.opened.desc())
)


def to_offer(conn: Connection, now: int, only: str | None = None) -> list[tuple[str, str, str]]:
    """(question, session, workstation) of what waits for somebody who is active now, and of which their workstation has
    not been told for ``AGAIN`` seconds; where they are active at several, where they came last. ``only``: this one."""
    late = second_request.c.offered.is_(None) | (second_request.c.offered <= now - AGAIN)
    wanted = _OFFER.where(second_request.c.expires > now, late)
    if only is not None:
        wanted = wanted.where(second_request.c.id == only)
    found: dict[str, tuple[str, str, str]] = {}
    for row in conn.execute(wanted.limit(AT_ONCE)):
        found.setdefault(row.id, (row.id, row.session, row.workstation))
    return list(found.values())


def offered(conn: Connection, ids: list[str], now: int) -> None:
    """Their workstations are told now."""
    conn.execute(update(second_request).where(second_request.c.id.in_(ids)).values(offered=now))


def purge(conn: Connection, now: int) -> int:
    """Forget what ended a while ago, not too much at once: the trail keeps it. How many."""
    old = select(second_request.c.id).where(second_request.c.expires < now - KEEP).limit(AT_ONCE)
    ids = list(conn.execute(old).scalars())
    return conn.execute(delete(second_request).where(second_request.c.id.in_(ids))).rowcount


def purge_given(conn: Connection, before: int) -> int:
    """Forget who agreed before ``before``, when no token can come of it any more: the trail keeps it. How many."""
    old = select(second_given.c.ceremony).where(second_given.c.at < before).limit(AT_ONCE)
    ids = list(conn.execute(old).scalars())
    return conn.execute(delete(second_given).where(second_given.c.ceremony.in_(ids))).rowcount


def _request(row: StoredRow) -> SecondRequest:
    return SecondRequest(**{name: getattr(row, name) for name in SecondRequest.__dataclass_fields__})
