"""The journal on disk: one file, a line a row, on the disk before ``add`` returns, kept until the service has it.

A torn last line is the row whose ``add`` never returned, for the power went: it is cut off, and the next row says so
(``journal_torn``). Lines that are not as we wrote them end the journal: the file is put aside whole, and a new journal
begins with a row that says so (``journal_damaged``). The service finds the gap by itself as well.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.downtime import station_time
from kiosk.downtime.errors import JournalError, JournalFullError
from kiosk.downtime.happening import REFUSED, Happening
from kiosk.files import append_private, sync_folder, write_private
from kiosk.model.binding import MAX_INTEGER
from kiosk.model.journal import MAX_BATCH, MAX_BATCH_BYTES, JournalEntry, JournalRow, ReplayIn
from kiosk.verification import journal as rows_of

MAX_ROWS = 100_000
MAX_BYTES = 256 << 20
RESERVED = 1000
"""Rows that are kept back for what opens nothing: locks and ends go on when no sign-in fits any more."""
KEEP = 500
"""Rows that may lie on disk although the service has them: to write a long file anew for each batch takes too long."""
FULL = "journal_full"
LINK_BYTES = 32
log = logging.getLogger("kiosk.downtime.journal")


@dataclass(frozen=True, slots=True)
class _Head:
    """First line of the file: the journal's name, and number and link of the row before the first that it holds."""

    journal: str
    taken: int
    link: str


