"""Reports for the audit trail on their way to the service: on the disk first, and sent as soon as it takes them.

Two threads: what goes to the disk never waits for what waits for the service's answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.agent.worker import Post, Worker
from kiosk.client.errors import ClientError, ServiceProblemError
from kiosk.model.wire import Report
from kiosk.session.facts.station_news import RoomFailed

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from cryptography.hazmat.primitives.asymmetric import ec

    from kiosk.client.api import Api
    from kiosk.client.outbox import Outbox

OUTBOX_FILE = "outbox.jsonl"
BACK_OFF = (429, 503)
"""The service has no room for reports now."""
FIRST_REST, MAX_REST = 30.0, 600.0
"""Seconds until reports that it had no room for are sent again."""
log = logging.getLogger("kiosk.agent.link")


class OutgoingReports:
    """``do``: queues what goes to the disk, ``go``: what goes to the service. ``key`` of workstation ``station``,
    ``api``: raise ``ClientError``."""

    def __init__(
        self,
        home: Path,
        station: str,
        key: Callable[[], ec.EllipticCurvePrivateKey],
        api: Callable[[], Api],
        post: Post,
    ) -> None:
        self._home, self._station, self._key, self._api, self._post = home, station, key, api, post
        self._outbox: Outbox | None = None
        self._lock = threading.Lock()
        self._asked = False
        self._disk, self._line = Worker("outbox", "OUTBOX", post), Worker("reports", "OUTBOX", post)
        self._rest_until, self._rest_seconds = 0.0, FIRST_REST
        self.do, self.go = self._disk.do, self._line.do

    def start(self) -> None:
        self._disk.start()
        self._line.start()

    def stop(self, seconds: float) -> None:
        """End after what is queued so far, what is to be sent last; wait so long at most for each."""
        self._disk.stop(seconds)
        self._line.stop(seconds)

    def keep(self, report: Report) -> None:
        """It is on the disk when this returns, and sent if the service takes it now. From any thread."""
        try:
            self._opened().add(report)
        except ClientError as error:
            log.error("%s", error)
            self._post(RoomFailed("OUTBOX"))
            return
        self.send()

    def send(self) -> None:
        """Send whatever waits; what the service does not take waits on. From any thread."""
        with self._lock:
            asked, self._asked = self._asked, True
        if not asked:
            self.go(self._send)

    def _send(self) -> None:
        with self._lock:
            self._asked = False
        rests = time.monotonic() < self._rest_until
        try:
            self._opened().flush(lambda reports: self._api().report(reports), vital=rests)
        except ServiceProblemError as problem:
            log.info("reports wait: %s", problem.code)
            if problem.status in BACK_OFF and not rests:
                self._rest()
        except ClientError as error:
            log.info("reports wait: %s", type(error).__name__)
        else:
            if not rests:
                self._rest_seconds = FIRST_REST

    def _rest(self) -> None:
        """The service takes no more for now: they are kept, and tried again after a time that doubles."""
        seconds, self._rest_seconds = self._rest_seconds, min(2 * self._rest_seconds, MAX_REST)
        self._rest_until = time.monotonic() + seconds
        timer = threading.Timer(seconds, self.send)
        timer.daemon = True
        timer.start()

    def _opened(self) -> Outbox:
        from kiosk.client.outbox import Outbox  # 39 ms

        with self._lock:
            if self._outbox is None:
                self._outbox = Outbox(self._home / OUTBOX_FILE, self._key(), self._station)
            return self._outbox
