"""The workstation's end of the line to the service: who we are, whom we trust, what we last heard.

Made without effort on the ui thread; what is heavy (TLS, JOSE, HTTP) is imported and opened by the first thread that
needs it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
import uuid
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.agent.worker import Post, Worker, place_of
from kiosk.model.people import StationView
from kiosk.model.wire import Report, StationEvent
from kiosk.session.events import Broken, FromService, Offline, Online
from kiosk.session.orders import Tell
from kiosk.settings import AgentSettings

if TYPE_CHECKING:
    from kiosk.client.api import Api
    from kiosk.client.events import EventStream
    from kiosk.client.outbox import Outbox
    from kiosk.client.trust import Trust

RETRY_SECONDS = 5.0
GOODBYE_SECONDS = 1.5
STATION_FILE = "station.json"
TRUST_FILE = "trust.pem"
OUTBOX_FILE = "outbox.jsonl"
log = logging.getLogger("kiosk.agent.link")


class Link:
    """One workstation's line. ``station``: the service's last word, from disk before the first contact."""

    def __init__(self, home: Path, settings: AgentSettings, post: Post) -> None:
        self._home = home
        self._settings = settings
        self._post = post
        self._lock = threading.Lock()
        self._api: Api | None = None
        self._trust: Trust | None = None
        self._stream: EventStream | None = None
        self._outbox: Outbox | None = None
        self._stopping = threading.Event()
        self._events = threading.Thread(target=self._follow, name="events", daemon=True)
        self._reports = Worker("outbox", "OUTBOX", post)
        self.station = remembered(home)

    def start(self) -> None:
        self._reports.start()
        self._events.start()

    def stop(self) -> None:
        """Send what waits if the service answers at once; else it goes out after the next start."""
        self._stopping.set()
        if self._stream is not None:
            self._stream.stop()
        self._reports.stop(GOODBYE_SECONDS)
        if self._events.is_alive():
            self._events.join(GOODBYE_SECONDS)
        if self._api is not None:
            self._api.close()

    def api(self) -> Api:
        """The service's calls. Raises ``ClientError`` where our key or its certificates cannot be read."""
        from kiosk.client.api import Api
        from kiosk.client.keystore import open_keystore
        from kiosk.client.trust import Trust

        with self._lock:
            if self._api is None:
                key = open_keystore(self._settings.keystore, self._home).load()
                self._trust = Trust(self._home / TRUST_FILE)
                self._api = Api(self._settings.service, self._settings.client_id, key, self._trust)
            return self._api

    def tell(self, order: Tell) -> None:
        """Keep a report for the audit trail, and send it as soon as the service answers."""
        report = Report(
            str(uuid.uuid4()), order.action, int(time.time()), order.session, order.reason, dict(order.detail)
        )
        self._reports.do(lambda: self._keep(report))

    def _follow(self) -> None:
        from kiosk.client.errors import ClientError
        from kiosk.client.events import EventStream

        told = False
        while not self._stopping.is_set():
            try:
                self._stream = EventStream(self.api(), self._online, self._offline, self._event)
                self._stream.follow()
            except ClientError as error:
                log.error("the service cannot be asked: %s", error)
                if not told:
                    self._offline()
                    self._post(Broken("KEY-STORE"))
                    told = True
            except Exception as error:
                log.error("EVENTS: %s", place_of(error))
                self._post(Broken("EVENTS"))
            self._stopping.wait(RETRY_SECONDS)

    def _online(self, station: StationView) -> None:
        from kiosk.client.errors import ClientError

        self.station = station
        remember(self._home, station)
        try:
            if self._trust is not None and station.trust and self._trust.learn(station.trust):
                log.info("the service announced its next certificate authority")
        except ClientError as error:
            log.error("%s", error)
        self._post(Online(station))
        self._reports.do(self._send_reports)

    def _offline(self) -> None:
        self._post(Offline(time.strftime("%H:%M")))

    def _event(self, event: StationEvent) -> None:
        log.info("event from the service: %s", event.kind)
        self._post(FromService(event))

    def _keep(self, report: Report) -> None:
        from kiosk.client.errors import OutboxFailed

        try:
            self._opened().add(report)
        except OutboxFailed as error:
            log.error("%s", error)
            self._post(Broken("OUTBOX"))
            return
        self._send_reports()

    def _send_reports(self) -> None:
        from kiosk.client.errors import ClientError

        try:
            self._opened().flush(lambda reports: self.api().report(reports))
        except ClientError as error:
            log.info("reports wait: %s", type(error).__name__)

    def _opened(self) -> Outbox:
        from kiosk.client.outbox import Outbox

        if self._outbox is None:
            self._outbox = Outbox(self._home / OUTBOX_FILE)
        return self._outbox


def remember(home: Path, station: StationView) -> None:
    """Keep the service's last word for the next start; a disk that will not is no reason to stop."""
    new = home / (STATION_FILE + ".new")
    with contextlib.suppress(OSError):
        new.write_text(json.dumps(asdict(station)), encoding="utf-8")
        new.chmod(0o600)
        new.replace(home / STATION_FILE)


def remembered(home: Path) -> StationView | None:
    """The service's last word, None if there is none that can be read."""
    try:
        table = json.loads((home / STATION_FILE).read_text(encoding="utf-8"))
        known = {f.name for f in fields(StationView)}
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items() if k in known}
        return StationView(**values)
    except (OSError, ValueError, TypeError, AttributeError):
        return None
