"""Fixtures: a service in this process, and one on each kind of database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes import postgres
from tests.fakes.service import Hospital, hospital


@pytest.fixture(scope="session")
def hospital_cluster() -> Iterator[postgres.Cluster]:
    """A private PostgreSQL cluster."""
    with postgres.cluster() as running:
        yield running


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[Hospital]:
    """On SQLite."""
    async with hospital(tmp_path / "data") as running:
        yield running


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hospital]:
    """On SQLite, then on PostgreSQL."""
    url = ""
    if request.param == "postgresql":
        url = await asyncio.to_thread(request.getfixturevalue("hospital_cluster").fresh)
    async with hospital(tmp_path / "data", url) as running:
        yield running
