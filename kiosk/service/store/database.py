"""The store's door: run a function in a transaction, and wait for what other processes commit.

A store function is synchronous, ``fn(conn: Connection, *args)``; it is run once on SQLite, and on PostgreSQL perhaps
several times, where others were first, so it changes nothing but the database. Foreign exceptions do not pass this
door: see ``errors``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from kiosk.service.platform.row_keys import RowGuard
from kiosk.service.store import disk
from kiosk.service.store.errors import StoreDownError
from kiosk.service.store.leading import Leadership, SharedLeadership
from kiosk.service.store.libpq_uri import is_postgres
from kiosk.service.store.postgres import PostgresStore
from kiosk.service.store.schema import station_event
from kiosk.service.store.sqlite import SqliteStore
from kiosk.service.store.waking import PostgresBell, SqliteBell

P = ParamSpec("P")
T = TypeVar("T")


def newest_event(conn: Connection) -> int:
    """The highest id of a station event, 0 for none."""
    return conn.execute(select(func.max(station_event.c.id))).scalar() or 0


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path)).render_as_string()


class Database:
    """One database, by SQLAlchemy URL (``sqlite:///path`` or ``postgresql://…``). Raises ``StoreDownError`` for others.

    ``guard``: writes and verifies its rows' codes.
    """

    def __init__(self, url: str, guard: RowGuard) -> None:
        self.url = url
        self.guard = guard
        remote = is_postgres(url)
        if not remote and disk.file_of(url) is None:
            raise StoreDownError("The database must be a sqlite:/// or postgresql:// address.")
        self._store = PostgresStore(url, guard) if remote else SqliteStore(url, guard)
        self._sqlite = self._store if isinstance(self._store, SqliteStore) else None
        self._postgres = self._store if isinstance(self._store, PostgresStore) else None
        self._commands: AsyncEngine | None = None
        self._bell: SqliteBell | PostgresBell | None = None

    @property
    def again(self) -> Mapping[str, int]:
        """How often this process ran a transaction again, by why; nothing on SQLite."""
        return self._postgres.again if self._postgres is not None else {}

    @property
    def away(self) -> float:
        """For how many seconds this process could ask nothing of it; 0 while it can, and for a file."""
        return self._postgres.availability.away if self._postgres is not None else 0.0

    def beside(self) -> Database:
        """Another handle on the same store, for a thread of its own. Whoever asked closes it."""
        return Database(self.url, self.guard)

    def leadership(self) -> Leadership:
        """Whether this process does what must be done once; a new one, which knows nothing before ``keep`` runs."""
        return Leadership() if self._postgres is None else SharedLeadership(self.url, gone=self._postgres.gone)

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return "sqlite" if self._sqlite else "postgresql"

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``fn`` returns, once its changes are durable; none of them if it raises. Raises ``StoreError``."""
        store = self._store
        if isinstance(store, PostgresStore):
            return await store.write(fn, *args, **kwargs)
        result = store.write_soon(fn, *args, **kwargs)
        if isinstance(self._bell, SqliteBell):
            self._bell.look_soon()
        return result

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``fn`` returns, from one consistent snapshot. Raises ``StoreError``."""
        store = self._store
        if isinstance(store, PostgresStore):
            return await store.read(fn, *args, **kwargs)
        return store.read_soon(fn, *args, **kwargs)

    async def look(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``read`` for a ``fn`` that asks one question, which costs PostgreSQL a third. Raises ``StoreError``."""
        if self._sqlite is not None:
            return self._sqlite.read_soon(fn, *args, **kwargs)
        assert self._postgres is not None  # noqa: S101
        return await self._postgres.look(fn, *args, **kwargs)

    def write_now(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``write`` for commands, outside any event loop. Raises ``StoreError``."""
        if self._sqlite is not None:
            return self._sqlite.write(fn, *args, **kwargs)
        return asyncio.run(self._alone().write(fn, *args, **kwargs))

    def read_now(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``read`` for commands, outside any event loop. Raises ``StoreError``."""
        if self._sqlite is not None:
            return self._sqlite.read(fn, *args, **kwargs)
        return asyncio.run(self._alone().read(fn, *args, **kwargs))

    def scrub_now(self, tables: Sequence[str], *, rewrite: bool = False) -> bool:
        """After rows of ``tables`` were deleted: leave as little of them in the database's files as it can be told to.

        False if somebody stood in the way, and it is to be done again. Raises ``StoreError``.
        """
        if self._sqlite is not None:
            return self._sqlite.scrub(rewrite=rewrite)
        asyncio.run(self._alone().scrub(tables, rewrite=rewrite))
        return True

    async def event_after(self, known: int, seconds: float) -> bool:
        """Wait until a station event with an id above ``known`` is committed, by this or any other process.

        Returns False when ``seconds`` went by first. Nothing is missed between reading and calling: read the
        events, then wait with the highest id that was read (or looked at). Raises ``StoreError``.
        """
        if self._bell is None:
            store = self._store
            if isinstance(store, PostgresStore):
                self._bell = PostgresBell(store, self.url, newest_event)
            else:
                self._bell = SqliteBell(store, newest_event)
        return await self._bell.wait(known, seconds)

    def migrate_now(self) -> int:
        """Bring the schema up to this program's; how many rows of before got their codes.

        Raises ``StoreError``, also for a schema of a newer program.
        """
        # Alembic takes half a second to load; only this needs it.
        from kiosk.service.store import migrate

        if self._sqlite is not None:
            return migrate.upgrade_sqlite(self._sqlite)
        return asyncio.run(migrate.upgrade_postgres(self._alone()))

    def build_now(self, fn: Callable[[Connection], T]) -> T:
        """What ``fn`` returns, which makes or drops tables, in one transaction. Raises ``StoreError``."""
        from kiosk.service.store import migrate

        if self._sqlite is not None:
            return self._sqlite.write(fn)
        return asyncio.run(migrate.build_postgres(self._alone(), fn))

    def _alone(self) -> PostgresStore:
        # Connections belong to the event loop that opened them, so a command's do not go to the pool. What the server
        # is and how statements read is the same each time: then the second call takes half of the time.
        made = PostgresStore(self.url, self.guard, pooled=False, engine=self._commands)
        self._commands = made.engine
        return made

    async def close(self) -> None:
        """Stop waiting, close every connection of this event loop."""
        if self._bell is not None:
            await self._bell.close()
            self._bell = None
        if self._postgres is not None:
            await self._postgres.close()
        self.close_now()

    def close_now(self) -> None:
        """``close`` for commands."""
        if self._sqlite is not None:
            self._sqlite.close()
