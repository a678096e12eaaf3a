"""How often a sign-in asks PostgreSQL, and waits: counted in the server's own log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.postgres import Cluster
from tests.fakes.service import Hospital, hospital
from tests.fakes.stores import empty_store

ADA, BEN = "04A1B2C3D4E5F6", "04B1B2C3D4E5F6"
MAX_COUNT = 8
ASKED = re.compile(r"duration: [\d.]+ ms  (statement|parse|execute) ?[^:]*: (.*)")
"""One line each for what a client sends and waits for: a plain statement, one to be prepared, and one that is."""


@pytest_asyncio.fixture
async def logged(hospital_cluster: Cluster, in_memory: Path) -> AsyncIterator[Hospital]:
    """A hospital on a database whose every statement is in the server's log."""
    url = await asyncio.to_thread(empty_store, hospital_cluster)
    name = url.rpartition("/")[2]
    await asyncio.to_thread(hospital_cluster.sql, f"ALTER DATABASE {name} SET log_min_duration_statement = 0")
    async with hospital(in_memory / "data", url, migrated=True) as running:
        yield running
    await asyncio.to_thread(hospital_cluster.drop, url)


@pytest.mark.postgres
async def test_a_sign_in_within_grace_asks_eight_times_at_most(logged: Hospital, hospital_cluster: Cluster) -> None:
    here, there = await logged.station(), await logged.station("ward-3-b")
    for login, uid in (("ada", ADA), ("ben", BEN)):
        await logged.badge(await logged.person(login), uid)
        await here.open(uid)

    async def asked(station: str, uid: str) -> list[str]:
        before = len(hospital_cluster.log())
        answer = await {"here": here, "there": there}[station].tap(uid)
        assert answer.body["state"] == "done", answer.body
        lines = hospital_cluster.log()[before:].splitlines()
        return [found[0] for line in lines if (found := ASKED.search(line))]

    moves = (("here", ADA), ("there", ADA), ("there", BEN), ("there", BEN), ("here", BEN))
    for at in range(3):
        for station, uid in moves:
            trips = await asked(station, uid)
            # Before, statements are prepared, once a connection.
            assert at < 2 or 3 < len(trips) <= MAX_COUNT, "\n".join(trips)
