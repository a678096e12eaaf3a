"""Many rows into one table at once, as fast as each database takes them.

PostgreSQL gets them by COPY, which it reads while the rows that follow are still being made; SQLite by one prepared
statement. Values go to the driver as they are: text, bytes, whole numbers, True, False and None alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import asyncpg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.util import await_only

from kiosk.service.store.errors import StoreRefusedError

Value = str | bytes | int | None


def add_rows(conn: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Insert ``rows``, each a value a column of ``columns``, in ``conn``'s transaction.

    Raises ``SQLAlchemyError``, which the store names; ``StoreRefusedError`` for what no column can hold.
    """
    if conn.dialect.name == "postgresql":
        _copy(conn, table, columns, rows)
        return
    waiting = list(rows)
    if waiting:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  (our own names)
        conn.exec_driver_sql(statement, waiting)


def _copy(conn: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    driver = cast("asyncpg.Connection", conn.connection.driver_connection)
    if not driver.is_in_transaction():  # SQLAlchemy begins one with its first statement
        conn.exec_driver_sql("SELECT 1")
    try:
        await_only(driver.copy_records_to_table(table.name, columns=list(columns), records=rows))
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(None, None, error) from None
    except asyncpg.PostgresError as error:
        raise DBAPIError(None, None, error) from None
    except (UnicodeEncodeError, OverflowError):  # asyncpg's own, for half a character or a number past 64 bits
        raise StoreRefusedError from None
