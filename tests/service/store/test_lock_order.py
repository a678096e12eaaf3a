"""Rows are locked in one order (decision 33): an application's counter after the head of the service's chain."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.openid import wing
from tests.fakes.postgres import Cluster
from tests.fakes.service import Hospital, hospital
from tests.fakes.stores import empty_store

HEAD = re.compile(r"FROM audit_chain\s+WHERE audit_chain\.chain = \S+ FOR NO KEY UPDATE")
COUNTER = re.compile(r"INSERT INTO spending")


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
    assert (await made.app.exchange(got)).status_code == 200
    used = (await made.tokens())["refresh_token"]
    assert (await made.app.refresh(used)).status_code == 200
    for again in (functools.partial(made.app.exchange, got), functools.partial(made.app.refresh, used)):
        before = len(hospital_cluster.log())
        assert (await again()).json()["error"] == "invalid_grant"
        told = hospital_cluster.log()[before:]
        head, counter = HEAD.search(told), COUNTER.search(told)
        assert head is not None, told
        assert counter is not None, told
        assert head.start() < counter.start(), told
