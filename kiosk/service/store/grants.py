"""Granted step-ups: their tokens' claims, and whether they were collected and redeemed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from kiosk.service.store.schema import stepup_grant


@dataclass(frozen=True, slots=True)
class StepUpGrant:
    """One granted step-up. ``claims``: of its token. ``delivery``: to the program, or collected by the audience."""

    request_id: str
    ceremony: str
    session: str
    person: str
    workstation: str
    audience: str
    claims: dict[str, Any]
    jti: str
    delivery: Literal["direct", "collect"]
    issued: int
    expires: int
    collected: int | None = None
    redeemed: int | None = None


def add(conn: Connection, grant: StepUpGrant) -> None:
    """Record a grant."""
    values = {name: getattr(grant, name) for name in StepUpGrant.__dataclass_fields__}
    conn.execute(insert(stepup_grant).values(**{**values, "claims": json.dumps(grant.claims)}))


def by_request(conn: Connection, request_id: str) -> StepUpGrant | None:
    """The grant of that request."""
    return _one(conn, stepup_grant.c.request_id == request_id)


def by_jti(conn: Connection, jti: str) -> StepUpGrant | None:
    """The grant whose token has that ``jti``."""
    return _one(conn, stepup_grant.c.jti == jti)


def collect(conn: Connection, request_id: str, now: int) -> bool:
    """Hand the token out, once. False if it was collected before."""
    mine = (stepup_grant.c.request_id == request_id) & stepup_grant.c.collected.is_(None)
    return conn.execute(update(stepup_grant).where(mine).values(collected=now)).rowcount == 1


def redeem(conn: Connection, jti: str, now: int) -> bool:
    """Use the token up. False if it was redeemed before."""
    mine = (stepup_grant.c.jti == jti) & stepup_grant.c.redeemed.is_(None)
    return conn.execute(update(stepup_grant).where(mine).values(redeemed=now)).rowcount == 1


def purge(conn: Connection, before: int) -> int:
    """Forget grants whose tokens expired before ``before``: the trail keeps what was granted. How many."""
    return conn.execute(delete(stepup_grant).where(stepup_grant.c.expires < before)).rowcount


def _one(conn: Connection, where: Any) -> StepUpGrant | None:
    row = conn.execute(select(stepup_grant).where(where)).first()
    if row is None:
        return None
    values = {name: getattr(row, name) for name in StepUpGrant.__dataclass_fields__}
    return StepUpGrant(**{**values, "claims": json.loads(row.claims)})
