"""What a party has used up of its rows and bytes: a bucket that drains by the hour, in the database for all replicas.

A bucket holds what its party may add in an hour, and drains as much in an hour; so within any hour it takes twice that
at most, and on and on that. Levels are kept 3,600-fold, so that a second's share of any number is whole.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, Text, bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kiosk.service.store import manifests
from kiosk.service.store.schema import spending
from kiosk.service.store.unit import Make, later, send_all

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Amount:
    """Rows, and bytes that go with them; an allowance is so much an hour."""

    rows: int
    size: int

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.rows + other.rows, self.size + other.size)


NOTHING = Amount(0, 0)


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be added to a party's bucket, and what that party may add in an hour."""

    cost: Amount
    allowed: Amount


def left(conn: Connection, party: str, allowed: Amount, now: int) -> Amount:
    """What ``party`` may still add now; below nothing for one that is over."""
    row = conn.execute(select(spending).where(spending.c.party == party)).first()
    if row is None:
        return allowed
    gone = max(0, now - row.at)
    rows = max(0, row.rows - gone * allowed.rows)
    size = max(0, row.size - gone * allowed.size)
    return Amount(allowed.rows + -rows // HOUR, allowed.size + -size // HOUR)  # rounded down


def charge(conn: Connection, charges: Mapping[str, Charge], now: int) -> tuple[str, int] | None:
    """Add to each party's bucket. The first party that is over by it, and seconds until it is not; None if all hold it.

    Parties are taken in order, so that two transactions that charge the same ones never wait for each other.
    """
    levels: dict[str, Sequence[int]] = {}
    make = _CHARGES[conn.dialect.name]
    for party, cost in sorted(charges.items()):
        rows, size = cost.cost.rows * HOUR, cost.cost.size * HOUR
        values = {"party": party, "rows": rows, "size": size, "at": now}
        allowed = {"allowed_rows": cost.allowed.rows, "allowed_size": cost.allowed.size}
        later(conn, make, {**values, **allowed}, back=functools.partial(levels.__setitem__, party))
    manifests.flush(conn)  # who charges is done with everything else
    send_all(conn)
    over: tuple[str, int] | None = None
    for party, (rows, size) in levels.items():
        waits = (_wait(rows, charges[party].allowed.rows), _wait(size, charges[party].allowed.size))
        if max(waits) and over is None:
            over = party, max(waits)
    return over


def _charging(insert: Callable[[Table], Any]) -> Make:
    def make(prefix: str) -> Any:
        def value(name: str) -> ColumnElement[int]:
            return bindparam(prefix + name, type_=BigInteger())

        rows, size, at = value("rows"), value("size"), value("at")
        party = bindparam(f"{prefix}party", type_=Text())
        made = insert(spending).values(party=party, rows=rows, size=size, at=at, refused=0, told=0)
        gone = case((spending.c.at < at, at - spending.c.at), else_=0)
        again = {
            "rows": _drained(spending.c.rows, gone * value("allowed_rows")) + rows,
            "size": _drained(spending.c.size, gone * value("allowed_size")) + size,
            "at": at,
        }
        done = made.on_conflict_do_update(index_elements=["party"], set_=again)
        return done.returning(spending.c.rows.label("level"), spending.c.size)

    return make


def _drained(level: ColumnElement[int], gone: ColumnElement[int]) -> ColumnElement[int]:
    return case((level > gone, level - gone), else_=0)


def _wait(level: int, allowed: int) -> int:
    over = level - allowed * HOUR
    return -(-over // allowed) if over > 0 else 0


_CHARGES = {"postgresql": _charging(postgres_insert), "sqlite": _charging(sqlite_insert)}


def refuse(conn: Connection, party: str, number: int, now: int) -> int:
    """Count ``number`` refusals of ``party``. How many are to be told of now: once an hour, all since the last time."""
    new = postgres_insert if conn.dialect.name == "postgresql" else sqlite_insert
    made = new(spending).values(party=party, rows=0, size=0, at=now, refused=number, told=0)
    again = {"refused": spending.c.refused + number}
    statement = made.on_conflict_do_update(index_elements=["party"], set_=again)
    found = conn.execute(statement.returning(spending.c.refused, spending.c.told)).one()
    return _tell(conn, party, found.refused, now) if now - found.told >= HOUR else 0


def untold(conn: Connection, now: int) -> list[tuple[str, int]]:
    """Parties with refusals that nobody was told of for an hour, and how many; they count as told from now on."""
    due = conn.execute(
        select(spending.c.party, spending.c.refused).where(spending.c.refused > 0, spending.c.told <= now - HOUR)
    ).all()
    return [(row.party, _tell(conn, row.party, row.refused, now)) for row in due]


def _tell(conn: Connection, party: str, number: int, now: int) -> int:
    conn.execute(update(spending).where(spending.c.party == party).values(refused=0, told=now))
    return number


def purge(conn: Connection, now: int) -> int:
    """Forget parties whose buckets have been empty for a day. How many."""
    old = (spending.c.at < now - 24 * HOUR) & (spending.c.told < now - 24 * HOUR) & (spending.c.refused == 0)
    return conn.execute(delete(spending).where(old)).rowcount
