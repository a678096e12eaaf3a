"""Bells: how whoever waits for station events learns that one was committed, by any process.

Each keeps ``newest``, the highest id seen, and one task that looks only while somebody waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import asyncpg
from sqlalchemy import Connection

from kiosk.service.platform import background
from kiosk.service.store.errors import StoreDownError, StoreError
from kiosk.service.store.postgres import PostgresStore
from kiosk.service.store.postgres_connect import Connector, read_only
from kiosk.service.store.postgres_url import where
from kiosk.service.store.sqlite import SqliteStore

LOOK_EVERY = 0.1
"""Seconds between looks at SQLite's ``data_version``; a lock elsewhere must arrive within one second."""
MAX_PAUSE = 1.0
"""After looks that failed one after the other."""
CHANNEL = "kiosk_station_event"
Newest = Callable[[Connection], int]


LISTENS_SECONDS = 5.0
"""Until PostgreSQL is asked whether it is still there, and still the one that writes."""


class _EventNotifier:
    """Waiters, and the task that serves them."""

    def __init__(self) -> None:
        self.newest = 0
        self._late = False
        self._rung = asyncio.Event()
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None

    async def wait(self, known: int, seconds: float) -> bool:
        """True once ``newest`` is above ``known``, or a lower id came late; False after ``seconds``."""
        self._waiting += 1
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._serve())
            async with asyncio.timeout(seconds):
                while self.newest <= known and not self._late:
                    await self._rung.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        self._late = False
        return True

    def ring(self, newest: int) -> None:
        """Wake everybody if ``newest`` is news."""
        if newest > self.newest:
            self.newest = newest
            self._wake()

    def ring_for(self, number: int) -> None:
        """Wake everybody: the event of that id was committed just now, perhaps after one with a higher id."""
        self._late = self._late or number <= self.newest
        self.newest = max(self.newest, number)
        self._wake()

    def _wake(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def _serve(self) -> None:
        await background.run_periodically(
            "waiting for station events",
            self._once,
            every=LOOK_EVERY,
            first=LOOK_EVERY,
            longest=MAX_PAUSE,
            goes_on=lambda: self._waiting > 0,
        )

    async def _once(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        """End the task; waiters end by their own time-out."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, StoreError):
                await self._task


class SqliteBell(_EventNotifier):
    """Looks at ``PRAGMA data_version``, which any other connection's commit changes, ten times a second."""

    def __init__(self, store: SqliteStore, newest: Newest) -> None:
        super().__init__()
        self._store = store
        self._newest = newest
        self._version = -1

    def look_soon(self) -> None:
        """This process has just committed: no need to wait for the next look."""
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        with contextlib.suppress(StoreError):  # the next request meets the same error and says so
            self.ring(self._store.read(self._newest))

    async def _once(self) -> None:
        seen, self._version = self._version, -1  # so that a look that fails is followed by a whole one
        now = self._store.data_version()
        if now != seen:
            self.ring(self._store.read(self._newest))
        self._version = now


class PostgresBell(_EventNotifier):
    """LISTEN on a connection of its own; a trigger on the table notifies. Reconnects for as long as somebody waits."""

    def __init__(self, store: PostgresStore, url: str, newest: Newest) -> None:
        super().__init__()
        self._store = store
        self._connector = Connector(where(url), "kiosk-events")
        self._newest = newest

    async def _once(self) -> None:
        try:
            await self._listen()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            failure = StoreDownError("the database cannot be listened to")
            failure.told = await self._store.gone()
            raise failure from error
        except StoreDownError as error:
            error.told = await self._store.gone()
            raise

    async def _listen(self) -> None:
        connection = await self._connector.connect()
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _connection: gone.set())
        try:
            await connection.add_listener(CHANNEL, lambda _c, _pid, _channel, payload: self.ring_for(int(payload)))
            # Only now: what was committed before LISTEN took hold is not announced.
            self.ring(await self._store.read(self._newest))
            while self._waiting and not gone.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(gone.wait(), LISTENS_SECONDS)
                if not gone.is_set() and await self._elsewhere(connection):
                    return
        finally:
            if not gone.is_set():
                await connection.close(timeout=2)

    async def _elsewhere(self, connection: asyncpg.Connection) -> bool:
        """Whether news come from another server by now: nobody notifies on a standby. Raises ``TimeoutError``."""
        await connection.fetchval("SELECT 1", timeout=LISTENS_SECONDS)
        return self._connector.picky and read_only(connection)
