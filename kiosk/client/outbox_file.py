"""The outbox on disk: rows as a journal's, each naming the one before and signed by the workstation's key.

The first line says after which row the file begins, and is signed. Beside the file lies its end (``.end``): number and
link of the last row, signed, written after each. So a row that was changed, taken out, moved, doubled or cut off shows
at the next start. Then the rows before that place are kept, the file is put aside as it was, and a report says so.

Whoever puts an older pair of both files back is not found out by it.
"""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.files import append_private, write_private
from kiosk.model.binding import canonical
from kiosk.model.journal import JournalRow
from kiosk.model.reported import OUTBOX_DAMAGED
from kiosk.model.wire import Report
from kiosk.verification import journal as rows_of

FIRST_LABEL = b"kiosk/outbox/v1\x00"
BEGIN_LABEL = b"kiosk/outbox-begin/v1\x00"
END_LABEL = b"kiosk/outbox-end/v1\x00"
MAX_BYTES = 128 << 20
UNSIGNED = {"unsigned": "yes"}
"""In the detail of a report that no key had signed: of a version before, or of whoever wrote the file."""
Wrong = Literal["", "changed", "cut", "missing", "unsigned"]
log = logging.getLogger("kiosk.client.outbox")


@dataclass(frozen=True, slots=True)
class OutboxPlace:
    """A row of an outbox, by its number and link; ``n`` 0 is the place before the first."""

    outbox: str
    n: int
    link: str


@dataclass(slots=True)
class _Found:
    """What is on the disk: ``reports`` by ``rows`` that hold, after ``begin``; what is ``wrong``."""

    begin: OutboxPlace
    rows: list[JournalRow] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    wrong: Wrong = ""
    torn: bool = False


