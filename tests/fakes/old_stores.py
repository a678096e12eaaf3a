"""A store as an earlier version left it, on both databases, for the tests of migrations."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from kiosk.service.store.database import Database, sqlite_url
from kiosk.service.store.migrate import STEPS
from tests.fakes.postgres import Cluster
from tests.fakes.stores import BOTH, guard

__all__ = ["BOTH", "left_at"]


def left_at(revision: str, request: pytest.FixtureRequest, folder: Path, kind: str) -> Database:
    """A new database with the tables of ``revision`` alone; ``kind`` is one of ``BOTH``. The caller closes it."""
    if kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("hospital_cluster")
        made = Database(cluster.fresh(), guard(adopting=True))
    else:
        made = Database(sqlite_url(folder / "old.db"), guard(adopting=True))

    def upgrade(conn: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
        config.attributes["connection"] = conn
        command.upgrade(config, revision)

    made.write_now(upgrade)
    return made
