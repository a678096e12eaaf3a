"""PostgreSQL: asyncpg underneath, the same synchronous functions on top (``AsyncConnection.run_sync``).

Every transaction is SERIALIZABLE, because the store's functions are written as if they were alone; a transaction that
the server refuses for that (40001, or a deadlock, 40P01) is run again. So such a function must have no effect but on
its connection. Index scans are preferred at any size: a sequential scan of a small table marks all of it as read, and
then everybody conflicts with everybody (PostgreSQL manual, section 13.2.3). Where no index helps, a plan then has a
cost of ten thousand million, for which the server would compile it to machine code each time (section 32.1): 60 ms for
a table of a few rows. So that is switched off.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, Pool
from sqlalchemy.util import greenlet_spawn

from kiosk.service.platform.row_keys import RowGuard
from kiosk.service.store import manifests, statements, vouching
from kiosk.service.store.errors import BUSY, RETRY_STATES, StoreBusy, named, sqlstate
from kiosk.service.store.postgres_connect import COMMAND_SECONDS, ONE_SECONDS, Connector, read_only
from kiosk.service.store.postgres_url import where

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS = 10
FIRST_WAIT = 0.002
PLANS = {"enable_seqscan": "off", "jit": "off"}
POOL = 8
WRITERS = 2
"""Write transactions of one process at once: one computes while the other waits for the network or the disk.

More only run into each other and are run again: with eight stations tapping without a pause, sixteen writers made 34
sign-ins a second and gave up on some, two make 110.
"""
READERS = 2 * POOL - WRITERS - 1
"""Transactions that only read, at once: so there is always a connection left for those that write."""
MAX_WAIT = 3.5
"""Seconds that anybody waits for a turn, or for a connection: a workstation gives up after five."""
DEMOTED = frozenset({"25006", "0A000"})
"""What a server that is no primary any more answers to a change: read_only_sql_transaction, or that a standby has no
SERIALIZABLE."""


class _DemotedError(OSError):
    """The server takes no changes now."""

    sqlstate = "25006"


class PostgresStore:
    """A pool of connections. ``pooled=False`` opens one a call, for commands that come and go."""

    def __init__(self, url: str, guard: RowGuard, *, pooled: bool = True) -> None:
        self._connector = Connector(where(url), "kiosk", PLANS, ONE_SECONDS if pooled else COMMAND_SECONDS)
        self._engine = _engine(self._connector, guard, pooled)
        self._guard = guard
        self._limit = MAX_WAIT if pooled else None
        self._pools = 0
        self._leaving: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(WRITERS)
        self._reads = asyncio.Semaphore(READERS)

    @property
    def engine(self) -> AsyncEngine:
        """For migrations."""
        return self._engine

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``fn`` in one transaction, run again while others stand in its way. Raises ``StoreError``."""
        return await self._run("SERIALIZABLE", True, fn, *args, **kwargs)

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``fn`` on one snapshot; a write in it fails. Raises ``StoreError``."""
        return await self._run("REPEATABLE READ", False, fn, *args, **kwargs)

    async def _run(
        self,
        isolation: str,
        writes: bool,
        fn: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        turn, attempt, renewed = self._turn if writes else self._reads, 0, False
        while True:
            attempt += 1
            pool = self._pools
            try:
                async with _turn_of(turn), self._connected(writes) as conn:
                    await conn.execution_options(
                        isolation_level=isolation, postgresql_readonly=not writes, **{vouching.WRITES: writes}
                    )
                    async with conn.begin():
                        return await conn.run_sync(_whole, fn, *args, **kwargs)
            except (SQLAlchemyError, OSError) as error:
                # Nothing of it was written. What else is in the pool leads to the same server.
                demoted = isinstance(error, _DemotedError) or (writes and sqlstate(error) in DEMOTED)
                if demoted or isinstance(error, TimeoutError):
                    await self._renew(pool)
                if demoted and not renewed:
                    renewed = True
                    continue
                if sqlstate(error) not in RETRY_STATES or attempt == ATTEMPTS:
                    raise named(error) from None
            # Spread out, so that those who collided do not collide again.
            await asyncio.sleep(FIRST_WAIT * 2**attempt * random.random())  # noqa: S311  (no secret)

    @asynccontextmanager
    async def _connected(self, writes: bool) -> AsyncIterator[AsyncConnection]:
        """A connection whose server answers now, and takes changes where that is wanted."""
        async with asyncio.timeout(self._limit):
            conn = await self._engine.connect()
        try:
            if (writes or self._connector.picky) and read_only((await conn.get_raw_connection()).driver_connection):
                raise _DemotedError
            yield conn
        finally:
            await asyncio.shield(conn.close())

    async def _renew(self, pool: int) -> None:
        """Drop every connection of the pool number ``pool``, unless somebody did so already."""
        if pool == self._pools:
            self._pools += 1
            self._guard.forget()  # a server that took over may lack its last second
            old = self._engine.sync_engine.pool
            await self._engine.dispose(close=False)
            # Whoever is in the middle of a request does not wait for each goodbye.
            task = asyncio.create_task(_let_go(old))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def scrub(self, tables: Sequence[str], *, rewrite: bool) -> None:
        """Let the server drop earlier versions of the rows of ``tables``; with ``rewrite`` it writes their files anew,
        while nobody uses them. Raises ``StoreError``."""
        try:
            async with self._connected(writes=True) as conn:
                await conn.execution_options(isolation_level="AUTOCOMMIT")
                await conn.exec_driver_sql(f"VACUUM {'(FULL) ' if rewrite else ''}{', '.join(tables)}")
        except (SQLAlchemyError, OSError) as error:
            raise named(error) from None

    async def close(self) -> None:
        """Close every connection of the pool."""
        await asyncio.gather(*self._leaving, return_exceptions=True)
        await self._engine.dispose()


@asynccontextmanager
async def _turn_of(turn: asyncio.Semaphore) -> AsyncIterator[None]:
    """Hold ``turn``, during one attempt. Raises ``StoreBusy`` where that takes too long."""
    try:
        async with asyncio.timeout(MAX_WAIT):
            await turn.acquire()
    except TimeoutError:
        raise StoreBusy(BUSY) from None
    try:
        yield
    finally:
        turn.release()


def _whole(conn: Connection, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    result = fn(conn, *args, **kwargs)
    manifests.flush(conn)
    return result


async def _let_go(pool: Pool) -> None:
    await greenlet_spawn(pool.dispose)


def _engine(connector: Connector, guard: RowGuard, pooled: bool) -> AsyncEngine:
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pooled:
        pool = {"pool_size": POOL, "max_overflow": POOL, "pool_pre_ping": True}
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connector.connect,
        hide_parameters=True,
        execution_options={vouching.OPTION: guard, statements.OPTION: statements.POSTGRESQL},
        **pool,
    )
