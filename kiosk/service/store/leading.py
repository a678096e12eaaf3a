"""Which of several replicas does what must be done once: whoever holds one advisory lock of the database.

A session's lock (PostgreSQL manual, section 13.3.5) ends with its connection, so with its process, its machine or its
server. Of a process that is stopped, or behind a cut network, the server hears nothing: it ends a connection that asks
nothing for ``SILENCE`` (``idle_session_timeout``, PostgreSQL 14). The holder itself believes that it leads for less
long than that after its last answered question, by a clock that also runs while it is stopped.

What is done by whoever leads is judged by its rows all the same (a message is claimed, a checkpoint follows the last
one), so that an overlap does nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

import asyncpg

from kiosk.service.platform import background
from kiosk.service.store.errors import StoreDownError, StoreStandbyError
from kiosk.service.store.postgres_connect import NO_PRIMARY, Connector, read_only
from kiosk.service.store.postgres_url import where

LOCK = 0x6B696F736B01
"""Of this database's advisory locks: "kiosk", the first."""
ASK_EVERY = 1.5
ANSWER_SECONDS = 2.0
SILENCE = 5.0
"""Seconds without a question after which the server ends the connection."""
LEASE = 4.0
"""Seconds after a question was sent for which its answer says that we lead; less than ``SILENCE``."""
log = logging.getLogger("kiosk.service.store.leading")


def running_clock() -> float:
    """Seconds, also those in which the process was stopped or the machine slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Leadership:
    """Of the only process there is: it always leads."""

    @property
    def leads(self) -> bool:
        """Whether this process does now what must be done once."""
        return True

    async def keep(self) -> None:
        """Lead whenever nobody else does, until cancelled."""


class SharedLeadership(Leadership):
    """Of one of several processes on the PostgreSQL database at ``url``. ``clock``: seconds. ``gone``: whether the
    database answers nobody, which is said elsewhere."""

    def __init__(
        self, url: str, clock: Callable[[], float] = running_clock, gone: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        self._connector = Connector(where(url), "kiosk-leader", seconds=ANSWER_SECONDS)
        self._clock = clock
        self._gone = gone
        self._until = float("-inf")

    @property
    def leads(self) -> bool:
        """Whether the server said so, and lately."""
        return self._clock() < self._until

    async def keep(self) -> None:
        """Lead whenever nobody else does, until cancelled."""
        await background.run_periodically(
            "asking who leads", self._once, every=ASK_EVERY, first=ASK_EVERY, longest=ASK_EVERY
        )

    async def _once(self) -> None:
        try:
            async with asyncio.timeout(2 * ANSWER_SECONDS):
                connection = await self._connector.connect()
            try:
                await self._hold(connection)
            finally:
                self._until = float("-inf")
                with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await asyncio.shield(connection.close())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise await self._told(StoreDownError("The database does not say which replica leads.")) from error
        except StoreDownError as error:
            raise await self._told(error) from None

    async def _told(self, error: StoreDownError) -> StoreDownError:
        error.told = self._gone is not None and await self._gone()
        return error

    async def _hold(self, connection: asyncpg.Connection) -> None:
        """Until the connection or its server's place is lost. Raises what the driver raises, ``StoreStandbyError``."""
        if connection.get_server_version() >= (14,):
            await connection.execute(f"SET idle_session_timeout = '{SILENCE:.0f}s'", timeout=ANSWER_SECONDS)
        held = False
        while True:
            sent = self._clock()
            if held:
                await connection.fetchval("SELECT 1", timeout=ANSWER_SECONDS)
            else:
                held = await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK, timeout=ANSWER_SECONDS)
                if held:
                    log.info("this replica leads now")
            if read_only(connection):
                raise StoreStandbyError(NO_PRIMARY)
            if held:
                self._until = sent + LEASE
            await asyncio.sleep(ASK_EVERY)
