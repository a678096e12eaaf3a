"""Events are told in whatever order they are committed, and none is lost, though a lower id may come after a higher."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from kiosk.service.routes.event_order import GAP_SECONDS, LATE_SECONDS, EventOrder
from kiosk.service.store import events
from tests.fakes.client import Clock
from tests.fakes.postgres import Cluster
from tests.fakes.service import Hospital, hospital
from tests.fakes.stores import empty_store

ADD = "INSERT INTO station_event (workstation, kind, session, created) VALUES ($1, 'lock', $2, 1) RETURNING id"


def test_an_id_that_was_passed_over_is_looked_for_until_it_can_come_no_more() -> None:
    clock = Clock(0)
    order = EventOrder(clock)
    order.begin(10, [8, 10], 7)
    assert order.missing() == [7, 9]
    assert order.take(13) and order.missing() == [7, 9, 11, 12]
    assert order.take(11) and not order.take(11) and not order.take(13)
    assert sorted(order.late()) == [7, 9, 11, 12]
    clock.pass_by(GAP_SECONDS)
    assert order.missing() == [] and order.late() == [11]
    assert not order.take(12), "it came when nobody waited for it any more"
    clock.pass_by(LATE_SECONDS)
    assert order.late() == []


def test_what_is_remembered_has_an_end() -> None:
    order = EventOrder(Clock(0))
    assert order.take(1_000_000)
    assert len(order.missing()) < 5000


@pytest_asyncio.fixture
async def shared(hospital_cluster: Cluster, in_memory: Path) -> AsyncIterator[Hospital]:
    url = await asyncio.to_thread(empty_store, hospital_cluster)
    async with hospital(in_memory / "data", url, migrated=True) as running:
        yield running
    await asyncio.to_thread(hospital_cluster.drop, url)


@pytest.mark.postgres
async def test_one_whose_transaction_is_slow_holds_nobody_up_and_is_told_in_the_end(shared: Hospital) -> None:
    station = await shared.station()
    hub = shared.app.state.hub
    stream = await hub.open(station.client_id)
    slow, quick = await asyncpg.connect(shared.db.url), await asyncpg.connect(shared.db.url)
    try:
        waiting = slow.transaction()
        await waiting.start()
        first = await slow.fetchval(ADD, station.client_id, "slow")
        async with asyncio.timeout(5):
            second = await quick.fetchval(ADD, station.client_id, "quick")
            told = await stream.next(5)
        assert second > first and told is not None and told.session == "quick"
        await waiting.commit()
        late = await stream.next(5)
        assert late is not None and (late.id, late.session) == (first, "slow")
        assert [
            item.id for item in await shared.db.read(events.missed, station.client_id, second, hub.order.late())
        ] == [first]
    finally:
        await slow.close()
        await quick.close()
