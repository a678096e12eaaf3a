"""Exceptions from the rules: written down, answered for, looked at again."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select

from kiosk.service.store import integrity
from kiosk.service.store.schema import policy_exception
from kiosk.service.store.sql_types import StoredRow


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
    integrity.add(conn, policy_exception, {"id": number, **asdict(new), "opened": now, "opened_by": by})
    return number


def find(conn: Connection, number: int) -> StoredRow | None:
    """The exception of that number, open or closed."""
    return integrity.one(conn, policy_exception, policy_exception.c.id == number)


def every(conn: Connection) -> list[StoredRow]:
    """All that were ever made, by number."""
    return integrity.rows(conn, policy_exception, order=(policy_exception.c.id,), skip=True)


def close(conn: Connection, number: int, by: str, outcome: str, now: int) -> None:
    """The rule holds again."""
    mine = policy_exception.c.id == number
    integrity.change(conn, policy_exception, mine, {"closed": now, "closed_by": by, "outcome": outcome})