class Journal:
    """Thread-safe. ``key``: the workstation's, ``station``: its id. ``wall``, ``steady``: clocks, in seconds."""

    def __init__(
        self,
        path: Path,
        key: ec.EllipticCurvePrivateKey,
        station: str,
        *,
        limit: int = MAX_ROWS,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = station_time.up,
    ) -> None:
        self._path, self._key, self._station, self._limit = path, key, station, limit
        self._wall, self._steady, self._boot = wall, steady, station_time.boot()
        self._lock = threading.RLock()
        self._rows: list[JournalRow] = []
        self._full = False
        self._begin = self._fresh()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise JournalError(f"The journal at {path} cannot be kept: {error.strerror}. Free the disk.") from None

    def __len__(self) -> int:
        """Rows that the service has not got yet."""
        with self._lock:
            return len(self._rows)

    @property
    def at(self) -> tuple[str, int]:
        """Name of this journal, and number of its last row."""
        with self._lock:
            return self._begin.journal, self.head

    @property
    def head(self) -> int:
        """Number of the last row that was ever added to this journal."""
        with self._lock:
            return self._begin.taken + len(self._rows)

    def add(self, what: Happening) -> None:
        """Write it down, for good. Raises ``JournalError``: then it did not happen."""
        with self._lock:
            if len(self._rows) >= self._limit:
                raise JournalFullError("The journal of this downtime is full. Nobody can be let in until it is sent.")
            if len(self._rows) >= self._limit // 2 and what.action == REFUSED:
                # Whoever holds strange cards to the reader all night must not use up what others need.
                raise JournalFullError("The journal of this downtime is half full. Refusals are not written any more.")
            if len(self._rows) >= self._limit - RESERVED and what.proof is not None:
                self._say_full()
                raise JournalFullError("The journal of this downtime is full. Nobody can be let in until it is sent.")
            self._append(what)

    def batch(self, size: int = MAX_BATCH) -> ReplayIn | None:
        """What is to be sent next; None where the service has everything."""
        with self._lock:
            if not self._rows:
                return None
            some, room = [self._rows[0]], MAX_BATCH_BYTES - len(msgspec.json.encode(self._rows[0]))
            for row in self._rows[1:size]:
                room -= len(msgspec.json.encode(row)) + 1
                if room < 0:
                    break
                some.append(row)
            return ReplayIn(self._begin.journal, self.head, self._begin.link, tuple(some))

    def taken(self, number: int) -> None:
        """The service has every row up to ``number``. Raises ``JournalError``; then they are sent once more."""
        with self._lock:
            gone = min(max(0, number - self._begin.taken), len(self._rows))
            if not gone:
                return
            last, left = self._rows[gone - 1], self._rows[gone:]
            if len(left) > KEEP:
                self._struck(gone, last)
            else:
                self._rewrite(_Head(self._begin.journal, self._begin.taken + gone, last.link), left)
            self._full = False

    def set_aside(self) -> None:
        """Nobody can read it: it is kept as it is, and another begins, which says so. Raises ``JournalError``."""
        with self._lock:
            try:
                self._put_aside()
            except OSError as error:
                raise JournalError(f"The journal cannot be kept: {error.strerror}. Free the disk.") from None

    def renew(self, taken: int) -> None:
        """Begin another journal; rows after ``taken`` go into it, with their own times. Raises ``JournalError``."""
        with self._lock:
            left = self._rows[min(max(0, taken - self._begin.taken), len(self._rows)) :]
            entries = [rows_of.entry_of(row) for row in left]
            begin = self._fresh()
            link = bytes.fromhex(begin.link)
            rows: list[JournalRow] = []
            for number, entry in enumerate(entries, 1):
                moved = JournalEntry(**{**{n: getattr(entry, n) for n in JournalEntry.__slots__}, "n": number})
                rows.append(rows_of.made(moved, link, self._key))
                link = bytes.fromhex(rows[-1].link)
            self._rewrite(begin, rows)

    def _append(self, what: Happening) -> None:
        before = bytes.fromhex(self._rows[-1].link if self._rows else self._begin.link)
        entry = JournalEntry(
            n=self.head + 1,
            at=int(self._wall()),
            up=int(self._steady() * 1000),
            boot=self._boot,
            action=what.action,
            session=what.session,
            reason=what.reason,
            detail=dict(what.detail or {}),
            proof=dict(what.proof) if what.proof is not None else None,
        )
        try:
            row = rows_of.made(entry, before, self._key)
            append_private(self._path, msgspec.json.encode(row) + b"\n")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise JournalError(f"What happened cannot be written down: {why}. Free the disk.") from None
        self._rows.append(row)

    def _say_full(self) -> None:
        if not self._full:
            self._full = True
            log.error("the journal is full: nobody is let in any more")
            self._append(Happening(FULL, detail={"rows": str(len(self._rows))}))

    def _struck(self, gone: int, last: JournalRow) -> None:
        """Forget them here; on disk they stay until the file is rewritten. Sent twice, they are taken once."""
        self._rows = self._rows[gone:]
        self._begin = _Head(self._begin.journal, self._begin.taken + gone, last.link)

    def _rewrite(self, begin: _Head, rows: list[JournalRow]) -> None:
        lines = [msgspec.json.encode(begin), *(msgspec.json.encode(row) for row in rows)]
        try:
            write_private(self._path, b"\n".join(lines) + b"\n")
        except OSError as error:
            raise JournalError(f"The journal cannot be kept: {error.strerror}. Free the disk.") from None
        self._begin, self._rows = begin, rows

    def _fresh(self) -> _Head:
        name = str(uuid.uuid4())
        return _Head(name, 0, rows_of.first_link(name, self._station).hex())

    def _open(self) -> None:
        """Read what is there; raises ``OSError``."""
        data = b""
        if self._path.exists():
            with self._path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        if not data:
            self._rewrite(self._fresh(), [])
            return
        whole, newline, torn = data.rpartition(b"\n")
        try:
            if not newline or len(data) > MAX_BYTES:
                raise ValueError("no whole line")
            begin, rows = _read(whole.split(b"\n"), self._key.public_key(), self._station)
        except (ValueError, RecursionError, msgspec.DecodeError, json.JSONDecodeError):
            self._put_aside()
            return
        self._begin, self._rows = begin, rows
        if torn:
            log.warning("the last line of the journal is torn: the power went while it was written")
            self._rewrite(begin, rows)
            self._append(Happening("journal_torn", detail={"bytes": str(len(torn))}))

    def _put_aside(self) -> None:
        aside = self._path.with_name(f"{self._path.name}.damaged-{uuid.uuid4().hex[:8]}")
        self._path.rename(aside)
        sync_folder(self._path.parent)
        log.error("the journal is not as it was written: it lies at %s, and a new one begins", aside)
        self._rewrite(self._fresh(), [])
        self._append(Happening("journal_damaged", detail={"file": aside.name}))


def _read(lines: list[bytes], key: ec.EllipticCurvePublicKey, station: str) -> tuple[_Head, list[JournalRow]]:
    """Raises ``ValueError`` (and ``DecodeError``) for anything that is not as we wrote it."""
    begin = msgspec.json.decode(lines[0], type=_Head)
    link = bytes.fromhex(begin.link)
    uuid.UUID(begin.journal)
    if len(link) != LINK_BYTES or begin.link != link.hex() or not 0 <= begin.taken <= MAX_INTEGER:
        raise ValueError("no beginning of a journal")
    if not begin.taken and link != rows_of.first_link(begin.journal, station):
        raise ValueError("the beginning of another journal")
    rows: list[JournalRow] = []
    for line in lines[1:]:
        row = msgspec.json.decode(line, type=JournalRow)
        if not rows_of.follows(row, link) or rows_of.entry_of(row).n != begin.taken + len(rows) + 1:
            raise ValueError("a row does not follow the one before")
        link = bytes.fromhex(row.link)
        rows.append(row)
    for row in rows[-1:]:  # links hold all before it; the service checks each signature
        if not rows_of.signed(row, key):
            raise ValueError("a row is not signed")
    return begin, rows
