"""Bells: how whoever waits for station events learns that one was committed, by any process.

Each keeps ``newest``, the highest id seen, and one task that looks only while somebody waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import asyncpg
from sqlalchemy import Connection

from kiosk.service.store.errors import StoreError
from kiosk.service.store.postgres import PostgresStore, asyncpg_url
from kiosk.service.store.sqlite import SqliteStore

LOOK_EVERY = 0.1
"""Seconds between looks at SQLite's ``data_version``; a lock elsewhere must arrive within one second."""
LISTEN_AGAIN = 0.5
CHANNEL = "kiosk_station_event"
Newest = Callable[[Connection], int]


class _Bell:
    """Waiters, and the task that serves them."""

    def __init__(self) -> None:
        self.newest = 0
        self._rung = asyncio.Event()
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None

    async def wait(self, known: int, seconds: float) -> bool:
        """True once ``newest`` is above ``known``; False after ``seconds``."""
        self._waiting += 1
        try:
            if self._task is None or self._task.done():
                if self._task is not None and not self._task.cancelled():
                    self._task.result()
                self._task = asyncio.create_task(self._serve())
            async with asyncio.timeout(seconds):
                while self.newest <= known:
                    await self._rung.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    def ring(self, newest: int) -> None:
        """Wake everybody if ``newest`` is news."""
        if newest > self.newest:
            self.newest = newest
            rung, self._rung = self._rung, asyncio.Event()
            rung.set()

    async def _serve(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        """End the task; waiters end by their own time-out."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, StoreError):
                await self._task


class SqliteBell(_Bell):
    """Looks at ``PRAGMA data_version``, which any other connection's commit changes, ten times a second."""

    def __init__(self, store: SqliteStore, newest: Newest) -> None:
        super().__init__()
        self._store = store
        self._newest = newest

    def look_soon(self) -> None:
        """This process has just committed: no need to wait for the next look."""
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        with contextlib.suppress(StoreError):  # the next request meets the same error and says so
            self.ring(self._store.read(self._newest))

    async def _serve(self) -> None:
        version = -1
        while self._waiting:
            try:
                seen = self._store.data_version()
                if seen != version:
                    self.ring(self._store.read(self._newest))
                    version = seen
            except StoreError:
                version = -1
            await asyncio.sleep(LOOK_EVERY)


class PostgresBell(_Bell):
    """LISTEN on a connection of its own; a trigger on the table notifies. Reconnects for as long as somebody waits."""

    def __init__(self, store: PostgresStore, url: str, newest: Newest) -> None:
        super().__init__()
        self._store = store
        self._url = asyncpg_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._newest = newest

    async def _serve(self) -> None:
        while self._waiting:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, StoreError):
                await asyncio.sleep(LISTEN_AGAIN)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._url, server_settings={"application_name": "kiosk-events"})
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _connection: gone.set())
        try:
            await connection.add_listener(CHANNEL, lambda _c, _pid, _channel, payload: self.ring(int(payload)))
            # Only now: what was committed before LISTEN took hold is not announced.
            self.ring(await self._store.read(self._newest))
            while self._waiting and not gone.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(gone.wait(), 5.0)
        finally:
            if not gone.is_set():
                await connection.close(timeout=2)
