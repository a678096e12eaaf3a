"""Workstations are told that the service's disk runs low, before anything is refused, and that it does no longer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from kiosk.service.jobs import housekeeping
from kiosk.service.store import disk, workstations
from kiosk.service.store.errors import StoreFullError
from kiosk.service.store.request_budget import Storage
from kiosk.service.store.schema import station_event
from tests.fakes.client import Client
from tests.fakes.service import Hospital

ADA = "04A1B2C3"
Free = Callable[[int], None]


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Free:
    """Sets the MiB that are free on a disk of 100 GiB."""

    def leave(mib: int) -> None:
        monkeypatch.setattr(disk, "free", lambda _folder: mib * disk.MIB)

    monkeypatch.setattr(disk, "size", lambda _folder: 100 * 1024 * disk.MIB)
    leave(10_000)
    return leave


@pytest.fixture
def watched(service: Hospital, free: Free, tmp_path: Path) -> Hospital:
    """A hospital whose database is on that disk."""
    storage = Storage(tmp_path, 256)
    object.__setattr__(service.service, "storage", storage)
    return service


def told(conn: Connection) -> int:
    """How often a station was told to ask for its rules."""
    asked = select(func.count()).select_from(station_event).where(station_event.c.kind == "settings")
    return int(conn.execute(asked).scalar_one())


async def shown(station: Client) -> str:
    return str((await station.get("/v1/workstation")).body["storage"])


async def test_each_change_is_told_once_in_both_directions(watched: Hospital, free: Free) -> None:
    station = await watched.station()
    before = await watched.db.read(told)
    seen = []
    for mib in (10_000, 500, 499, 200, 200, 500, 10_000, 10_000):
        free(mib)
        await housekeeping.tell_storage(watched.service)
        seen.append((await shown(station), await watched.db.read(told) - before))
    steps = [("ok", 0), ("low", 1), ("low", 1), ("full", 2), ("full", 2), ("low", 3), ("ok", 4), ("ok", 4)]
    assert seen == steps


async def test_a_disk_to_and_fro_at_the_limit_is_told_once(watched: Hospital, free: Free) -> None:
    await watched.station()
    before = await watched.db.read(told)
    for mib in (511, 513, 511, 570, 511):
        free(mib)
        await housekeeping.tell_storage(watched.service)
    assert await watched.db.read(told) == before + 1


async def test_what_could_not_be_told_is_told_by_the_next_look(
    watched: Hospital, free: Free, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watched.station()
    before = await watched.db.read(told)
    free(200)

    def no_room(_conn: Connection, _now: int) -> None:
        raise StoreFullError

    with monkeypatch.context() as full:
        full.setattr(workstations, "tell_settings", no_room)
        with pytest.raises(StoreFullError):
            await housekeeping.tell_storage(watched.service)
    await housekeeping.tell_storage(watched.service)
    await housekeeping.tell_storage(watched.service)
    assert await watched.db.read(told) == before + 1


async def test_the_running_service_looks_by_itself(
    watched: Hospital, free: Free, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(housekeeping, "TIDY_EVERY", 0.05)
    station = await watched.station()
    done, told_of_it = asyncio.Event(), Storage.told

    def told_now(storage: Storage) -> None:
        told_of_it(storage)
        done.set()

    monkeypatch.setattr(Storage, "told", told_now)
    running = asyncio.create_task(housekeeping.run(watched.service, tmp_path / "checkpoints"))
    try:
        for mib, said in ((500, "low"), (10_000, "ok")):
            free(mib)
            async with asyncio.timeout(60):
                await done.wait()
            done.clear()
            assert await shown(station) == said
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_people_sign_in_whatever_is_told(watched: Hospital, free: Free) -> None:
    await watched.badge(await watched.person("ada"), ADA)
    station = await watched.station()
    for mib, said in ((500, "low"), (200, "full")):
        free(mib)
        await housekeeping.tell_storage(watched.service)
        assert await shown(station) == said
        await station.open(ADA)


def test_a_service_that_starts_on_a_low_disk_knows_it_at_once(free: Free, tmp_path: Path) -> None:
    free(500)
    starting = Storage(tmp_path, 256)
    assert (starting.health, starting.look()) == ("low", False)


def test_the_log_says_it_before_anything_is_refused(
    free: Free, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    storage = Storage(tmp_path, 256)
    free(500)
    with caplog.at_level(logging.WARNING):
        assert storage.look()
    assert not storage.low()
    assert "the disk under the database was ok and is low now" in caplog.text


def test_nobody_speaks_of_a_disk_that_cannot_be_seen(free: Free) -> None:
    free(0)
    elsewhere = Storage(None, 256)
    assert (elsewhere.health, elsewhere.look()) == ("ok", False)
