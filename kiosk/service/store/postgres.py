"""PostgreSQL: asyncpg underneath, the same synchronous functions on top (``AsyncConnection.run_sync``).

A transaction that writes is READ COMMITTED and locks rows, in the order of decision 33; one that only reads has one
snapshot. A writer that would wait for longer than ``lock_timeout`` gives its connection back and comes again, so that
those who wait for one row never keep strangers from a connection. So a store function may be run several times: it must
have no effect but on its connection.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, Pool
from sqlalchemy.util import greenlet_spawn

from kiosk.service.platform.row_keys import RowGuard
from kiosk.service.store import manifests, statements, unit, vouching
from kiosk.service.store.availability import Availability
from kiosk.service.store.errors import BUSY, WAIT_STATES, StoreBusyError, StoreDownError, StoreError, named, sqlstate
from kiosk.service.store.postgres_connect import COMMAND_SECONDS, ONE_SECONDS, Connector, read_only
from kiosk.service.store.postgres_url import where
from kiosk.service.store.unit import OutdatedError, Unit

P = ParamSpec("P")
T = TypeVar("T")
SERVING = {
    "jit": "off",  # compiling takes longer than any statement of ours runs
    "lock_timeout": "100ms",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "5s",
}
"""Of every connection (PostgreSQL manual, section 19.11.1): a program that was stopped in the middle of a transaction
loses it, and with it what it had locked."""
COMMANDS = {**SERVING, "statement_timeout": "10min", "idle_in_transaction_session_timeout": "15s"}
"""An administrator's list may take minutes, and seconds to think; it waits for nobody for longer."""
POOL = 8
READERS = 2 * POOL - 4
"""Transactions that only read, at once: so there is always a connection left for those that write."""
MAX_WAIT = 3.5
"""Seconds that anybody waits for others, or for a connection: a workstation gives up after five."""
COMMAND_WAIT = 30.0
HEADS = "audit_chain"
HEARD = "kiosk_heard"
"""Option of a connection: whom to tell of the server's next answer."""
ALONE = "kiosk_alone"
"""Option of a connection: questions that may still be asked outside a transaction."""
FIRST_WAIT, MAX_RETRY_WAIT = 0.005, 0.4
OUTDATED = 4
"""Runs, at most, until whatever does not fit together is taken for what it is: not written by the service."""
TAKEN = "23505"
"""unique_violation."""
DEMOTED = frozenset({"25006"})
"""What a server that is no primary any more answers to a change: read_only_sql_transaction."""


class _DemotedError(OSError):
    """The server takes no changes now."""

    sqlstate = "25006"


@dataclass(slots=True)
class Turn:
    """One run of a transaction. ``alone``: of one question, which is a snapshot of its own. ``done``: all but its
    COMMIT was answered. ``silent``: the server answered nothing."""

    writes: bool
    alone: bool = False
    final: bool = False
    done: bool = False
    silent: bool = False

    def options(self, heard: Callable[[], None]) -> dict[str, object]:
        """Of its connection. ``heard``: the server has answered something."""
        books = Unit(final=self.final) if self.writes else None
        alone = {ALONE: [1]} if self.alone else {}
        return {vouching.WRITES: self.writes, unit.OPTION: books, HEARD: [heard], **alone}

    def lost(self, error: Exception) -> bool:
        """Whether the connection was gone before the transaction was to become durable, so that nothing is in doubt."""
        return isinstance(error, DBAPIError) and error.connection_invalidated and not (self.done or self.silent)


