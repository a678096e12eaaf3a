"""What ends with a factor or a person: sessions, sign-ins to applications, grace, whatever is under way.

Stations are told in the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from kiosk.service.store import (
    downtime,
    enrolments,
    events,
    grants,
    integrity,
    manifests,
    openid_grants,
    people,
    resets,
    sessions,
    start_codes,
)
from kiosk.service.store.columns import being
from kiosk.service.store.schema import ceremony, person, second_factor, session


@dataclass(frozen=True, slots=True)
class EndedAccess:
    """What ended with a person: how many ``sessions``, which ``resets``, whether a start code (``code``)."""

    sessions: int
    resets: tuple[str, ...]
    code: bool


@dataclass(frozen=True, slots=True)
class LockedAccess:
    """What was locked of a person: how many ``sessions``, and how many ``sign_ins`` to applications ended."""

    sessions: int
    sign_ins: int


def lock_everywhere(conn: Connection, person_id: str, now: int, reason: str, *, but: str | None = None) -> int:
    """The person's open sessions are locked, and grace is over: to go on, they prove a second factor. How many.

    ``but``: the session in which they have just proved one.
    """
    return lock_access(conn, person_id, now, reason, but=but).sessions


def lock_access(conn: Connection, person_id: str, now: int, reason: str, *, but: str | None = None) -> LockedAccess:
    """``lock_everywhere``, with all that it locked and ended."""
    manifests.lock(conn, person_id)
    mine = (session.c.person == person_id) & (being(session.c.state, "open"))
    if but is not None:
        mine &= session.c.id != but
    found = integrity.change(conn, session, mine, {"state": "locked", "locked": now, "active_of": None}, skip=True)
    events.add_all(conn, [(row.id, row.workstation) for row in found], "lock", now, reason)
    forget(conn, person_id, now)
    sign_ins = openid_grants.end_of_person(conn, person_id, now, but=but)
    if reason == "role":
        grants.end_batches(conn, person_id)
    return LockedAccess(len(found), sign_ins)


def going_on(conn: Connection, now: int) -> set[str]:
    """Of whom anything is open, in grace, under way, or in a downtime ticket: of nobody else ``lock_everywhere`` would
    change anything."""
    open_now = select(session.c.person).where(being(session.c.state, "open"))
    proving = select(ceremony.c.person).where(being(ceremony.c.state, "prove"))
    found = {row.person for query in (open_now, proving, select(second_factor.c.person)) for row in conn.execute(query)}
    named = enrolments.named(conn, now) | downtime.holders(conn, now)
    return {who for who in found if who is not None} | named


def end_everywhere(conn: Connection, person_id: str, now: int, reason: str) -> EndedAccess:
    """The person's sessions, open or locked, end at every station, and with them all that would let them go on later.

    So does a reset that is for them, or that they began or agreed to: their word does not count after.
    """
    manifests.lock(conn, person_id)
    ended = people.end_sessions(conn, person_id, now)
    events.add_all(conn, ended, "end", now, reason)
    forget(conn, person_id, now, "suspended")
    openid_grants.end_of_person(conn, person_id, now)
    grants.end_batches(conn, person_id)
    code = start_codes.withdraw(conn, person_id, now)
    return EndedAccess(len(ended), tuple(resets.end_naming(conn, person_id, now)), code)


def set_left(conn: Connection, person_id: str) -> list[str]:
    """The person works here no more; the roles that are taken away."""
    roles = people.take_roles(conn, person_id)
    integrity.change(conn, person, person.c.id == person_id, {"state": "left"})
    return roles


def forget(conn: Connection, person_id: str, now: int, why: Literal["cancelled", "suspended"] = "cancelled") -> None:
    """Grace, downtime tickets, and whatever is being proved now: proofs given before do not count after.

    ``why``: for an enrolment.
    """
    integrity.remove(conn, second_factor, second_factor.c.person == person_id)
    sessions.forget_grace(conn, person_id)
    under_way = (ceremony.c.person == person_id) & (being(ceremony.c.state, "prove"))
    integrity.change(conn, ceremony, under_way, {"state": "refused", "ended": now}, skip=True)
    downtime.forget(conn, person_id, now)
    enrolments.end_of_person(conn, person_id, now, why)
