"""Rows of several tables in one question, and each of them again in what comes back.

A statement costs more to ask than to answer, so what is always wanted together is asked together; and each row still
has to be verified by itself, with every column that it has.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import FromClause, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kiosk.service.store.sql_types import AnyExpression, StoredValues

BETWEEN = "\x1f"


class InOneText(FunctionElement[str]):
    """The values of a column of several rows in one text, with ``BETWEEN`` between them; NULL for none.

    SQLAlchemy's own (``aggregate_strings``) writes what is between into the statement anew each time it is run.
    """

    inherit_cache = True
    type = Text()


@compiles(InOneText, "sqlite")
def _sqlite(element: InOneText, compiler: SQLCompiler, **options: object) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)}, char({ord(BETWEEN)}))"


@compiles(InOneText, "postgresql")
def _postgresql(element: InOneText, compiler: SQLCompiler, **options: object) -> str:
    return f"string_agg({compiler.process(element.clauses, **options)}, chr({ord(BETWEEN)}))"


class JoinedTables:
    """``tables`` that a statement of one's own joins; the first column of each is never empty where it has a row."""

    def __init__(self, *tables: FromClause) -> None:
        self._names = [[column.name for column in table.c] for table in tables]
        self.columns: list[AnyExpression] = [
            column.label(f"of_{at}_{column.name}") for at, table in enumerate(tables) for column in table.c
        ]
        """To be selected first, in this order."""

    def rows_of(self, row: Sequence[object]) -> list[StoredValues | None]:
        """Each table's values by column; None where it has no row."""
        found: list[StoredValues | None] = []
        start = 0
        for names in self._names:
            values = row[start : start + len(names)]
            start += len(names)
            found.append(None if values[0] is None else dict(zip(names, values, strict=True)))
        return found
