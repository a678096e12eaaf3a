"""Alembic's entry: the connection is handed over by ``kiosk.service.store.migrate``."""

from __future__ import annotations

from alembic import context

from kiosk.service.store.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
