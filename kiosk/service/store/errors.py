"""What can go wrong with the store.

StoreError
├── StoreDown        the database does not answer, is damaged, or is not what this program expects
│   ├── StoreFull    no room left: nothing of the transaction was written
│   └── StoreBusy    others held it for too long: nothing was written, trying again may help
├── StoreRefused     a value that no column can hold: a NUL, half a character, too big a number
└── StoreConflict    a rule of the database was broken (unique, reference); ``rule`` names it
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

_FULL = "The disk that holds the service's data is full. Nothing was recorded. Make room and try again."
_DOWN = "The service's database does not answer. Look at it, then try again."
_BUSY = "The service's database is busy. Try again."
RETRY_STATES = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization_failure and deadlock_detected; the whole transaction may be run again."""


class StoreError(Exception):
    """Anything the store says no with; the message is a sentence."""


class StoreDown(StoreError):
    """The database cannot be used now."""


class StoreFull(StoreDown):
    """There is no room left."""


class StoreBusy(StoreDown):
    """Others held the database for too long."""


class StoreRefused(StoreError):
    """What was to be looked up or stored is no value for a database. Nothing was written."""

    def __init__(self) -> None:
        super().__init__("A text or number of this cannot be stored.")


class StoreConflict(StoreError):
    """A unique or reference rule refused the change; ``rule`` is what the database calls it."""

    def __init__(self, rule: str) -> None:
        super().__init__("This contradicts what is already recorded.")
        self.rule = rule


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five-character state of ``error``, empty if it has none."""
    origin = getattr(error, "orig", None) or error
    return str(getattr(origin, "sqlstate", None) or "")


def named(error: SQLAlchemyError | OSError) -> StoreError:
    """The store's own error for a foreign one. The statement and its values are left behind: they may hold secrets."""
    if isinstance(error, IntegrityError):
        return StoreConflict(_rule(error))
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    if code is not None:
        primary = code & 0xFF
        if primary == sqlite3.SQLITE_FULL:
            return StoreFull(_FULL)
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreBusy(_BUSY)
        return StoreDown(f"{_DOWN} (SQLite says {getattr(error.orig, 'sqlite_errorname', code)}.)")  # type: ignore[union-attr]
    state = sqlstate(error)
    if state == "53100":
        return StoreFull(_FULL)
    if state in RETRY_STATES or state in ("55P03", "57014"):
        return StoreBusy(_BUSY)
    if state.startswith("22"):  # data exceptions (PostgreSQL manual, appendix A)
        return StoreRefused()
    return StoreDown(f"{_DOWN} (PostgreSQL says {state}.)" if state else _DOWN)


def _rule(error: DBAPIError) -> str:
    origin = error.orig
    for candidate in (origin, getattr(origin, "__cause__", None)):
        name = getattr(candidate, "constraint_name", None)
        if name:
            return str(name)
    return str(origin).splitlines()[0].partition(" failed: ")[2] or "unknown"
