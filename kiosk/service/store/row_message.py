"""What a row's code is over, byte by byte: each column that is not NULL as name, kind, length and bytes.

No two rows have the same message, and a column that is added later, empty, changes none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sqlalchemy import BigInteger, Boolean, DefaultClause, Integer, LargeBinary, Table

from kiosk.service.store.guarded import GUARDS, Guard, Values
from kiosk.service.store.sql_types import AnyColumn


def message(guard: Guard, values: Values) -> bytes:
    """What a row's code is over, besides table, key number and revision."""
    parts: list[bytes] = []
    for begin, name, encode in _encoders(guard.table):
        value = values[name]
        if value is not None:
            data = encode(value)
            parts += (begin, b"%d:" % len(data), data)
    return b"".join(parts)


@cache
def plan_of(table: Table, columns: tuple[str, ...]) -> list[tuple[bytes, int | None, Callable[[object], bytes]]]:
    """``message`` for many rows of ``columns``: where each value stands; None for a default, with its bytes."""
    found: list[tuple[bytes, int | None, Callable[[object], bytes]]] = []
    for begin, name, encode in _encoders(table):
        fixed = defaults(table)[name]
        if name in columns:
            found.append((begin, columns.index(name), encode))
        elif fixed is not None:
            data = encode(fixed)
            found.append((b"%s%d:%s" % (begin, len(data), data), None, encode))
    return found


@cache
def defaults(table: Table) -> dict[str, object]:
    """What each column holds if nothing is said: its default in the schema, else NULL."""
    return {column.name: _default(column) for column in table.c if column.name != "mac"}


def _default(column: AnyColumn) -> object:
    if not isinstance(column.server_default, DefaultClause):
        return None
    if isinstance(column.type, Boolean):
        return False
    said = str(column.server_default.arg)
    return int(said) if isinstance(column.type, BigInteger | Integer) else said


@cache
def _encoders(table: Table) -> tuple[tuple[bytes, str, Callable[[object], bytes]], ...]:
    guard = GUARDS.get(table.name) or Guard(table)  # a table of an earlier version has none
    return tuple(_encoder(column) for column in guard.columns)


def _encoder(column: AnyColumn) -> tuple[bytes, str, Callable[[object], bytes]]:
    kinds = ((Boolean, b"b", _truth), (Integer, b"i", _number), (LargeBinary, b"o", _octets))
    mark, encode = next(((m, e) for kind, m, e in kinds if isinstance(column.type, kind)), (b"t", _utf8))
    return b"%s;%s;" % (column.name.encode("ascii"), mark), column.name, encode


def _truth(value: object) -> bytes:
    return b"1" if value else b"0"


def _number(value: object) -> bytes:
    return b"%d" % value if isinstance(value, int) else _odd(value)


def _octets(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else _odd(value)


def _utf8(value: object) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else _odd(value)


def _odd(value: object) -> bytes:
    """A column of SQLite can hold a value of another kind; such a row has no right code, whatever that is."""
    return b"\xff" + repr(value).encode("utf-8", "backslashreplace")
