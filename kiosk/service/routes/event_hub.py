"""Fans station events out to open streams: one waiter and one query a process, however many streams.

A stream that has lost its place (a new replica, a reconnect) catches up by ``Last-Event-ID`` from the store; the hub
itself remembers nothing that matters.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections import deque

from kiosk.model.wire import StationEvent
from kiosk.service.platform import background
from kiosk.service.routes.event_order import EventOrder
from kiosk.service.store import events
from kiosk.service.store.database import Database

MAX_WAITING = 256
"""Events that a stream may lag behind before it is cut; its station then reconnects and catches up."""
LOOK_BACK = 1024
"""Ids before the first look that may still be on their way."""
MAX_STREAMS_A_STATION = 3
"""Streams of one workstation: it needs one. The oldest gives way, because a station that comes back must get in though
the service has not noticed yet that its connection before is dead."""
PAUSE, MAX_PAUSE = 0.5, 4.0
"""After a look that failed, and after many: a revocation waits no longer once the store answers again."""


LOOK_EVERY = 5.0
"""Seconds until it is looked whether the database is there, though nothing happens."""
AWAY_SECONDS = 5.0
"""That it has to be away until stations are sent to ask, and so show downtime before anybody taps. A failover that
takes less is nobody's news."""
SPREAD_A_STREAM, MAX_SPREAD = 0.005, 5.0
"""Seconds over which streams come back after a stop, for each that was open; at most."""


class Stream:
    """One station's open stream. ``closed`` once it must end; ``back_in``: then the station is told when to come back,
    in milliseconds."""

    def __init__(self, station: str) -> None:
        self.station = station
        self.closed = False
        self.back_in: int | None = None
        self._waiting: deque[StationEvent] = deque()
        self._wake = asyncio.Event()

    def put(self, event: StationEvent) -> None:
        """Hand over an event; a stream that is too slow is closed."""
        if len(self._waiting) >= MAX_WAITING:
            self.close()
            return
        self._waiting.append(event)
        self._wake.set()

    def close(self) -> None:
        """End the stream once what waits has been sent."""
        self.closed = True
        self._wake.set()

    async def next(self, seconds: float) -> StationEvent | None:
        """The next event, or None after ``seconds`` without one or when the stream is closed."""
        if not self._waiting and not self.closed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
        if self._waiting:
            event = self._waiting.popleft()
            if not self._waiting and not self.closed:
                self._wake.clear()
            return event
        return None


class Hub:
    """All open streams of this process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.epoch = secrets.token_hex(8)
        """Which count of events this is. Each process counts anew: the database may have been restored before it."""
        self._streams: dict[str, list[Stream]] = {}
        self._task: asyncio.Task[None] | None = None
        self.order = EventOrder()

    async def open(self, station: str) -> Stream:
        """A stream that gets every event of ``station`` committed from now on. Raises ``StoreError``.

        Over ``MAX_STREAMS_A_STATION``, its oldest stream ends.
        """
        if self._task is None or self._task.done():
            newest, seen = await self._db.read(events.newest_and_before, LOOK_BACK)
            if self._task is None or self._task.done():
                self.order.begin(newest, seen, newest - LOOK_BACK)
                self._task = asyncio.create_task(self._run())
        stream = Stream(station)
        mine = self._streams.setdefault(station, [])
        mine.append(stream)
        if len(mine) > MAX_STREAMS_A_STATION:
            mine.pop(0).close()
        return stream

    def leave(self, stream: Stream) -> None:
        """The stream is over."""
        mine = self._streams.get(stream.station, [])
        if stream in mine:
            mine.remove(stream)
        if not mine:
            self._streams.pop(stream.station, None)

    def stations(self) -> tuple[str, ...]:
        """Whose streams are open."""
        return tuple(self._streams)

    def close(self) -> None:
        """End every stream: the service stops, or cannot decide. Not all stations come back in the same moment."""
        every = [stream for mine in self._streams.values() for stream in mine]
        spread = min(MAX_SPREAD, SPREAD_A_STREAM * len(every))
        for stream in every:
            stream.back_in = int(1000 * spread * random.random())  # noqa: S311  (no secret)
            stream.close()

    async def stop(self) -> None:
        """End the waiter."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        what = "looking for news of the event streams"
        await background.run_periodically(what, self._look, every=0, first=PAUSE, longest=MAX_PAUSE)

    async def _look(self) -> None:
        pending = self.order.missing()
        news = await self._db.event_after(self.order.last, 1.0 if pending else LOOK_EVERY)
        if self._db.away >= AWAY_SECONDS:
            self.close()
        if not news and not pending:
            return
        for station, event in await self._db.read(events.after, self.order.last, self.order.missing()):
            if self.order.take(event.id):
                for stream in tuple(self._streams.get(station, ())):
                    stream.put(event)
