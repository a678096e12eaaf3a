"""What one write transaction on PostgreSQL keeps of itself: whom it has locked, and what it sends together.

Decision 33. A change that nobody waits for is sent with those that follow it, in one statement, at the latest before
the next other statement: so every statement sees all changes before it, as on SQLite. There no books are kept
(``unit_of`` is None): its one writer is alone, and asks nobody over a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update, func, literal_column, select

from kiosk.service.store.sql_types import AnySelect

OPTION = "kiosk_unit"
MAX_TOGETHER = 12
"""Changes in one statement."""
Change = Insert | Update | Delete
Make = Callable[[str], Change]
"""A statement whose parameters' names begin with what it is called with."""


class OutdatedError(Exception):
    """What was read is not what counts any more: the transaction is run again, and locks ``subjects`` first."""

    def __init__(self, subjects: Iterable[str] = ()) -> None:
        super().__init__("somebody else was quicker")
        self.subjects = frozenset(subjects)


@dataclass(frozen=True, slots=True)
class Later:
    """A change that waits. ``sure``: it has to change a row. ``back``: hears what it returns of the first row."""

    make: Make
    values: dict[str, object]
    sure: bool
    back: Callable[[Sequence[Any]], None] | None


@dataclass(slots=True)
class Unit:
    """``locked``: subjects whose manifests nobody else changes now. ``late``: those of them that were locked after
    something may have been read. ``last``: run before the transaction ends. ``kept``: rows under a lock of ours.
    ``final``: it is not run again for what does not fit together."""

    final: bool = False
    locked: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    waiting: list[Later] = field(default_factory=list)
    last: list[Callable[[Connection], None]] = field(default_factory=list)
    kept: dict[tuple[str, str], Any] = field(default_factory=dict)


def unit_of(conn: Connection) -> Unit | None:
    """The books of this transaction; None where none are kept: on SQLite, and where nothing is written."""
    found = conn.get_execution_options().get(OPTION)
    return found if isinstance(found, Unit) else None


def misfit(conn: Connection, subject: str) -> None:
    """Something of ``subject`` does not fit to what is known of it. Raises ``OutdatedError`` where that may be because
    the two were read one after the other, while somebody else changed both; nothing where it is so indeed."""
    unit = unit_of(conn)
    if unit is not None and not unit.final and subject not in unit.locked:
        raise OutdatedError((subject,))


def later(
    conn: Connection,
    make: Make,
    values: dict[str, object],
    *,
    sure: bool = False,
    back: Callable[[Sequence[Any]], None] | None = None,
) -> None:
    """Send this change with others; at once where no books are kept. ``make``: one of a few functions that are kept.

    Raises ``OutdatedError``, now or when it is sent, where it is ``sure`` and changed nothing.
    """
    one, unit = Later(make, values, sure, back), unit_of(conn)
    if unit is None:
        _alone(conn, one)
    else:
        unit.waiting.append(one)


def send(conn: Connection) -> None:
    """What waits, in as few statements as it takes."""
    unit = unit_of(conn)
    while unit is not None and unit.waiting:
        some, unit.waiting = unit.waiting[:MAX_TOGETHER], unit.waiting[MAX_TOGETHER:]
        rest, unit.waiting = unit.waiting, []
        if len(some) == 1:
            _alone(conn, some[0])
        else:
            _together(conn, some)
        unit.waiting = rest + unit.waiting


def send_all(conn: Connection) -> None:
    """``send``, with what is to be last."""
    unit = unit_of(conn)
    if unit is not None:
        last, unit.last = unit.last, []
        for item in last:
            item(conn)
        send(conn)


def _alone(conn: Connection, one: Later) -> None:
    done = conn.execute(_plain(one.make), {f"p{name}": value for name, value in one.values.items()})
    if one.sure and done.rowcount != 1:
        raise OutdatedError
    if one.back is not None:
        one.back(done.one())


@lru_cache(maxsize=64)
def _plain(make: Make) -> Change:
    return make("p")


def _together(conn: Connection, some: Sequence[Later]) -> None:
    statement = _joined(tuple((person.make, person.back is not None) for person in some))
    values = {f"p{at}_{name}": value for at, item in enumerate(some) for name, value in item.values.items()}
    answers = iter(conn.execute(statement, values).one())
    for person in some:
        if person.back is not None:
            person.back([next(answers) for _ in _plain(person.make).exported_columns])
        elif next(answers) != 1 and person.sure:
            raise OutdatedError


@lru_cache(maxsize=256)
def _joined(shape: tuple[tuple[Make, bool], ...]) -> AnySelect:
    """One statement of several changes (PostgreSQL manual, section 7.8.4): each sees the same snapshot, so no two of
    them may be about one row."""
    parts, columns = [], []
    for at, (make, back) in enumerate(shape):
        change = make(f"p{at}_")
        part = (change if back else change.returning(literal_column("1").label("done"))).cte(f"change{at}")
        parts.append(part)
        if back:
            columns += [select(column).scalar_subquery() for column in part.c]
        else:
            columns.append(select(func.count()).select_from(part).scalar_subquery())
    return select(*columns).add_cte(*parts)
