"""Granted step-ups: when, for whom, and whether their tokens were collected and redeemed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, select

from kiosk.service.store import integrity, manifests
from kiosk.service.store.schema import second_given, stepup_grant

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class StepUpGrant:
    """One granted step-up. ``delivery``: to the program, collected by the audience, or by a server's question.

    ``batch``: of a standing batch, how many records may go in parts, and ``used`` how many have. ``told_seq``: its row
    in the workstation's chain. What its token says is not stored: see ``ceremonies.granted``.
    """

    request_id: str
    ceremony: str
    session: str
    person: str
    workstation: str
    audience: str
    jti: str
    delivery: Literal["direct", "collect", "backchannel"]
    issued: int
    expires: int
    told_seq: int = 0
    collected: int | None = None
    redeemed: int | None = None
    batch: int | None = None
    used: int | None = None


def add(conn: Connection, grant: StepUpGrant) -> None:
    """Record a grant."""
    values = {name: getattr(grant, name) for name in StepUpGrant.__dataclass_fields__}
    integrity.add(conn, stepup_grant, values)


def by_request(conn: Connection, request_id: str) -> StepUpGrant | None:
    """The grant of that request."""
    return _one(conn, stepup_grant.c.request_id == request_id)


def by_jti(conn: Connection, jti: str) -> StepUpGrant | None:
    """The grant whose token has that ``jti``."""
    return _one(conn, stepup_grant.c.jti == jti)


def collect(conn: Connection, request_id: str, now: int) -> bool:
    """Hand the token out, once. False if it was collected before."""
    _lock(conn, stepup_grant.c.request_id == request_id)
    mine = (stepup_grant.c.request_id == request_id) & stepup_grant.c.collected.is_(None)
    return len(integrity.change(conn, stepup_grant, mine, {"collected": now})) == 1


def redeem(conn: Connection, jti: str, now: int) -> bool:
    """Use the token up. False if it was redeemed before."""
    _lock(conn, stepup_grant.c.jti == jti)
    mine = (stepup_grant.c.jti == jti) & stepup_grant.c.redeemed.is_(None)
    return len(integrity.change(conn, stepup_grant, mine, {"redeemed": now})) == 1


def redeem_part(conn: Connection, jti: str, records: int, now: int) -> int | None:
    """Use up ``records`` of a standing batch. How many are left; None where there were not so many."""
    _lock(conn, stepup_grant.c.jti == jti)
    grant = by_jti(conn, jti)
    if grant is None or grant.batch is None or grant.redeemed is not None or records < 1:
        return None
    left = grant.batch - (grant.used or 0) - records
    if left < 0:
        return None
    values = {"used": grant.batch - left, **({"redeemed": now} if left == 0 else {})}
    integrity.change(conn, stepup_grant, stepup_grant.c.jti == jti, values)
    return left


def end_batches(conn: Connection, person: str) -> int:
    """Standing batches that ``person`` asked for or agreed to are over for good: they do not come back with a right
    that does. How many. The trail keeps what was granted and used."""
    agreed = select(second_given.c.ceremony).where(second_given.c.person == person)
    mine = (stepup_grant.c.person == person) | stepup_grant.c.ceremony.in_(agreed)
    going_on = mine & stepup_grant.c.batch.is_not(None) & stepup_grant.c.redeemed.is_(None)
    _lock(conn, going_on)
    return len(integrity.remove(conn, stepup_grant, going_on))


def purge(conn: Connection, before: int) -> int:
    """Forget grants whose tokens expired before ``before``, the oldest first and not too many: the trail keeps what was
    granted. How many."""
    old = select(stepup_grant.c.request_id).where(stepup_grant.c.expires < before).order_by(stepup_grant.c.expires)
    some = stepup_grant.c.request_id.in_(list(conn.execute(old.limit(AT_ONCE)).scalars()))
    _lock(conn, some)
    return len(integrity.remove(conn, stepup_grant, some))


def _lock(conn: Connection, where: ColumnElement[bool]) -> None:
    """Lock whom these grants are for, before anything of them is changed."""
    manifests.lock(conn, *conn.execute(select(stepup_grant.c.person).where(where).distinct()).scalars())


def _one(conn: Connection, where: ColumnElement[bool]) -> StepUpGrant | None:
    row = integrity.one(conn, stepup_grant, where)
    if row is None:
        return None
    return StepUpGrant(**{name: getattr(row, name) for name in StepUpGrant.__dataclass_fields__})
