"""Rows are locked in one order (decision 33): an application's counter after the head of the service's chain."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.openid import wing
from tests.fakes.postgres import Cluster
from tests.fakes.service import Hospital, hospital
from tests.fakes.stores import empty_store

HEAD = re.compile(r"execute [^:]*: .*FROM audit_chain.*FOR NO KEY UPDATE", re.IGNORECASE)
COUNTER = re.compile(r"execute [^:]*: .*INSERT INTO spending", re.IGNORECASE)


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
async def test_whoever_replays_a_code_or_a_refresh_token_pays_after_the_row_is_written(
    logged: Hospital, hospital_cluster: Cluster
) -> None:
    made = await wing(logged)
    got = await made.browser.sign_in(made.app)
    tokens = (await made.app.exchange(got)).json()
    other = await made.tokens()
    assert (await made.app.refresh(other["refresh_token"])).status_code == 200
    for again in (made.app.exchange(got), made.app.refresh(other["refresh_token"])):
        before = len(hospital_cluster.log())
        assert (await again).json()["error"] == "invalid_grant"
        lines = hospital_cluster.log()[before:].splitlines()
        heads = [at for at, line in enumerate(lines) if HEAD.search(line)]
        counters = [at for at, line in enumerate(lines) if COUNTER.search(line)]
        assert heads, "\n".join(lines)
        assert counters, "\n".join(lines)
        assert heads[-1] < counters[0]
    assert tokens["refresh_token"] != other["refresh_token"]
