"""SQLite: one writer and one reader connection, used inline on whichever thread calls.

Write-ahead log with ``synchronous=FULL``, so that what was answered survives a power cut. Measured: one inline writer
gives three times the throughput of a thread pool, whose writers wait in the busy handler.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from kiosk.service.platform.row_keys import RowGuard
from kiosk.service.store import manifests, statements, stopped_writer, vouching
from kiosk.service.store.errors import BUSY, StoreBusyError, StoreRefusedError, named
from kiosk.service.store.unit import OutdatedError

P = ParamSpec("P")
T = TypeVar("T")
BUSY_MS = 3000
"""How long a command waits for whoever holds the database."""
SERVING_MS = 1000
"""How long the service does. Everybody waits with it: less than a workstation takes for a TLS handshake
(``client.tries.CONNECT_SECONDS``), so that each hears why, and not nothing."""
LOOK_MS = 100
"""After that a writer looks whether the one who holds the database was stopped, and then waits for the rest."""
STILL_BUSY_MS = 50
"""And from then on until it has got through once: or those behind would wait for all before them."""
CACHE_KIB = 4 * 1024
"""Pages that each connection keeps, at most: a service fills them within days and never gives them back. What it reads
again is in the kernel's cache anyway."""
LIST_CACHE_KIB = 32 * 1024
"""While a list of persons comes in: in a small cache its badges' index spills its pages again and again."""


class Patience:
    """How long one connection waits for others, in milliseconds."""

    def __init__(self) -> None:
        self.wanted = BUSY_MS
        self._set = BUSY_MS
        self._was_busy = False

    @property
    def first(self) -> int:
        """What it waits before it looks who is in the way."""
        return min(self.wanted, LOOK_MS)

    def of_a_command(self) -> None:
        """It has time."""
        self.wanted = BUSY_MS

    @contextmanager
    def of_the_service(self) -> Iterator[None]:
        """It has none, and less once it has waited in vain."""
        self.wanted = STILL_BUSY_MS if self._was_busy else SERVING_MS
        try:
            yield
        except StoreBusyError:
            self._was_busy = True
            raise
        self._was_busy = False

    def connected(self) -> None:
        """A new connection waits as it was opened to."""
        self._set = BUSY_MS

    def apply(self, conn: Connection, wanted: int) -> None:
        """Before a transaction begins on ``conn``, which may wait for ``wanted`` milliseconds."""
        if self._set != wanted:
            conn.exec_driver_sql(f"PRAGMA busy_timeout={wanted}")
            self._set = wanted


class SqliteStore:
    """Both connections to the database file of ``url``. Safe to call from several threads, one at a time."""

    def __init__(self, url: str, guard: RowGuard) -> None:
        self._patience = Patience(), Patience()
        self._writer = _engine(url, guard, "BEGIN IMMEDIATE", self._patience[0], query_only=False)
        self._reader = _engine(url, guard, "BEGIN", self._patience[1], query_only=True)
        self._writing = threading.RLock()
        self._reading = threading.RLock()

    @property
    def engine(self) -> Engine:
        """The writer, for migrations."""
        return self._writer

    def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``fn`` in one transaction that is on the disk when this returns. Raises ``StoreError``."""
        with self._writing:
            self._patience[0].of_a_command()
            return _run(self._writer, fn, *args, **kwargs)

    def write_soon(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``write`` for the service, which nobody can wait for meanwhile. Raises ``StoreError``."""
        with self._writing, self._patience[0].of_the_service():
            return _run(self._writer, fn, *args, **kwargs)

    def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``fn`` on one snapshot; a write in it fails. Raises ``StoreError``."""
        with self._reading:
            self._patience[1].of_a_command()
            return _run(self._reader, fn, *args, **kwargs)

    def read_soon(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``read`` for the service. Raises ``StoreError``."""
        with self._reading, self._patience[1].of_the_service():
            return _run(self._reader, fn, *args, **kwargs)

    def data_version(self) -> int:
        """A number that changes with every commit of another connection, so of any process. Raises ``StoreError``."""
        return self.read(lambda conn: int(conn.execute(text("PRAGMA data_version")).scalar_one()))

    def scrub(self, *, rewrite: bool) -> bool:
        """Leave nothing of what was deleted behind: the log's file ends at nothing, and with ``rewrite`` the database's
        file is written anew, while nobody else writes. False if somebody stood in the way. Raises ``StoreError``."""
        with self._writing:
            raw = self._writer.raw_connection()
            try:
                if rewrite:
                    raw.cursor().execute("VACUUM")
                done = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = done.fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    return False
                raise named(DBAPIError(None, None, error), Path(self._writer.url.database or "").parent) from None
            finally:
                raw.close()
        return not busy

    def close(self) -> None:
        """Close both; the log is folded into the database file by the last one to leave."""
        self._reader.dispose()
        self._writer.dispose()


@contextmanager
def roomy(conn: Connection) -> Iterator[None]:
    """``LIST_CACHE_KIB`` for ``conn``, then ``CACHE_KIB`` again; nothing on a connection of another kind."""
    if conn.dialect.name != "sqlite":
        yield
        return
    conn.exec_driver_sql(f"PRAGMA cache_size=-{LIST_CACHE_KIB}")
    try:
        yield
    finally:
        conn.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KIB}")


def _run(engine: Engine, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        with engine.begin() as conn:
            result = fn(conn, *args, **kwargs)
            manifests.finish(conn)
            return result
    except SQLAlchemyError as error:
        raise named(error, Path(engine.url.database or "").absolute().parent) from None
    except OutdatedError:
        raise StoreBusyError(BUSY) from None
    except (UnicodeEncodeError, OverflowError):  # pysqlite's own, for half a character or a number past 64 bits
        raise StoreRefusedError from None


def _is_busy(error: OperationalError) -> bool:
    """Whether somebody else holds the database (sqlite.org/rescode.html), and nothing else is wrong with it."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _engine(url: str, guard: RowGuard, begin: str, patience: Patience, *, query_only: bool) -> Engine:
    engine = create_engine(
        make_url(url),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_MS / 1000,
        hide_parameters=True,
        execution_options={
            vouching.OPTION: guard,
            vouching.WRITES: not query_only,
            statements.OPTION: statements.SQLITE,
        },
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
    )

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        # pysqlite would begin transactions by itself, too late and never IMMEDIATE.
        connection.isolation_level = None
        patience.connected()
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten with zeros: an erased patient is in no free page of the file.
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute(f"PRAGMA query_only={int(query_only)}")

    def begun(conn: Connection) -> None:
        patience.apply(conn, patience.wanted if query_only else patience.first)
        try:
            conn.exec_driver_sql(begin)
        except OperationalError as error:
            if query_only or patience.wanted <= patience.first or not _is_busy(error):
                raise
            stopped_writer.wake(Path(engine.url.database or ""))
            patience.apply(conn, patience.wanted - patience.first)
            conn.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
