"""PostgreSQL: asyncpg underneath, the same synchronous functions on top (``AsyncConnection.run_sync``).

Every transaction is SERIALIZABLE, because the store's functions are written as if they were alone; a transaction that
the server refuses for that (40001, or a deadlock, 40P01) is run again. So such a function must have no effect but on
its connection. Index scans are preferred at any size: a sequential scan of a small table marks all of it as read, and
then everybody conflicts with everybody (PostgreSQL manual, section 13.2.3).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import nullcontext
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from kiosk.service.store.errors import RETRY_STATES, named, sqlstate

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS = 10
FIRST_WAIT = 0.002
POOL = 8
WRITERS = 2
"""Write transactions of one process at once: one computes while the other waits for the network or the disk.

More only run into each other and are run again: with eight stations tapping without a pause, sixteen writers made 34
sign-ins a second and gave up on some, two make 110.
"""


def asyncpg_url(url: str) -> URL:
    """``url`` with asyncpg as its driver, whichever it named."""
    return make_url(url).set(drivername="postgresql+asyncpg")


class PostgresStore:
    """A pool of connections. ``pooled=False`` opens one a call, for commands that come and go."""

    def __init__(self, url: str, *, pooled: bool = True) -> None:
        self._engine = _engine(url, pooled)
        self._turn = asyncio.Semaphore(WRITERS)

    @property
    def engine(self) -> AsyncEngine:
        """For migrations."""
        return self._engine

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``fn`` in one transaction, run again while others stand in its way. Raises ``StoreError``."""
        return await self._run("SERIALIZABLE", self._turn, fn, *args, **kwargs)

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``fn`` on one snapshot; a write in it fails. Raises ``StoreError``."""
        return await self._run("REPEATABLE READ", None, fn, *args, **kwargs)

    async def _run(
        self,
        isolation: str,
        turn: asyncio.Semaphore | None,
        fn: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """``turn``: held during each attempt of a transaction that writes; None for one that only reads."""
        attempt = 0
        while True:
            attempt += 1
            try:
                async with turn or nullcontext(), self._engine.connect() as conn:
                    await conn.execution_options(isolation_level=isolation, postgresql_readonly=turn is None)
                    async with conn.begin():
                        return await conn.run_sync(fn, *args, **kwargs)
            except (SQLAlchemyError, OSError) as error:
                if sqlstate(error) not in RETRY_STATES or attempt == ATTEMPTS:
                    raise named(error) from None
            # Spread out, so that those who collided do not collide again.
            await asyncio.sleep(FIRST_WAIT * 2**attempt * random.random())  # noqa: S311  (no secret)

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self._engine.dispose()


def _engine(url: str, pooled: bool) -> AsyncEngine:
    settings = {"server_settings": {"application_name": "kiosk", "enable_seqscan": "off"}}
    if not pooled:
        return create_async_engine(asyncpg_url(url), poolclass=NullPool, hide_parameters=True, connect_args=settings)
    return create_async_engine(
        asyncpg_url(url),
        pool_size=POOL,
        max_overflow=POOL,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=settings,
    )
