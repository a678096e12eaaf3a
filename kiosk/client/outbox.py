"""Reports that outlive a crash: a journal on disk, sent in order, kept until the service has them.

One JSON ``Report`` a line, on disk (fsync) before ``add`` returns. What was sent but not yet struck off when the agent
died is sent again; the service knows a report by its id and writes it once. A half-written last line is the report
whose ``add`` never returned: it is dropped.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from kiosk.client.errors import OutboxError, ServiceProblemError
from kiosk.files import append_private, write_private
from kiosk.model.reported import OUTBOX_FULL as FULL
from kiosk.model.reported import VITAL_REPORTS as VITAL
from kiosk.model.wire import Report

BATCH = 100
LIMIT = 5000
"""Reports kept at most: some days of a busy station without its service."""
TOO_MANY = 429
log = logging.getLogger("kiosk.client.outbox")
Send = Callable[[tuple[Report, ...]], None]


class Outbox:
    """The journal at ``path``. Thread-safe; ``flush`` is for one thread at a time.

    When ``limit`` is reached, one ``outbox_full`` report takes the last place and counts, in ``lost``, those that came
    after it. ``refused``: file that keeps what the service would not take.
    """

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._path = path
        self._refused = path.with_name(path.name + ".refused")
        self._limit = limit
        self._lock = threading.Lock()
        self._lost = 0
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._waiting = deque(_read(path))
            self._rewrite()
        except OSError as error:
            raise OutboxError(f"The reports at {path} cannot be kept: {error.strerror}. Free the disk.") from None

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)

    def add(self, report: Report) -> None:
        """Keep ``report`` until it is sent. Raises ``OutboxError`` if the disk will not take it."""
        with self._lock:
            if len(self._waiting) >= self._limit - 1:
                self._overflow(report)
                return
            self._append(report)

    def flush(self, send: Send, *, vital: bool = False) -> None:
        """Send all that waits, oldest first, in batches. Raises what ``send`` raises; what is left stays.

        A batch that the service refuses as such (4xx) is sent one by one, so that one bad report never stops the rest.
        Where it takes no more for now (429), locks and ends of sessions still go; ``vital``: those alone.
        """
        while True:
            with self._lock:
                batch = tuple(r for r in self._waiting if not vital or r.action in VITAL)[:BATCH]
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

    def _overflow(self, report: Report) -> None:
        """Called with the lock held: count what is lost, in the one last place."""
        self._lost += 1
        log.error("the outbox is full: %d reports lost", self._lost)
        notice = Report(str(uuid.uuid4()), FULL, report.at, detail={"lost": str(self._lost)})
        if self._waiting and self._waiting[-1].action == FULL:
            self._waiting[-1] = notice
            self._rewrite_or_fail()
        else:
            self._append(notice)

    def _append(self, report: Report) -> None:
        try:
            append_private(self._path, _line(report).encode(), create=True)
        except OSError as error:
            raise OutboxError(f"A report cannot be kept: {error.strerror}. Free the disk.") from None
        self._waiting.append(report)

    def _strike(self, batch: tuple[Report, ...]) -> None:
        sent = {report.id for report in batch}
        with self._lock:
            self._waiting = deque(r for r in self._waiting if r.id not in sent)
            self._lost = self._lost if self._waiting else 0
            self._rewrite_or_fail()

    def _set_aside(self, report: Report) -> None:
        try:
            append_private(self._refused, _line(report).encode(), create=True)
        except OSError as error:
            raise OutboxError(f"A refused report cannot be kept: {error.strerror}. Free the disk.") from None

    def _rewrite_or_fail(self) -> None:
        try:
            self._rewrite()
        except OSError as error:
            raise OutboxError(f"The reports cannot be kept: {error.strerror}. Free the disk.") from None

    def _rewrite(self) -> None:
        write_private(self._path, "".join(_line(report) for report in self._waiting).encode())


def _is_about_the_body(problem: ServiceProblemError) -> bool:
    return problem.status in (400, 413, 422)


def _line(report: Report) -> str:
    return msgspec.json.encode(report).decode() + "\n"


def _read(path: Path) -> list[Report]:
    if not path.exists():
        return []
    reports = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            reports.append(msgspec.json.decode(line, type=Report))
        except msgspec.DecodeError:
            log.error("the outbox holds a line that is no report")
    return reports
