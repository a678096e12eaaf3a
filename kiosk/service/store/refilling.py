"""A database that is made anew from rows that were kept elsewhere, as they stood there, with their codes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, TableClause, column, func, inspect, select, table, text

from kiosk.service.store.carrying_cases import OLD_NAME
from kiosk.service.store.columns import METADATA
from kiosk.service.store.schema import station_event

TOGETHER = 500
_FUNCTIONS = text(
    "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname ~ '^kiosk_'"
)
Values = Sequence[str | int | float | bytes | bool | None]


def is_empty(conn: Connection) -> bool:
    """Whether nothing of a service is in it, not even an empty table."""
    return not set(inspect(conn).get_table_names()) & {*METADATA.tables, "alembic_version"}


def drop_everything(conn: Connection) -> None:
    """Take away every table of the service's, with what is in it."""
    there = set(inspect(conn).get_table_names())
    if OLD_NAME in there:  # of an earlier version
        conn.execute(text(f'DROP TABLE "{OLD_NAME}"'))
    for found in reversed(METADATA.sorted_tables):
        if found.name in there:
            conn.execute(text(f'DROP TABLE "{found.name}"'))
    if "alembic_version" in there:
        conn.execute(text("DROP TABLE alembic_version"))
    if conn.dialect.name == "postgresql":
        for name in conn.execute(_FUNCTIONS).scalars().all():
            conn.execute(text(f"DROP FUNCTION {name}"))


class Refill:
    """Takes rows in the order in which their tables depend on one another. ``end`` must follow."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._into: TableClause | None = None
        self._columns: tuple[str, ...] = ()
        self._waiting: list[dict[str, object]] = []

    def row(self, name: str, columns: tuple[str, ...], values: Values) -> None:
        """One row of the table ``name``."""
        if self._into is None or self._into.name != name or self._columns != columns:
            self._send()
            self._into, self._columns = table(name, *(column(each) for each in columns)), columns
        self._waiting.append(dict(zip(columns, values, strict=True)))
        if len(self._waiting) >= TOGETHER:
            self._send()

    def end(self) -> None:
        """Whatever waits; and new events are numbered after those that are there."""
        self._send()
        if self._conn.dialect.name == "postgresql":
            newest = self._conn.execute(select(func.max(station_event.c.id))).scalar() or 0
            sequence = func.pg_get_serial_sequence(station_event.name, "id")
            self._conn.execute(select(func.setval(sequence, newest + 1, False)))

    def _send(self) -> None:
        if self._waiting and self._into is not None:
            self._conn.execute(self._into.insert(), self._waiting)
        self._waiting = []
