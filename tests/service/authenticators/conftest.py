"""Makes the stores known to the tests of this folder."""

from __future__ import annotations

from tests.fakes.stores import database, database_url, migrated_file, postgres, sqlite

__all__ = ["database", "database_url", "migrated_file", "postgres", "sqlite"]
