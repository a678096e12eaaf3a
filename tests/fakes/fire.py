"""Many at once: two replicas of a service on one database, fifty hands on one thing, and a look at the trail after."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

import httpx
from sqlalchemy import Connection, func, select

from kiosk.model.signing import STALE
from kiosk.service.app import build, service_for
from kiosk.service.audit import seal
from kiosk.service.audit.verify import verify
from kiosk.service.store.errors import StoreDownError
from kiosk.service.store.schema import audit_chain, audit_row, session, workstation
from tests.fakes.client import ORIGIN, Answer, Client
from tests.fakes.service import Hospital

T = TypeVar("T")
HANDS = 50


ASKED_AGAIN = frozenset({"store_busy", "store_down", "overloaded", STALE})
"""Nothing was decided. On a machine with much else to do, fifty at once exceed the service's own limits of time."""


async def settled(act: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
    """What a station gets that asks again while the service is busy, or another of its requests came first."""
    for tries in range(500):
        answer = await act()
        if answer.status not in (409, 503) or answer.code not in ASKED_AGAIN:
            break
        await later(tries)
    return answer


async def written(act: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What an act at the store itself gives, tried again while that is busy."""
    for tries in range(500):
        with suppress(StoreDownError):
            return await act()
        await later(tries)
    return await act()


async def later(tries: int) -> None:
    """Let others go on: each time for longer, as stations do, or those who ask again keep the processor busy."""
    await asyncio.sleep(min(0.05 * 2 ** min(tries, 4), 0.8))  # tried again


class Fire:
    """A hospital whose stations speak to either of two replicas, by chance. On SQLite both are one: its writer is."""

    def __init__(self, hospital: Hospital, apps: Sequence[Any], doors: Sequence[httpx.AsyncClient], seed: int) -> None:
        self.hospital = hospital
        self.apps = apps
        self.doors = doors
        self.chance = random.Random(seed)

    async def stations(self, number: int, **more: Any) -> list[Client]:
        """So many, half of them at each replica, ready to ask."""
        made = [await self.hospital.station(f"s{at}", f"Ward {at}", **more) for at in range(number)]
        for at, item in enumerate(made):
            item.http = self.doors[at % len(self.doors)]
            await item.sign_on()
        return made

    @contextmanager
    def under(self, **rules: Any) -> Iterator[None]:
        """The replicas under other rules for a while."""
        before = [app.state.service for app in self.apps]
        for app in self.apps:
            app.state.service = replace(app.state.service, rules=replace(app.state.service.rules, **rules))
        try:
            yield
        finally:
            for app, item in zip(self.apps, before, strict=True):
                app.state.service = item

    async def at_once(self, acts: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        """All of them, begun in any order."""

        async def late(act: Callable[[], Awaitable[T]]) -> T:
            for _ in range(self.chance.randrange(6)):
                await asyncio.sleep(0)
            return await act()

        acts = list(acts)
        return list(await asyncio.gather(*(late(act) for act in acts)))

    async def holds(self) -> None:
        """The trail is whole: no gap in any chain, a checkpoint over all of it is true, one active station a person."""
        db, keys = self.hospital.db, self.hospital.folder.keys.checkpoint
        await db.read(_gapless)
        what = await db.read(seal.read, keys.public)
        assert what.refused == ()
        await db.write(seal.write, keys, int(self.hospital.clock()), what)
        report = await db.read(verify, keys.public)
        assert report.finding is None, report.finding
        assert all(value <= 1 for value in (await db.read(_open)).values())


def _gapless(conn: Connection) -> None:
    rows = audit_row.c
    for row in conn.execute(select(rows.chain, func.count(), func.max(rows.seq)).group_by(rows.chain)):
        assert row[1] == row[2]
        head = conn.execute(select(audit_chain.c.head_seq).where(audit_chain.c.chain == row[0])).scalar_one()
        assert head == row[2]


def _open(conn: Connection) -> Counter[str]:
    """How many sessions each person has open where one at a time is allowed."""
    here = session.join(workstation, workstation.c.id == session.c.workstation)
    wanted = select(session.c.person).select_from(here)
    return Counter(conn.execute(wanted.where(session.c.state == "open", workstation.c.exempt.is_(False))).scalars())


@asynccontextmanager
async def fire(hospital: Hospital, seed: int = 0) -> AsyncIterator[Fire]:
    """``hospital``, and where its database allows it a second replica."""
    if hospital.db.kind == "sqlite":
        yield Fire(hospital, [hospital.app], [hospital.http], seed)
        return
    db = hospital.folder.database()
    app, whole = build(service_for(hospital.folder, db, hospital.clock))
    transport = httpx.ASGITransport(app=whole, raise_app_exceptions=True)
    try:
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as second:
            yield Fire(hospital, [hospital.app, app], [hospital.http, second], seed)
    finally:
        await app.state.hub.stop()
        await db.close()
