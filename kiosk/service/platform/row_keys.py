"""Keys that authenticate rows of the database, and what was found that they do not vouch for.

A row that decides something carries a message authentication code (HMAC-SHA-256, RFC 2104) under a key that is not
in the database. Which tables, which columns: ``store/guarded``. How rows are written and read: ``store/integrity``.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kiosk.service.platform.opening_marks import OpeningMarks

log = logging.getLogger("kiosk.service.integrity")
LABEL = b"kiosk/row/v1\x00"
_HEAD = struct.Struct(">IQ")
MAC_BYTES = _HEAD.size + hashlib.sha256().digest_size
MAX_NOTICED = 256
MAX_SEEN = 100_000
"""Subjects whose last revision is remembered; who was read longest ago is forgotten."""
SETTLED_SECONDS = 10.0
"""A change that a transaction read is believed by others after this time: one that began before it may be under way."""
REPEAT_SECONDS = 3600
"""One row that fails is told of once an hour, however often it is read."""


MAX_KEY = 1000
"""Characters of a row's key that are shown; each of ours is shorter."""


@dataclass(frozen=True, slots=True)
class Tampered:
    """A row that is not as the service wrote it. ``key``: its primary key in words. ``why``: what does not agree."""

    table: str
    key: str
    why: str

    def __str__(self) -> str:
        """For a terminal and a log: somebody else may have written the key."""
        key = self.key if len(self.key) <= MAX_KEY else self.key[:MAX_KEY] + "…"
        key = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in key)
        return f"{self.table} {key}: {self.why}"


class RowKeys:
    """HMAC keys of rows by number; ``current`` is the one that new rows are written under.

    ``adopting``: the key was made for a database that has rows without codes; the next migration believes them, once.
    ``find``: looks for a key that was made after these were read; from then on the highest is ``current``.
    """

    def __init__(
        self,
        current: int,
        by_number: Mapping[int, bytes],
        *,
        adopting: bool = False,
        find: Callable[[int], bytes | None] = lambda _number: None,
    ) -> None:
        self.current = current
        self.adopting = adopting
        self._by_number = dict(by_number)
        self._find = find
        self._scheduled: dict[tuple[int, str], hmac.HMAC] = {}

    def __repr__(self) -> str:
        return f"RowKeys(current={self.current})"

    def mac(self, table: str, revision: int, message: bytes) -> bytes:
        """What is stored with the row: key number (4 bytes), revision (8 bytes), HMAC-SHA-256 (32 bytes)."""
        head = _HEAD.pack(self.current, revision)
        return head + self._digest(self.current, table, head, message)

    def right(self, table: str, mac: bytes | None, message: bytes) -> bool:
        """Whether ``mac`` is this service's for the row, in constant time. SQLite may hold a value of another kind."""
        if not isinstance(mac, bytes | bytearray | memoryview) or len(mac) != MAC_BYTES:
            return False
        head = mac[: _HEAD.size]
        number = _HEAD.unpack(head)[0]
        if not self.has(number):
            return False
        return hmac.compare_digest(mac[_HEAD.size :], self._digest(number, table, head, message))

    def has(self, number: int) -> bool:
        """Whether that key is here, or was made meanwhile."""
        if number in self._by_number:
            return True
        made = self._find(number)
        if made is None:
            return False
        self._by_number[number] = made
        self.current = max(self.current, number)
        return True

    def _digest(self, number: int, table: str, head: bytes, message: bytes) -> bytes:
        keyed = self._scheduled.get((number, table))
        if keyed is None:
            # A table's name is followed by a zero, which no name has: no two tables share a beginning.
            begin = LABEL + table.encode("ascii") + b"\x00"
            keyed = self._scheduled[number, table] = hmac.new(self._by_number[number], begin, "sha256")
        mine = keyed.copy()
        mine.update(head)
        mine.update(message)
        return mine.digest()


def revision_of(mac: bytes) -> int:
    """The revision that a stored code speaks of; of no worth before the code was found right."""
    return int(_HEAD.unpack(mac[: _HEAD.size])[1])


def head_of(number: int) -> bytes:
    """How every code of that key begins."""
    return number.to_bytes(4, "big")


def key_number_of(mac: bytes) -> int:
    """The number of the key that a stored code was made with."""
    return int(_HEAD.unpack(mac[: _HEAD.size])[0])


class PinSealer(Protocol):
    """Keeps PINs' hashes unreadable without a key that is not in the database: ``pin_keys.PinKeys``."""

    current: str

    def seal(self, hashed: str, person: str) -> str: ...

    def unseal(self, stored: str, person: str) -> str | None: ...


class RowGuard:
    """What an open database needs to write and believe rows: keys, and what was noticed and not yet reported."""

    def __init__(
        self, keys: RowKeys, pins: PinSealer, marks: OpeningMarks, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.keys = keys
        self.pins = pins
        self.marks = marks
        self._clock = clock
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._told: dict[tuple[str, str], float] = {}
        self._noticed: list[Tampered] = []

    def is_newest(self, subject: str, revision: int) -> bool:
        """Whether no later ``revision`` of the manifest of ``subject`` was read before, and settled."""
        now = self._clock()
        last, since = self._seen.pop(subject, (0, now))
        self._seen[subject] = (revision, now) if revision > last else (last, since)
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        return revision >= last or now - since < SETTLED_SECONDS

    def forget(self) -> None:
        """Remember no revision: another database server may have taken over, and not know of the last changes."""
        self._seen.clear()

    def notice(self, found: Tampered) -> None:
        """Log a row that failed, and keep it for ``noticed``; once an hour for each row."""
        now, name = self._clock(), (found.table, found.key)
        if now - self._told.get(name, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return
        if len(self._told) >= MAX_NOTICED:
            self._told.pop(next(iter(self._told)))
        self._told[name] = now
        log.error("a row is not as the service wrote it, and is not believed: %s", found)
        if len(self._noticed) < MAX_NOTICED:
            self._noticed.append(found)

    def noticed(self) -> list[Tampered]:
        """What failed since this was asked last."""
        found, self._noticed = self._noticed, []
        return found
