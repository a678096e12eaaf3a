"""Makes the stores and the service's fixtures known to the tests of this folder."""

from __future__ import annotations

from tests.fakes.hospitals import either, in_memory, service
from tests.fakes.stores import database, database_url, migrated_file, postgres, sqlite

__all__ = [
    "database",
    "database_url",
    "either",
    "in_memory",
    "migrated_file",
    "postgres",
    "service",
    "sqlite",
]
