"""Reports that outlive a crash: on disk, signed, sent in order, kept until the service has them.

Each is on disk (fsync) before ``add`` returns (``outbox_file``). What was sent but not yet struck off when the agent
died is sent again; the service knows a report by its id and writes it once. A half-written last line is the report
whose ``add`` never returned: it is dropped.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.client.errors import OutboxError, ServiceProblemError
from kiosk.client.outbox_file import OutboxFile
from kiosk.files import append_private
from kiosk.model.reported import OUTBOX_FULL as FULL
from kiosk.model.reported import VITAL_REPORTS as VITAL
from kiosk.model.wire import Report

BATCH = 100
LIMIT = 5000
"""Reports kept at most: some days of a busy station without its service."""
KEEP = 500
"""Sent reports that may lie among others on disk: to sign all that follow anew for each of them takes too long."""
TOO_MANY = 429
log = logging.getLogger("kiosk.client.outbox")
Send = Callable[[tuple[Report, ...]], None]


class Outbox:
    """The reports at ``path``. Thread-safe; ``flush`` is for one thread at a time.

    ``key``, ``station``: the workstation's own. When ``limit`` is reached, one ``outbox_full`` report takes the last
    place and counts, in ``lost``, those that came after it. ``refused``: file that keeps what the service would not
    take.
    """

    def __init__(self, path: Path, key: ec.EllipticCurvePrivateKey, station: str, limit: int = LIMIT) -> None:
        self._file = OutboxFile(path, key, station)
        self._refused = path.with_name(path.name + ".refused")
        self._limit = limit
        self._lock = threading.Lock()
        self._sent: set[str] = set()
        """Ids of what the service has, and what lies on disk yet because something before it waits."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._kept = self._file.open()
        except (OSError, ValueError) as error:
            raise OutboxError(f"The reports at {path} cannot be kept: {_why(error)}. Free the disk.") from None
        self._lost = sum(_lost(report) for report in self._kept[-1:])

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting())

    def add(self, report: Report) -> None:
        """Keep ``report`` until it is sent. Raises ``OutboxError`` if the disk will not take it."""
        with self._lock:
            try:
                if len(self._waiting()) >= self._limit - 1:
                    self._overflow(report)
                else:
                    self._append(report)
            except (OSError, ValueError) as error:
                raise OutboxError(f"A report cannot be kept: {_why(error)}. Free the disk.") from None

    def flush(self, send: Send, *, vital: bool = False) -> None:
        """Send all that waits, oldest first, in batches. Raises what ``send`` raises; what is left stays.

        A batch that the service refuses as such (4xx) is sent one by one, so that one bad report never stops the rest.
        Where it takes no more for now (429), locks and ends of sessions still go; ``vital``: those alone.
        """
        while True:
            with self._lock:
                batch = tuple(r for r in self._waiting() if not vital or r.action in VITAL)[:BATCH]
            if not batch:
                return
            try:
                send(batch)
            except ServiceProblemError as problem:
                if problem.status == TOO_MANY and not vital:
                    self.flush(send, vital=True)
                if not _is_about_the_body(problem):
                    raise
                self._one_by_one(batch, send)
            self._strike(batch)

    def _one_by_one(self, batch: tuple[Report, ...], send: Send) -> None:
        for report in batch:
            try:
                send((report,))
            except ServiceProblemError as problem:
                if not _is_about_the_body(problem):
                    raise
                log.error("the service refuses a report: action=%s code=%s", report.action, problem.code)
                self._set_aside(report)

    def _waiting(self) -> list[Report]:
        return [report for report in self._kept if report.id not in self._sent]

    def _overflow(self, report: Report) -> None:
        """Called with the lock held: count what is lost, in the one last place."""
        self._lost += 1
        log.error("the outbox is full: %d reports lost", self._lost)
        notice = _notice(report.at, self._lost)
        if self._says_full():
            self._replace_last(notice)
        else:
            self._append(notice)

    def _says_full(self) -> bool:
        """Whether the last report counts what was lost, and is still to be sent."""
        return bool(self._kept) and self._kept[-1].action == FULL and self._kept[-1].id not in self._sent

    def _append(self, report: Report) -> None:
        self._file.append(report)
        self._kept.append(report)

    def _replace_last(self, report: Report) -> None:
        self._file.replace(len(self._kept) - 1, [report])
        self._kept[-1] = report

    def _strike(self, batch: tuple[Report, ...]) -> None:
        with self._lock:
            self._sent |= {report.id for report in batch}
            gone = len(list(takewhile(lambda report: report.id in self._sent, self._kept)))
            try:
                if gone:
                    self._file.strike(gone)
                    self._kept = self._kept[gone:]
                if len(self._kept) - len(self._waiting()) > KEEP:
                    self._file.replace(0, self._waiting())
                    self._kept = self._waiting()
                self._sent &= {report.id for report in self._kept}
                self._told_of(sum(_lost(report) for report in batch))
            except (OSError, ValueError) as error:
                raise OutboxError(f"The reports cannot be kept: {_why(error)}. Free the disk.") from None

    def _told_of(self, lost: int) -> None:
        """The service knows of so many: what is counted meanwhile is counted without them."""
        self._lost = max(0, self._lost - lost)
        if lost and self._says_full():
            self._replace_last(_notice(self._kept[-1].at, self._lost))

    def _set_aside(self, report: Report) -> None:
        try:
            append_private(self._refused, msgspec.json.encode(report) + b"\n", create=True)
        except OSError as error:
            raise OutboxError(f"A refused report cannot be kept: {error.strerror}. Free the disk.") from None


def _is_about_the_body(problem: ServiceProblemError) -> bool:
    return problem.status in (400, 413, 422)


def _notice(at: int, lost: int) -> Report:
    return Report(str(uuid.uuid4()), FULL, at, detail={"lost": str(lost)})


def _lost(report: Report) -> int:
    """How many lost reports it tells of."""
    said = report.detail.get("lost", "") if report.action == FULL else ""
    return int(said) if said.isascii() and said.isdigit() else 0


def _why(error: OSError | ValueError) -> str:
    return str(error.strerror if isinstance(error, OSError) else error)
