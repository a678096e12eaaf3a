"""Whether this process can do its work now: each thing that it cannot do without, looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from kiosk.service.platform import keys as key_files
from kiosk.service.platform.key_errors import KeyFileError
from kiosk.service.shared.context import Service
from kiosk.service.store.errors import StoreError
from kiosk.service.store.schema import audit_chain

MAX_CLOCK_ERROR = 30
"""Seconds by which this machine's clock and the database's may differ: proofs of a workstation are judged by it
(RFC 9449 section 11.1), and another replica by its own."""
JULIAN_EPOCH = 2_440_587.5
"""The Julian day of 1970-01-01 00:00 UTC."""
LOOK_SECONDS = 3.0
"""For the database to answer; whoever asks is a load balancer, which waits about as long."""


@dataclass(frozen=True, slots=True)
class Look:
    """One thing. ``said``: a sentence for operations staff, what is wrong or that nothing is."""

    name: str
    ok: bool
    said: str


def keys_there(folder: Path, credentials: Path | None = None) -> Callable[[], bool]:
    """Whether the service would start again with the keys that are in ``folder`` and ``credentials`` now.

    Not whether every file of before is there: rotation and retirement take files away.
    """

    def there() -> bool:
        try:
            key_files.load(folder, credentials)
        except KeyFileError:
            return False
        return True

    return there


async def looks(service: Service, keys: Callable[[], bool]) -> tuple[Look, ...]:
    """All of them, in the order in which somebody would mend them. Raises nothing."""
    there = _keys(await asyncio.to_thread(keys))
    return (await _database(service), _storage(service), there, _leader(service))


async def _database(service: Service) -> Look:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            # A transaction that could write: a server that takes no changes, or a file held by another, refuses it.
            theirs = await service.db.write(_clock_of)
    except TimeoutError:
        return Look("database", False, f"The database did not answer within {LOOK_SECONDS:.0f} seconds.")
    except StoreError as error:
        return Look("database", False, str(error))
    off = theirs - service.clock()
    if abs(off) > MAX_CLOCK_ERROR:
        way = "ahead of" if off < 0 else "behind"
        return Look(
            "clock",
            False,
            f"This machine's clock is {abs(off):.0f} seconds {way} the database's last word. Set it (timedatectl).",
        )
    return Look("database", True, "The database takes changes, and its clock agrees.")


def _clock_of(conn: Connection) -> float:
    """The database's clock, epoch seconds; where it has none of its own (SQLite), the newest row's time if that is
    ahead of this machine's."""
    if conn.dialect.name == "postgresql":
        return float(conn.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    newest = conn.execute(select(func.max(audit_chain.c.head_at))).scalar() or 0
    here = float(conn.execute(text("SELECT julianday('now')")).scalar_one())
    now = (here - JULIAN_EPOCH) * 86_400
    return max(now, float(newest))


def _storage(service: Service) -> Look:
    if service.storage.low():
        return Look("storage", False, "The disk under the database is nearly full: only sign-ins and locks are kept.")
    return Look("storage", True, "There is room under the database.")


def _keys(there: bool) -> Look:
    if there:
        return Look("keys", True, "The keys are in their folder.")
    return Look(
        "keys",
        False,
        "Key files are gone, damaged or open to other users: the service would not start again. "
        "Restore them from the backup.",
    )


def _leader(service: Service) -> Look:
    """Never a reason not to be ready: whoever does not lead serves stations all the same."""
    if service.lead.leads:
        return Look("leader", True, "This replica delivers messages, signs the trail and tidies up.")
    return Look("leader", True, "Another replica delivers messages, signs the trail and tidies up.")


class Readiness:
    """Asks at most once a second, whoever asks how often. ``clock``: seconds, never going back."""

    def __init__(self, service: Service, keys: Callable[[], bool], clock: Callable[[], float]) -> None:
        self._service = service
        self._keys = keys
        self._clock = clock
        self._seen: tuple[float, tuple[Look, ...]] | None = None
        self._asking = asyncio.Lock()
        self.leaving = False
        """The service was told to stop: a load balancer is to send nobody here any more."""

    async def now(self) -> tuple[Look, ...]:
        """How it is, at most a second old. Raises nothing."""
        if self.leaving:
            return (Look("stopping", False, "The service is stopping."),)
        async with self._asking:
            if self._seen is None or self._clock() - self._seen[0] >= 1:
                self._seen = (self._clock(), await looks(self._service, self._keys))
            return self._seen[1]


def said(found: tuple[Look, ...]) -> str:
    """A line each, what is wrong first."""
    return "".join(
        f"{'ok' if item.ok else 'FAILS'}  {item.name}: {item.said}\n" for item in sorted(found, key=_as_it_should)
    )


def _as_it_should(look: Look) -> bool:
    return look.ok