class OutboxFile:
    """Not thread-safe. ``key``: the workstation's, ``station``: its id. Every method raises ``OSError``, and
    ``BadEntryError`` for a report that is too long."""

    def __init__(self, path: Path, key: ec.EllipticCurvePrivateKey, station: str) -> None:
        self._path, self._key, self._station = path, key, station
        self._end = path.with_name(path.name + ".end")
        self._begin = self._fresh()
        self._rows: list[JournalRow] = []
        self._end_at = 0

    def open(self) -> list[Report]:
        """The reports that are there, the last of which says what is wrong with the others, if anything is."""
        there = self._path.exists()
        data = b""
        if there:
            with self._path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        found = self._read(data) if data else _Found(self._fresh(), wrong="missing" if self._end.exists() else "")
        self._begin, self._rows = found.begin, found.rows
        if found.wrong:
            aside = self._put_aside(data)
            log.error("the outbox is not as it was written (%s): it lies at %s", found.wrong, aside)
            detail = {"file": aside, "kept": str(len(found.reports))}
            notice = Report(str(uuid.uuid4()), OUTBOX_DAMAGED, int(time.time()), None, found.wrong, detail)
            found.reports.append(notice)
            self._rows = self._chained(len(found.rows), found.reports[len(found.rows) :])
        if found.wrong or found.torn or not data:
            self._write()
        self._write_end(len(self._rows))
        return found.reports

    def append(self, report: Report) -> None:
        """One more, on the disk when this returns."""
        (row,) = self._chained(len(self._rows), [report])[len(self._rows) :]
        append_private(self._path, msgspec.json.encode(row) + b"\n")
        self._rows.append(row)
        try:
            self._write_end(len(self._rows))
        except OSError as error:  # it is there; the end may lag behind
            log.error("the end of the outbox cannot be kept: %s", error.strerror)

    def strike(self, number: int) -> None:
        """The first ``number`` are gone."""
        begin, rows = self._place(number), self._rows[number:]
        if self._end_at < begin.n:
            self._write_end(len(self._rows))
        self._write(begin, rows)
        self._begin, self._rows = begin, rows

    def replace(self, index: int, reports: Sequence[Report]) -> None:
        """In place of all from ``index`` on there are ``reports``."""
        rows = self._chained(index, reports)
        self._write_end(index)  # at any moment it names a row that is there
        self._write(self._begin, rows)
        self._rows = rows
        self._write_end(len(rows))

    def _read(self, data: bytes) -> _Found:
        *lines, torn = data.split(b"\n")
        begin = self._signed_place(lines[0], BEGIN_LABEL) if lines else None
        if begin is None:
            return self._unsigned(lines)
        found = _Found(begin, torn=bool(torn))
        link, public = bytes.fromhex(begin.link), self._key.public_key()
        for line in lines[1:]:
            try:
                row = msgspec.json.decode(line, type=JournalRow)
                report = msgspec.json.decode(row.body, type=Report)
            except (msgspec.DecodeError, RecursionError):
                row = None
            if row is None or not rows_of.follows(row, link) or not rows_of.signed(row, public):
                found.wrong = "changed"
                return found
            found.rows.append(row)
            found.reports.append(report)
            link = bytes.fromhex(row.link)
        found.wrong = self._wrong_end(found)
        return found

    def _unsigned(self, lines: Sequence[bytes]) -> _Found:
        """Reports as a version before wrote them, each marked. Where we have signed an end there can be none."""
        wrong: Wrong = "changed" if self._end.exists() else "unsigned" if lines else ""
        found = _Found(self._fresh(), wrong=wrong, torn=True)
        for line in lines if found.wrong == "unsigned" else ():
            try:
                report = msgspec.json.decode(line, type=Report)
            except (msgspec.DecodeError, RecursionError):
                found.wrong = "changed"
                continue
            detail = {**report.detail, **UNSIGNED}
            found.reports.append(Report(report.id, report.action, report.at, report.session, report.reason, detail))
        return found

    def _wrong_end(self, found: _Found) -> Wrong:
        try:
            end = self._signed_place(self._end.read_bytes(), END_LABEL)
        except FileNotFoundError:
            return "missing" if found.begin.n or found.rows else ""
        head = found.begin.n + len(found.rows)
        if end is None or end.outbox != found.begin.outbox or end.n < found.begin.n:
            return "changed"
        if end.n > head:
            return "cut"
        at = end.n - found.begin.n
        had = found.rows[at - 1].link if at else found.begin.link
        return "" if had == end.link else "changed"

    def _chained(self, index: int, reports: Sequence[Report]) -> list[JournalRow]:
        """The rows before ``index``, and ``reports`` after them."""
        rows = self._rows[:index]
        for report in reports:
            before = bytes.fromhex(rows[-1].link if rows else self._begin.link)
            rows.append(rows_of.row_of(msgspec.json.encode(report).decode(), before, self._key))
        return rows

    def _place(self, index: int) -> OutboxPlace:
        """The one after so many of the rows that are here."""
        link = self._rows[index - 1].link if index else self._begin.link
        return OutboxPlace(self._begin.outbox, self._begin.n + index, link)

    def _fresh(self) -> OutboxPlace:
        name = str(uuid.uuid4())
        return OutboxPlace(
            name, 0, hashlib.sha256(FIRST_LABEL + canonical({"outbox": name, "station": self._station})).hexdigest()
        )

    def _write(self, begin: OutboxPlace | None = None, rows: list[JournalRow] | None = None) -> None:
        begin, rows = begin or self._begin, self._rows if rows is None else rows
        lines = [self._signed(begin, BEGIN_LABEL), *(msgspec.json.encode(row) for row in rows)]
        write_private(self._path, b"\n".join(lines) + b"\n")

    def _write_end(self, index: int) -> None:
        place = self._place(index)
        write_private(self._end, self._signed(place, END_LABEL))
        self._end_at = place.n

    def _put_aside(self, data: bytes) -> str:
        """Under which name the file lies as it was found."""
        aside = self._path.with_name(f"{self._path.name}.damaged-{uuid.uuid4().hex[:8]}")
        write_private(aside, data)
        return aside.name

    def _signed(self, place: OutboxPlace, label: bytes) -> bytes:
        return msgspec.json.encode(rows_of.row_of(msgspec.json.encode(place).decode(), self._before(label), self._key))

    def _signed_place(self, line: bytes, label: bytes) -> OutboxPlace | None:
        try:
            row = msgspec.json.decode(line, type=JournalRow)
            if not rows_of.follows(row, self._before(label)) or not rows_of.signed(row, self._key.public_key()):
                return None
            return msgspec.json.decode(row.body, type=OutboxPlace)
        except (msgspec.DecodeError, RecursionError):
            return None

    def _before(self, label: bytes) -> bytes:
        return hashlib.sha256(label + self._station.encode()).digest()
