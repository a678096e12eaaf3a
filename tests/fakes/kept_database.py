"""A command's database whose connection stays: on PostgreSQL a command has few questions, and a test has thirty."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool

from kiosk.service.platform.row_keys import RowGuard
from kiosk.service.store.database import Database
from kiosk.service.store.postgres import PostgresStore

P = ParamSpec("P")
T = TypeVar("T")


class KeptDatabase(Database):
    """``Database``; the thread that made it has one connection and event loop for all that it reads and writes *now*.

    Another thread has a connection a call, as any command. Whoever made it calls ``leave``.
    """

    def __init__(self, url: str, guard: RowGuard) -> None:
        super().__init__(url, guard)
        self._thread = threading.current_thread()
        self._runner: asyncio.Runner | None = None
        self._kept_store: PostgresStore | None = None

    def write_now(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``Database.write_now``."""
        if self.kind == "sqlite" or threading.current_thread() is not self._thread:
            return super().write_now(fn, *args, **kwargs)
        return self._run(self._kept().write(fn, *args, **kwargs))

    def read_now(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``Database.read_now``."""
        if self.kind == "sqlite" or threading.current_thread() is not self._thread:
            return super().read_now(fn, *args, **kwargs)
        return self._run(self._kept().read(fn, *args, **kwargs))

    def leave(self) -> None:
        """Close the connection, and the loop, and what ``close_now`` closes."""
        if self._runner is not None:
            if self._kept_store is not None:
                self._runner.run(self._kept_store.close())
            self._runner.close()
        self._runner = self._kept_store = None
        self.close_now()

    def _kept(self) -> PostgresStore:
        if self._kept_store is None:
            self._kept_store, self._commands = self._alone(), None  # which others go on to make for themselves
            engine = self._kept_store.engine.sync_engine
            engine.pool = one_place(engine.pool)
        return self._kept_store

    def _run(self, act: Coroutine[Any, Any, T]) -> T:
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(act)


def one_place(pool: Pool) -> Pool:
    """As ``pool``, but what it opened it keeps; one, and others beside it as long as they are needed."""
    return AsyncAdaptedQueuePool(
        pool._creator,
        pool_size=1,
        max_overflow=-1,
        reset_on_return=pool._reset_on_return,
        dialect=pool._dialect,
        _dispatch=pool.dispatch,
    )
