"""What a request costs the database, counted and not timed: the same on an idle machine and on a busy one.

On PostgreSQL the rows that the server read (``pg_stat_xact_user_tables``), on SQLite the steps of its machine.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, event

from tests.fakes.service import Hospital


class Meter:
    """What the writer's transactions cost, and their statements."""

    def __init__(self, hospital: Hospital) -> None:
        self.cost = 0
        self.statements: list[tuple[str, Any]] = []
        db = hospital.db
        self.engine = db._sqlite.engine if db._sqlite is not None else db._postgres.engine.sync_engine  # type: ignore[union-attr]
        event.listen(self.engine, "before_cursor_execute", self._seen)
        if db._sqlite is not None:
            raw = self.engine.raw_connection()
            assert isinstance(raw.driver_connection, sqlite3.Connection)
            raw.driver_connection.set_progress_handler(self._step, 10)
            raw.close()
        else:
            event.listen(self.engine, "commit", self._rows)

    def _step(self) -> int:
        self.cost += 10
        return 0

    def _seen(self, _conn: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        self.statements.append((statement, parameters))

    def _rows(self, conn: Connection) -> None:
        asked = "SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables"
        self.cost += int(conn.exec_driver_sql(asked).scalar_one())


def plans_of(conn: Connection, statements: list[tuple[str, Any]], kind: str) -> list[str]:
    """A line each of how the database goes about what a tap asked of it."""
    explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
    found: list[str] = []
    for statement, parameters in statements:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and "pg_stat" not in statement:
            rows = conn.exec_driver_sql(explain + statement, parameters)
            found += [" ".join(map(str, row)) for row in rows]
    return found
