"""Alembic, run from inside: no ini file, no command line, the steps packaged beside this file."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from kiosk.service.store.errors import StoreDown, named
from kiosk.service.store.postgres import PostgresStore
from kiosk.service.store.sqlite import SqliteStore

STEPS = Path(__file__).parent / "migrations"


def upgrade(conn: Connection) -> None:
    """All missing steps, inside ``conn``'s transaction. Raises ``StoreError``."""
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise StoreDown(
            "This database was made by a newer version of kiosk. Run that version, or restore a matching backup."
        ) from None


def upgrade_sqlite(store: SqliteStore) -> None:
    """Raises ``StoreError``; the transaction is taken back then."""
    store.write(upgrade)


async def upgrade_postgres(store: PostgresStore) -> None:
    """Raises ``StoreError``; the transaction is taken back then."""
    try:
        async with store.engine.begin() as conn:
            await conn.run_sync(upgrade)
    except (SQLAlchemyError, OSError) as error:
        raise named(error) from None
