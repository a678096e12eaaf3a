"""Kinds of columns that every table is made of, and the collection that all tables belong to."""

from __future__ import annotations

from typing import TypedDict, Unpack

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    false,
    literal_column,
    text,
)

from kiosk.service.store.sql_types import AnyColumn


class More(TypedDict, total=False):
    """What else a column may be told, as SQLAlchemy's ``Column`` takes it."""

    index: bool
    unique: bool
    primary_key: bool
    server_default: str


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def belongs(to: str) -> ForeignKey:
    """A reference to another table's key. Nothing that is referred to can be deleted."""
    return ForeignKey(to, ondelete="RESTRICT")


def time(name: str, *, optional: bool = False, **more: Unpack[More]) -> Column[int]:
    """Whole seconds since the epoch."""
    return Column(name, BigInteger, nullable=optional, **more)


def number(name: str, *, optional: bool = False, **more: Unpack[More]) -> Column[int]:
    """A 64-bit whole number."""
    return Column(name, BigInteger, nullable=optional, **more)


def words(name: str, *, optional: bool = False, **more: Unpack[More]) -> Column[str]:
    """Text of any length."""
    return Column(name, Text, nullable=optional, **more)


def flag(name: str) -> Column[bool]:
    """True or false; false unless said."""
    return Column(name, Boolean, nullable=False, server_default=false())


def mac() -> Column[bytes]:
    """What shows that the service wrote the row; see ``integrity``. Without it the row is not believed."""
    return Column("mac", LargeBinary, nullable=True)


def suspendable() -> tuple[AnyColumn, ...]:
    """Of something that a person proves with: when it last did, and since when and why it may not."""
    return time("last_used", optional=True), time("suspended", optional=True), words("suspended_why", optional=True)


def unique_where(name: str, columns: tuple[AnyColumn, ...], where: str) -> Index:
    """A unique index over the rows for which ``where`` holds, on both databases."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


def index_where(name: str, column: AnyColumn, where: str) -> Index:
    """An index over the rows for which ``where`` holds. A query uses it only if it says so in the same words, with no
    parameter in their place: ``being``."""
    return Index(name, column, sqlite_where=text(where), postgresql_where=text(where))


def being(column: AnyColumn, word: str) -> ColumnElement[bool]:
    """``column = 'word'``, in so many words."""
    return column == literal_column(f"'{word}'")
