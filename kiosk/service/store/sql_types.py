"""What SQLAlchemy Core types with ``Any``, named once, each with the reason. Nobody else writes ``Any`` for it.

Core's tables are values: no type checker knows what a column of theirs holds, so ``select(table)`` is typed to give
rows of ``Any`` (ORM classes would be typed, and cost what decision 9 says). What is read from a row is put into a
frozen dataclass by the function that read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, CursorResult, Row, RowMapping, Select

StoredRow = Row[Any]
"""A row as found: ``select(table)`` has no other type."""
FoundRows = CursorResult[Any]
"""Rows as they come: what ``execute`` gives for such a select."""
AnyColumn = Column[Any]
"""A column of whatever type: ``table.c[name]`` has no other."""
AnyExpression = ColumnElement[Any]
"""An expression over columns of whatever type."""
AnySelect = Select[*tuple[Any, ...]]
"""A select of whole tables."""
StoredValues = Mapping[str, Any] | RowMapping
"""The values of such a row, by column."""