class PostgresStore:
    """A pool of connections. ``pooled=False`` opens one a call, for commands that come and go.

    ``engine``: of an earlier such store, which knows the server and its statements already.
    """

    def __init__(self, url: str, guard: RowGuard, *, pooled: bool = True, engine: AsyncEngine | None = None) -> None:
        settings = SERVING if pooled else COMMANDS
        self._connector = Connector(where(url), "kiosk", settings, ONE_SECONDS if pooled else COMMAND_SECONDS)
        self._engine = engine or _engine(self._connector, guard, pooled)
        self._guard = guard
        self._limit = MAX_WAIT if pooled else None
        self._patience = MAX_WAIT if pooled else COMMAND_WAIT
        self._pools = 0
        self._pooled = pooled
        self.availability = Availability()
        self._leaving: set[asyncio.Task[None]] = set()
        self._reads = asyncio.Semaphore(READERS)
        self.again: dict[str, int] = {}
        """How often a transaction was run again, by why: ``locked``, ``deadlock``, ``outdated``, ``taken``,
        ``serialization``."""

    @property
    def engine(self) -> AsyncEngine:
        """For migrations, and for a store of the same kind."""
        return self._engine

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``fn`` in one transaction, run again after whoever holds what it needs. Raises ``StoreError``."""
        return await self._run(Turn(writes=True), fn, *args, **kwargs)

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``fn`` on one snapshot; a write in it fails. Raises ``StoreError``."""
        async with _turn_of(self._reads):
            return await self._run(Turn(writes=False), fn, *args, **kwargs)

    async def look(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``read`` for a ``fn`` that asks one question: that is one snapshot by itself, and the server is spared to
        begin and end a transaction for it. Raises ``StoreError``; ``StoreDownError`` for anything but one SELECT."""
        async with _turn_of(self._reads):
            return await self._run(Turn(writes=False, alone=True), fn, *args, **kwargs)

    async def _run(
        self, kind: Turn, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        first: set[str] = set()
        attempt, outdated, renewed, taken, until = 0, 0, False, False, time.monotonic() + self._patience
        while True:
            pool, turn = self._pools, Turn(kind.writes, kind.alone, final=outdated >= OUTDATED)
            try:
                async with self._connected(turn) as conn:
                    result = await self._transaction(conn, turn, first, fn, *args, **kwargs)
                self.availability.answered()
                return result
            except OutdatedError as error:
                first |= error.subjects
                outdated += 1
                self._count("outdated")
                if outdated > OUTDATED:
                    raise StoreBusyError(BUSY) from None
                continue
            except StoreDownError as error:  # of a connection that did not come about
                raise self._told(error, "") from None
            except (SQLAlchemyError, OSError) as error:
                # Nothing of it was written. What else is in the pool leads to the same server.
                demoted = isinstance(error, _DemotedError) or (kind.writes and sqlstate(error) in DEMOTED)
                fresh = demoted or turn.lost(error)
                if fresh or turn.silent or isinstance(error, TimeoutError):
                    await self._renew(pool)
                if fresh and not renewed:
                    renewed = True
                    continue
                if sqlstate(error) == TAKEN and not taken:
                    taken = True  # somebody else has it by now: whoever looks again sees that, and says so
                    self._count("taken")
                    continue
                why = WAIT_STATES.get(sqlstate(error))
                if why is None or time.monotonic() > until:
                    raise self._failed(TimeoutError() if turn.silent else error) from None
                self._count(why)
            # Spread out, so that those who met do not meet again.
            attempt += 1
            longest = min(MAX_RETRY_WAIT, FIRST_WAIT * 2**attempt)
            await asyncio.sleep(longest * random.random())  # noqa: S311  (no secret)

    async def _transaction(
        self,
        conn: AsyncConnection,
        turn: Turn,
        first: set[str],
        fn: Callable[Concatenate[Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        level = "AUTOCOMMIT" if turn.alone else "READ COMMITTED" if turn.writes else "REPEATABLE READ"
        await conn.execution_options(isolation_level=level, postgresql_readonly=not (turn.writes or turn.alone))
        driver = (await conn.get_raw_connection()).driver_connection
        async with conn.begin():
            try:
                async with asyncio.timeout(self._limit) as silence:
                    await conn.execution_options(**turn.options(lambda: silence.reschedule(None)))
                    result = await conn.run_sync(_whole, first, fn, *args, **kwargs)
            except TimeoutError:
                turn.silent = True
                driver.terminate()  # type: ignore[union-attr]  # asyncpg's; else its rollback would wait for the server
                raise
            turn.done = True
        return result

    def _failed(self, error: Exception) -> StoreError:
        return self._told(named(error), sqlstate(error))

    def _told(self, failure: StoreError, state: str) -> StoreError:
        """``failure``, which is said once for all who meet it; a command says it itself."""
        return self.availability.failed(failure, state) if self._pooled else failure

    async def gone(self) -> bool:
        """Whether nothing can be asked now; looks. For whoever lost a connection of its own. Raises nothing."""
        try:
            await self.write(_nothing)
        except StoreError as error:
            return error.told
        return False

    def _count(self, why: str) -> None:
        self.again[why] = self.again.get(why, 0) + 1

    @asynccontextmanager
    async def _connected(self, turn: Turn) -> AsyncIterator[AsyncConnection]:
        """A connection whose server takes changes where that is wanted."""
        pool = self._pools
        async with asyncio.timeout(self._limit):
            conn = await self._engine.connect()
        try:
            if (turn.writes or self._connector.picky) and read_only(
                (await conn.get_raw_connection()).driver_connection
            ):
                raise _DemotedError
            yield conn
        finally:
            await asyncio.shield(self._give_back(conn, pool))

    async def _give_back(self, conn: AsyncConnection, pool: int) -> None:
        """Hand ``conn`` back to the pool number ``pool``; close it where that pool was dropped: nobody would."""
        if pool != self._pools and not conn.closed and not conn.invalidated:
            await conn.invalidate()
        await conn.close()

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
            async with self._connected(Turn(writes=True)) as conn:
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
    """Hold ``turn``. Raises ``StoreBusyError`` where that takes too long."""
    try:
        async with asyncio.timeout(MAX_WAIT):
            await turn.acquire()
    except TimeoutError:
        raise StoreBusyError(BUSY) from None
    try:
        yield
    finally:
        turn.release()


def _whole(
    conn: Connection,
    first: set[str],
    fn: Callable[Concatenate[Connection, P], T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    manifests.lock(conn, *first)
    result = fn(conn, *args, **kwargs)
    manifests.finish(conn)
    return result


def _nothing(conn: Connection) -> None:
    """The server answers: a transaction that asks nothing never reaches it."""
    conn.exec_driver_sql("SELECT 1")


async def _let_go(pool: Pool) -> None:
    await greenlet_spawn(pool.dispose)


def _engine(connector: Connector, guard: RowGuard, pooled: bool) -> AsyncEngine:
    pool: dict[str, object] = {"pool_size": POOL, "max_overflow": POOL} if pooled else {"poolclass": NullPool}
    made = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connector.connect,
        connect_args={"prepared_statement_cache_size": 300},
        hide_parameters=True,
        execution_options={vouching.OPTION: guard, statements.OPTION: statements.POSTGRESQL},
        **pool,
    )
    event.listen(made.sync_engine, "before_execute", _send_first)
    event.listen(made.sync_engine, "before_cursor_execute", _heads_first)
    event.listen(made.sync_engine, "after_cursor_execute", _hear)
    return made


def _send_first(conn: Connection, *_what: object) -> None:
    """Every statement sees all changes before it."""
    unit.send(conn)


def _heads_first(conn: Connection, _cursor: object, statement: str, *_more: object) -> None:
    """So does one about chains' heads, which else are written last. Outside a transaction there is one question."""
    left = conn.get_execution_options().get(ALONE)
    if left is not None and (not left or not statement.startswith("SELECT")):
        raise StoreDownError("Only one question can be asked outside a transaction.")
    if left is not None:
        left.pop()
    if HEADS in statement:
        unit.send_all(conn)


def _hear(conn: Connection, *_what: object) -> None:
    """It answers, so that nobody need wait for its silence."""
    waiting = conn.get_execution_options().get(HEARD)
    if waiting:
        waiting.pop()()
