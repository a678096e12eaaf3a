"""One ``slapd`` for all tests of this room in a process, emptied for each that asks for it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.hospitals import either, in_memory, service
from tests.fakes.slapd import Slapd, running
from tests.fakes.stores import database, database_url, migrated_file, sqlite

__all__ = ["database", "database_url", "either", "in_memory", "migrated_file", "service", "sqlite"]


@pytest.fixture(scope="session")
def one_slapd() -> Iterator[Slapd]:
    """The server."""
    with tempfile.TemporaryDirectory(prefix="kiosk-slapd-") as folder, running(Path(folder) / "slapd") as server:
        yield server


@pytest.fixture
def slapd(one_slapd: Slapd) -> Slapd:
    """The same, with nobody in it."""
    one_slapd.empty()
    return one_slapd
