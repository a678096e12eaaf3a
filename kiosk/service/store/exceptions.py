"""Exceptions from the rules: written down, answered for, looked at again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from kiosk.service.store.schema import policy_exception


@dataclass(frozen=True, slots=True)
class NewException:
    """``rule``: what does not hold; ``covers``: for whom or where; ``control``: what is done instead.

    ``person``: the id, where it is about one. ``review``: epoch seconds.
    """

    rule: str
    covers: str
    person: str | None
    owner: str
    reason: str
    control: str
    review: int


def add(conn: Connection, new: NewException, by: str, now: int) -> int:
    """Its number, from 1."""
    number = (conn.execute(select(func.max(policy_exception.c.id))).scalar() or 0) + 1
    conn.execute(insert(policy_exception).values(id=number, **asdict(new), opened=now, opened_by=by))
    return number


def find(conn: Connection, number: int) -> Row[Any] | None:
    """The exception of that number, open or closed."""
    return conn.execute(select(policy_exception).where(policy_exception.c.id == number)).one_or_none()


def every(conn: Connection) -> list[Row[Any]]:
    """All that were ever made, by number."""
    return list(conn.execute(select(policy_exception).order_by(policy_exception.c.id)))


def close(conn: Connection, number: int, by: str, outcome: str, now: int) -> None:
    """The rule holds again."""
    mine = policy_exception.c.id == number
    conn.execute(update(policy_exception).where(mine).values(closed=now, closed_by=by, outcome=outcome))
