"""SQLite keeps a value of any kind in any column: whether somebody wrote one there that the column is not for.

PostgreSQL refuses such a value itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Boolean, ColumnElement, Connection, Integer, LargeBinary, Table, func, or_, select

from kiosk.service.store.sql_types import AnyColumn

KINDS: tuple[tuple[type, str], ...] = ((Boolean, "integer"), (Integer, "integer"), (LargeBinary, "blob"))
"""What SQLite calls the values of each type of column; of all others ``text``. A BigInteger is an Integer."""


@dataclass(frozen=True, slots=True)
class OddValue:
    """Where a value of another kind stands. ``key``: the row's primary key, column by column: texts and numbers as they
    are, octets as ``X'…'``."""

    table: str
    column: str
    key: tuple[str, ...]


def first_odd(conn: Connection, tables: Iterable[Table]) -> OddValue | None:
    """The first value of another kind in ``tables``, in their order; None for none, and on PostgreSQL."""
    if conn.dialect.name != "sqlite":
        return None
    for table in tables:
        keys = [func.quote(column) for column in table.primary_key.columns]
        odd = [_is_odd(column).label(column.name) for column in table.c]
        found = conn.execute(select(*keys).where(or_(*odd)).limit(1)).first()
        if found is None:
            continue
        this = [key == said for key, said in zip(keys, found, strict=True)]
        kinds = conn.execute(select(*odd).where(*this)).mappings().one()
        column = next(name for name, is_odd in kinds.items() if is_odd)
        return OddValue(table.name, column, tuple(_read(value) for value in found))
    return None


def _read(quoted: str) -> str:
    """As it is, of what SQLite's ``quote`` said."""
    return quoted[1:-1].replace("''", "'") if quoted.startswith("'") else quoted


def _is_odd(column: AnyColumn) -> ColumnElement[bool]:
    wanted = {next((name for kind, name in KINDS if isinstance(column.type, kind)), "text")}
    if column.nullable:
        wanted.add("null")
    return func.typeof(column).not_in(sorted(wanted))
