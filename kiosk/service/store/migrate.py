"""Alembic, run from inside: no ini file, no command line, the steps packaged beside this file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from kiosk.service.store import adopting, carrying_cases, manifests, marking
from kiosk.service.store.errors import StoreDownError, named
from kiosk.service.store.postgres import PostgresStore
from kiosk.service.store.sqlite import SqliteStore

T = TypeVar("T")
UTF8 = "UTF8"
CREATEDB = "createdb --encoding=UTF8 --template=template0 NAME"
STEPS = Path(__file__).parent / "migrations"


def upgrade(conn: Connection) -> int:
    """All missing steps, inside ``conn``'s transaction; how many rows of before got their codes.

    Raises ``StoreError``.
    """
    upgrade_to(conn, "head")
    adopted = adopting.adopt(conn)
    marking.mark_openings(conn)
    carrying_cases.carry_over(conn)
    manifests.flush(conn)
    return adopted


def upgrade_to(conn: Connection, revision: str) -> None:
    """The missing steps up to ``revision`` alone, and nothing about rows. Raises ``StoreError``."""
    config = _config()
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, revision)
    except CommandError:
        raise StoreDownError(
            "This database was made by a newer version of kiosk. Run that version, or restore a matching backup."
        ) from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    return config


def newest() -> str:
    """The last step that this program knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision_of(conn: Connection) -> str:
    """The last step that this database has taken; empty for none."""
    if not inspect(conn).has_table("alembic_version"):
        return ""
    return str(conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def upgrade_sqlite(store: SqliteStore) -> int:
    """As ``upgrade``. Raises ``StoreError``; the transaction is taken back then."""
    return store.write(upgrade)


async def upgrade_postgres(store: PostgresStore) -> int:
    """As ``upgrade``. Raises ``StoreError``; the transaction is taken back then."""
    return await build_postgres(store, upgrade)


async def build_postgres(store: PostgresStore, fn: Callable[[Connection], T]) -> T:
    """What ``fn`` returns, which makes or drops tables, in one transaction. Raises ``StoreError``."""
    try:
        async with store.engine.begin() as conn:
            await conn.exec_driver_sql("SET LOCAL lock_timeout = '10s'")  # for tables that another replica uses
            await conn.run_sync(_takes_every_name)
            return await conn.run_sync(_whole, fn)
    except (SQLAlchemyError, OSError) as error:
        raise named(error) from None


def _whole(conn: Connection, fn: Callable[[Connection], T]) -> T:
    done = fn(conn)
    manifests.finish(conn)
    return done


def _takes_every_name(conn: Connection) -> None:
    """Refuse a new database in another encoding than UTF-8, as createdb makes where the server's locale is ``C``."""
    encoding = encoding_of(conn)
    if encoding != UTF8 and not inspect(conn).has_table("alembic_version"):
        raise StoreDownError(f"{lacks_letters(encoding)} Make it anew: {CREATEDB}")


def encoding_of(conn: Connection) -> str:
    """What PostgreSQL calls the encoding of this database, such as ``UTF8``; SQLite's is always that."""
    if conn.dialect.name != "postgresql":
        return UTF8
    return str(conn.exec_driver_sql("SHOW server_encoding").scalar_one())


def lacks_letters(encoding: str) -> str:
    """The sentence about a database in another encoding than UTF-8."""
    return f"The database's encoding is {encoding}, which has not the letters of every name."
