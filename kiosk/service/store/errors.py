"""What can go wrong with the store.

StoreError
├── StoreDownError          the database does not answer, is damaged, or is not what this program expects
│   ├── StoreFullError      no room left: nothing of the transaction was written
│   ├── StoreReadOnlyError  may only be read: nothing was written
│   │   └── StoreStandbyError   by PostgreSQL's word: until a standby is promoted, nobody can decide
│   └── StoreBusyError      others held it for too long: nothing was written, trying again may help
├── UnreadableRowError      a row that this version cannot read, most likely a newer version's
├── StoreRefusedError       a value that no column can hold: a NUL, half a character, too big a number
└── StoreConflictError      a rule of the database was broken (unique, reference); ``rule`` names it
"""

from __future__ import annotations

import sqlite3
import ssl
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError

from kiosk.service.platform.background import ForeseenError
from kiosk.service.store import disk

_FULL = "The disk that holds the service's data is full. Nothing was recorded. Make room and try again."
_READ_ONLY = (
    "The service's database can only be read: its disk is mounted read-only, its files belong to another user, "
    "or it is a standby. Nothing was recorded."
)
_DAMAGED = "The service's database is damaged. Restore it from a backup, and keep the damaged files."
_FAILING = "The disk that holds the service's data fails. Nothing was recorded. Look at the disk and at quotas."
_CANNOT_OPEN = (
    "The service's database cannot be opened. See that its folder is there and belongs to the service's user."
)
DOWN = "The service's database does not answer. Look at it, then try again."
REFUSES = "The service's database refuses what was asked of it. Look at its log, then try again."
BUSY = "The service's database is busy. Try again."
_ANSWERS = {
    "42501": "The database lets its user in, but not do the service's work. Make that user its owner: ALTER DATABASE … "
    "OWNER TO ….",
    "42P07": "The database has tables of another program. Give the service an empty one of its own, made by createdb.",
    "42P01": "The database has not the service's tables. Look at the database's name in its address.",
    "42703": "The database has not the service's columns: its tables are another version's, or another program's.",
}
"""By SQLSTATE (PostgreSQL manual, appendix A): it answers, so that what is wrong can be said."""
WAIT_STATES = {"55P03": "locked", "40P01": "deadlock", "40001": "serialization"}
"""PostgreSQL's lock_not_available, deadlock_detected, serialization_failure: the transaction may be run again, whole.
The last one none of ours can get; it would be counted."""


class StoreError(ForeseenError):
    """Anything the store says no with; the message is a sentence."""


class StoreDownError(StoreError):
    """The database cannot be used now."""


class StoreFullError(StoreDownError):
    """There is no room left."""


class StoreReadOnlyError(StoreDownError):
    """It can be read, if anything, and not written."""


class StoreStandbyError(StoreReadOnlyError):
    """No server that answers takes changes. Workstations are told as where none answers: it heals by itself."""


class StoreBusyError(StoreDownError):
    """Others held the database for too long."""


class UnreadableRowError(StoreError):
    """What a row remembers is not what this version writes there. Nothing was changed. ``why``: names, never values."""

    def __init__(self, table: str, key: str, why: str) -> None:
        super().__init__(
            f"A record in the database cannot be read by this version of the service ({table} {key}: {why}). "
            "Run the version that wrote it, or a newer one."
        )


class StoreRefusedError(StoreError):
    """What was to be looked up or stored is no value for a database. Nothing was written."""

    def __init__(self) -> None:
        super().__init__("A text or number of this cannot be stored.")


class StoreConflictError(StoreError):
    """A unique or reference rule refused the change; ``rule`` is what the database calls it."""

    def __init__(self, rule: str) -> None:
        super().__init__("This contradicts what is already recorded.")
        self.rule = rule


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five-character state of ``error``, empty if it has none."""
    origin = getattr(error, "orig", None) or error
    return str(getattr(origin, "sqlstate", None) or "")


def named(error: Exception, folder: Path | None = None) -> StoreError:
    """The store's own error for a foreign one. The statement and its values are left behind: they may hold secrets.

    ``folder``: where SQLite's files are.
    """
    if isinstance(error, IntegrityError):
        return StoreConflictError(_rule(error))
    origin = getattr(error, "orig", None)
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None:
        return _of_sqlite(code & 0xFF, str(getattr(origin, "sqlite_errorname", code)), folder)
    refused = _of_tls(error)
    if refused is not None:
        return refused
    state = sqlstate(error)
    if state == "53100":
        return StoreFullError(_FULL)
    if state == "25006":
        return StoreStandbyError(_READ_ONLY)
    if state in WAIT_STATES or state in ("57014", "25P03"):
        return StoreBusyError(BUSY)
    if state.startswith("22"):  # data exceptions (PostgreSQL manual, appendix A)
        return StoreRefusedError()
    if not state:
        return StoreDownError(DOWN)
    gone = state.startswith(("08", "57"))  # the connection, or the server, ended
    return StoreDownError(f"{_ANSWERS.get(state) or (DOWN if gone else REFUSES)} (PostgreSQL says {state}.)")


def _of_tls(error: BaseException) -> StoreDownError | None:
    """What went wrong with the way there, if that is it."""
    found: BaseException | None = getattr(error, "orig", None) or error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return StoreDownError(
                f"The database's certificate is not trusted: {found.verify_message}. Nothing was sent to it. Name its "
                "CA by sslrootcert=/PATH in the address of the database, or see that the address names the server."
            )
        if isinstance(found, ssl.SSLError):
            return StoreDownError(
                f"No TLS connection to the database comes about: {found.reason or 'handshake failed'}."
            )
        if isinstance(found, ConnectionError) and "SSL" in str(found):
            return StoreDownError(
                "The database takes no TLS, and its address demands it. Turn it on there: ssl = on in postgresql.conf. "
                "If it is on, no PostgreSQL listens there: look at the address's host and port."
            )
        found = found.__cause__ or found.__context__
    return None


def _of_sqlite(primary: int, name: str, folder: Path | None) -> StoreDownError:
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusyError(BUSY)
    on_disk = primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
    why = disk.trouble(folder) if on_disk and folder is not None else None
    if primary == sqlite3.SQLITE_FULL or why == "full":
        return StoreFullError(_FULL)
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM) or why == "read_only":
        return StoreReadOnlyError(_READ_ONLY)
    said = {
        sqlite3.SQLITE_IOERR: _FAILING,
        sqlite3.SQLITE_CORRUPT: _DAMAGED,
        sqlite3.SQLITE_NOTADB: _DAMAGED,
        sqlite3.SQLITE_CANTOPEN: _CANNOT_OPEN,
    }.get(primary, DOWN)
    return StoreDownError(f"{said} (SQLite says {name}.)")


def _rule(error: DBAPIError) -> str:
    origin = error.orig
    for candidate in (origin, getattr(origin, "__cause__", None)):
        name = getattr(candidate, "constraint_name", None)
        if name:
            return str(name)
    return str(origin).splitlines()[0].partition(" failed: ")[2] or "unknown"


def kind_of(error: StoreError) -> str:
    """A word for counts: ``full``, ``read_only``, ``busy``, ``down``, ``refused``, ``conflict`` or ``other``."""
    kinds: tuple[tuple[type[StoreError], str], ...] = (
        (StoreFullError, "full"),
        (StoreReadOnlyError, "read_only"),
        (StoreBusyError, "busy"),
        (StoreDownError, "down"),
        (StoreRefusedError, "refused"),
        (StoreConflictError, "conflict"),
    )
    return next((word for kind, word in kinds if isinstance(error, kind)), "other")
