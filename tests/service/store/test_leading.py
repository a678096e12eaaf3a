"""One of several replicas leads, and another one soon after it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from kiosk.service.store import serving
from kiosk.service.store.errors import StoreBusyError
from kiosk.service.store.leading import LEASE, SILENCE, Leadership, SharedLeadership
from tests.fakes.postgres import Cluster

NAMED = "application_name = 'kiosk-leader'"


@asynccontextmanager
async def kept(lead: SharedLeadership) -> AsyncIterator[None]:
    task = asyncio.create_task(lead.keep())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(*several: SharedLeadership) -> SharedLeadership:
    """The one that leads; never two at a time."""
    async with asyncio.timeout(60):
        while True:
            leading = [lead for lead in several if lead.leads]
            assert len(leading) < 2
            if leading:
                return leading[0]
            await asyncio.sleep(0.02)  # looked at again


@pytest.mark.postgres
async def test_another_leads_once_the_first_is_gone_or_has_lost_its_connection(hospital_cluster: Cluster) -> None:
    url = hospital_cluster.fresh()
    name = url.rpartition("/")[2]
    one, two = SharedLeadership(url), SharedLeadership(url)
    assert not one.leads
    async with kept(two):
        async with kept(one):
            leader = await until(one, two)
            kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND {NAMED}"  # noqa: S608
            await asyncio.to_thread(hospital_cluster.sql, kill)
            async with asyncio.timeout(60):
                while leader.leads:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)  # looked at again
            await until(one, two)
        assert await until(one, two) is two
    assert not two.leads


@pytest.mark.postgres
async def test_whoever_was_stopped_does_not_believe_that_it_still_leads(hospital_cluster: Cluster) -> None:
    now = [0.0]
    lead = SharedLeadership(hospital_cluster.fresh(), lambda: now[0])
    async with kept(lead):
        assert await until(lead)
        now[0] = LEASE
        assert not lead.leads
    assert LEASE < SILENCE, "the server gives the place away only after the holder has given it up"


def test_the_only_process_leads() -> None:
    assert Leadership().leads


def test_one_sqlite_file_has_one_service_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(tmp_path)
    with (
        serving.alone(f"sqlite:///{tmp_path}/kiosk.db"),
        pytest.raises(StoreBusyError, match=r"Another service uses .*kiosk\.db already"),
        serving.alone(f"sqlite:///{tmp_path}/other/kiosk.db"),
    ):
        pass
    with serving.alone(f"sqlite:///{tmp_path}/kiosk.db"):
        pass
