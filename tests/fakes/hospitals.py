"""Fixtures: a service in this process, and one on each kind of database."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.memory import memory
from tests.fakes.postgres import Cluster
from tests.fakes.service import Hospital, hospital
from tests.fakes.stores import empty_store


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder in memory where there is one: these tests write durably some thousand times, and need not."""
    with tempfile.TemporaryDirectory(prefix="kiosk-", dir=memory()) as folder:
        yield Path(folder)


@pytest_asyncio.fixture
async def service(in_memory: Path) -> AsyncIterator[Hospital]:
    """On SQLite."""
    async with hospital(in_memory / "data") as running:
        yield running


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def either(request: pytest.FixtureRequest, in_memory: Path) -> AsyncIterator[Hospital]:
    """On SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        async with hospital(in_memory / "data") as running:
            yield running
        return
    cluster: Cluster = request.getfixturevalue("hospital_cluster")
    url = await asyncio.to_thread(empty_store, cluster)
    async with hospital(in_memory / "data", url, migrated=True) as running:
        yield running
    await asyncio.to_thread(cluster.drop, url)
