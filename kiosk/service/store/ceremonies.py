"""Ceremonies and their challenges, as rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, bindparam, delete, select

from kiosk.service.store import integrity
from kiosk.service.store.columns import being
from kiosk.service.store.schema import ceremony, challenge
from kiosk.service.store.unit import unit_of

# Built once: every session that is locked asks this, and to build a statement takes longer than to run it.
_UNDER_WAY = select(ceremony.c.id).where(
    ceremony.c.session == bindparam("of_session"),
    ceremony.c.purpose == "step_up",
    being(ceremony.c.state, "prove"),
    ceremony.c.expires > bindparam("now"),
)

_FIND = select(ceremony).where(ceremony.c.id == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class CeremonyRow:
    """A ceremony as stored. ``proved``: JSON objects; ``request``: of a step-up; ``detail``: what else it remembers."""

    id: str
    purpose: Literal["sign_in", "step_up", "enrol", "vouch"]
    workstation: str
    person: str | None
    state: Literal["prove", "done", "refused"]
    presented: Literal["uid", "piv", "fido2", "pkoc", "login", "session", "start_code"]
    why: str
    created: int
    expires: int
    proved: tuple[dict[str, Any], ...] = ()
    session: str | None = None
    request: dict[str, Any] | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    tap: int | None = None
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """A challenge as stored. ``openings``: JSON objects of commitment, salt and value."""

    id: str
    ceremony: str
    method: str
    label: str
    nonce: bytes
    statement: str
    openings: tuple[dict[str, str], ...]
    created: int
    expires: int
    used: int | None = None


def add(conn: Connection, row: CeremonyRow) -> None:
    """Record a new ceremony."""
    integrity.add(conn, ceremony, _values(row))


def save(conn: Connection, row: CeremonyRow) -> None:
    """Record what a ceremony has become."""
    integrity.replace(conn, ceremony, _values(row))


def find(conn: Connection, ceremony_id: str) -> CeremonyRow | None:
    """The ceremony of that id."""
    row = conn.execute(_FIND, {"wanted": ceremony_id}).first()
    if row is None:
        return None
    integrity.check(conn, ceremony, row._mapping)
    values = {name: getattr(row, name) for name in CeremonyRow.__dataclass_fields__}
    values["proved"] = tuple(json.loads(row.proved))
    values["detail"] = json.loads(row.detail)
    values["request"] = None if row.request is None else json.loads(row.request)
    return CeremonyRow(**values)


def find_again(conn: Connection, row: CeremonyRow) -> CeremonyRow:
    """``row`` as it is now, on PostgreSQL; on SQLite nobody else can have changed it."""
    return row if unit_of(conn) is None else find(conn, row.id) or row


def under_way(conn: Connection, session: str, now: int) -> str | None:
    """The id of a step-up that is being proved in ``session``, if any."""
    return conn.execute(_UNDER_WAY, {"of_session": session, "now": now}).scalar()


def add_challenge(conn: Connection, row: ChallengeRow) -> None:
    """Record a new challenge; earlier ones of the same ceremony end with it."""
    void_challenges(conn, row.ceremony, row.created)
    values = {name: getattr(row, name) for name in ChallengeRow.__dataclass_fields__}
    integrity.add(conn, challenge, {**values, "openings": json.dumps(row.openings)})


def void_challenges(conn: Connection, ceremony_id: str, now: int) -> None:
    """Challenges of the ceremony that nobody has answered yet are void."""
    mine = (challenge.c.ceremony == ceremony_id) & challenge.c.used.is_(None)
    integrity.change(conn, challenge, mine, {"used": now}, skip=True)


def use_challenge(conn: Connection, ceremony_id: str, method: str, now: int) -> ChallengeRow | None:
    """Use up the ceremony's challenge for ``method``. None if there is none, or it is too old or was used."""
    live = (
        (challenge.c.ceremony == ceremony_id)
        & (challenge.c.method == method)
        & challenge.c.used.is_(None)
        & (challenge.c.created <= now)
        & (challenge.c.expires > now)
    )
    row = integrity.one(conn, challenge, live)
    if row is None or not integrity.change_row(conn, challenge, row, {"used": now}):
        return None
    values = {name: getattr(row, name) for name in ChallengeRow.__dataclass_fields__}
    return ChallengeRow(**{**values, "openings": tuple(json.loads(row.openings)), "nonce": bytes(row.nonce)})


def purge(conn: Connection, before: int) -> int:
    """Forget challenges that expired before ``before``: evidence keeps what was signed. How many.

    Forgets too what ceremonies of that age asked for: patients are to be found among the trail's openings alone.
    """
    forget(conn, (ceremony.c.expires < before) & ceremony.c.request.is_not(None))
    return conn.execute(delete(challenge).where(challenge.c.expires < before)).rowcount


def forget(conn: Connection, where: ColumnElement[bool]) -> None:
    """Forget what these ceremonies asked for, and for which purpose: from then on they are as good as expired."""
    found = conn.execute(select(ceremony).where(where).with_for_update()).all()
    for row in integrity.believed(conn, ceremony, found, skip=True):
        kept = {name: value for name, value in json.loads(row.detail).items() if name != "purpose"}
        integrity.change_row(conn, ceremony, row, {"request": None, "detail": json.dumps(kept)})


def _values(row: CeremonyRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in CeremonyRow.__dataclass_fields__}
    values["proved"] = json.dumps(row.proved)
    values["detail"] = json.dumps(row.detail)
    values["request"] = None if row.request is None else json.dumps(row.request)
    return values
