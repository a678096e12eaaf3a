"""A migrated, empty store on both databases, for the tests of the store and of the audit trail."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kiosk.service.platform.opening_marks import OpeningMarks
from kiosk.service.platform.pin_keys import PinKeys
from kiosk.service.platform.row_keys import RowGuard, RowKeys
from kiosk.service.store.database import Database, sqlite_url
from tests.fakes.kept_database import KeptDatabase
from tests.fakes.memory import memory
from tests.fakes.postgres import Cluster

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def guard(*numbers: int, adopting: bool = False) -> RowGuard:
    """Keys for a store without a service around it; the highest of ``numbers`` writes."""
    keys = {number: bytes([number]) * 32 for number in numbers or (1,)}
    pins, marks = PinKeys("1", {"1": b"p" * 32}), OpeningMarks("1", {"1": b"m" * 32})
    return RowGuard(RowKeys(max(keys), keys, adopting=adopting), pins, marks)


@cache
def _template(cluster: Cluster) -> str:
    """The name of a migrated database; copying it takes a tenth of the time that migrating does."""
    url = cluster.fresh()
    database = Database(url, guard())
    database.migrate_now()
    database.close_now()
    return url.rpartition("/")[2]


def empty_store(cluster: Cluster) -> str:
    """The URL of a migrated, empty database."""
    return cluster.fresh(_template(cluster))


@cache
def _migrated() -> Path:
    """Once a process, however many rooms ask for it."""
    holder = tempfile.TemporaryDirectory(prefix="kiosk-migrated-", ignore_cleanup_errors=True)
    atexit.register(holder.cleanup)
    path = Path(holder.name) / "kiosk.db"
    database = Database(sqlite_url(path), guard())
    database.migrate_now()
    database.close_now()
    return path


def empty_file(path: Path) -> str:
    """The URL of a migrated, empty SQLite database, made at ``path``."""
    shutil.copy(_migrated(), path)
    return sqlite_url(path)


@pytest.fixture
def migrated_file() -> Path:
    """A migrated SQLite file, to be copied."""
    return _migrated()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, migrated_file: Path) -> Iterator[str]:
    """Where a migrated, empty database is."""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("hospital_cluster")
        url = empty_store(cluster)
        yield url
        cluster.drop(url)
    else:
        with tempfile.TemporaryDirectory(prefix="kiosk-", dir=memory()) as folder:
            shutil.copy(migrated_file, Path(folder) / "kiosk.db")
            yield sqlite_url(Path(folder) / "kiosk.db")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = KeptDatabase(database_url, guard())
    yield opened
    opened.leave()


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database."""
    cluster: Cluster = request.getfixturevalue("hospital_cluster")
    opened = KeptDatabase(empty_store(cluster), guard())
    yield opened
    opened.leave()
    cluster.drop(opened.url)


@pytest.fixture
def sqlite(tmp_path: Path, migrated_file: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database."""
    shutil.copy(migrated_file, tmp_path / "kiosk.db")
    opened = Database(sqlite_url(tmp_path / "kiosk.db"), guard())
    yield opened
    opened.close_now()
