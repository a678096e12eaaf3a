"""The workstation's end of the line to the service: who we are, whom we trust, what we last heard.

Made without effort on the ui thread; what is heavy (TLS, JOSE, HTTP) is imported and opened by the first thread that
needs it.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.agent.downtime import Downtime
from kiosk.agent.open_sessions import Sessions, settle
from kiosk.agent.outage import REHEARSAL, Outage
from kiosk.agent.outgoing_reports import OutgoingReports
from kiosk.agent.remembered_station import remember, remembered
from kiosk.agent.server_questions import ServerQuestions
from kiosk.agent.worker import Post, place_of
from kiosk.client.errors import ClientError, why_away
from kiosk.client.seen import FILE, EventsSeen
from kiosk.model.health import AwayCause
from kiosk.model.people import StationView
from kiosk.model.wire import Report, StationEvent, StationSays
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.station_news import ClockChecked, Offline, Online, RoomFailed, ServiceEventReceived
from kiosk.settings import AgentSettings

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from cryptography.hazmat.primitives.asymmetric import ec

    from kiosk.client.api import Api
    from kiosk.client.events import EventStream
    from kiosk.client.trust import Trust

RETRY_SECONDS = 5.0
MIN_CLOCK_OFF, CLOCK_STEP = 120, 60
"""Seconds by which the clock is off before anybody is told; by which that changes before they are told anew."""
GOODBYE_SECONDS = 1.5
TRUST_FILE = "trust.pem"
log = logging.getLogger("kiosk.agent.link")


class Link:
    """One workstation's line. ``station``: the service's last word, from disk before the first contact."""

    def __init__(
        self, home: Path, settings: AgentSettings, post: Post, sessions: Callable[[], Sessions] = lambda: Sessions()
    ) -> None:
        self._home = home
        self._sessions = sessions
        self._settings = settings
        self._post = post
        self._lock = threading.Lock()
        self._api: Api | None = None
        self._trust: Trust | None = None
        self._stream: EventStream | None = None
        self._stopping = threading.Event()
        self._events = threading.Thread(target=self._follow, name="events", daemon=True)
        self._reports = OutgoingReports(home, settings.client_id, self._key, self.api, post)
        self._doors: tuple[str, ...] = ()
        self.station = remembered(home)
        self._clock_told = (0, False)
        self._since = ""
        self._cause: AwayCause = ""
        self.downtime = Downtime(home, settings.client_id, self._key, lambda: self.station, post)
        self.questions = ServerQuestions(self.api, post)
        self.outage = Outage(self.downtime, self._reports.do, self._reports.go, self.api, post)

    def start(self) -> None:
        self.downtime.start()
        self._reports.start()
        self.questions.start()
        self._events.start()

    def stop(self) -> None:
        """Send what waits if the service answers at once; else it goes out after the next start."""
        self._stopping.set()
        if self._stream is not None:
            self._stream.stop()
        self._reports.stop(GOODBYE_SECONDS)
        self.questions.stop()
        if self._events.is_alive():
            self._events.join(GOODBYE_SECONDS)
        self.downtime.stop()
        if self._api is not None:
            self._api.close()

    def api(self) -> Api:
        """The service's calls. Raises ``ClientError`` where our key or its certificates cannot be read."""
        from kiosk.client.api import Api  # 125 ms, on the thread that needs it first
        from kiosk.client.keystore import open_keystore  # 15 ms
        from kiosk.client.trust import Trust  # 37 ms

        with self._lock:
            if self._api is None:
                key = open_keystore(self._settings.keystore, self._home).load()
                self._trust = Trust(self._home / TRUST_FILE)
                settings, seen = self._settings, EventsSeen(self._home / FILE)
                self._api = Api(settings.addresses, settings.client_id, key, self._trust, seen=seen)
                self._api.on_clock(self._clock)
                self._api.on_away(self.failed)
            return self._api

    def _key(self) -> ec.EllipticCurvePrivateKey:
        """Raises ``ClientError``."""
        from kiosk.client.keystore import open_keystore  # 15 ms

        return open_keystore(self._settings.keystore, self._home).load()

    def failed(self, error: ClientError | None = None) -> None:
        """A request got no answer, on any thread: say so at once, and look again whether the service is there."""
        self._away(error)
        if self._stream is not None:
            self._stream.again()

    def tell(self, order: ReportEvent) -> None:
        """Keep a report for the audit trail, and send it as soon as the service answers."""
        report = Report(
            str(uuid.uuid4()), order.action, int(time.time()), order.session, order.reason, dict(order.detail)
        )

        def keep() -> None:
            if not self.outage.tell(order):
                self._reports.keep(report)

        self._reports.do(keep)

    def say_doors(self, doors: tuple[str, ...]) -> None:
        """Programs ring at these, such as ``local``: the service's list of workstations shows it."""
        self._doors = doors
        self._reports.go(self._say)

    def _say(self) -> None:
        """Tell the service what its list of workstations shows of us; one that is older than that does not ask."""
        from importlib.metadata import version  # 13 ms

        try:
            api = self.api()
            marks = self._trust.marks() if self._trust is not None else ()
            from kiosk.agent import fingerprint

            doors, stage = ", ".join(self._doors) or "none", self._settings.stage
            whole = (fingerprint.hardware(), fingerprint.system(), fingerprint.package())
            api.say(StationSays(version("kiosk"), marks, doors, stage, *whole))
        except (ClientError, ValueError) as error:
            log.info("the service was not told about this station: %s", type(error).__name__)

    def _follow(self) -> None:
        from kiosk.client.events import EventStream  # 123 ms

        told = False
        while not self._stopping.is_set():
            try:
                self._stream = EventStream(
                    self.api(), self._online, self._offline, self._event, self._greeted, self._clock
                )
                self._stream.follow()
            except ClientError as error:
                log.error("the service cannot be asked: %s", error)
                if not told:
                    self._offline()
                    self._post(RoomFailed("KEY-STORE"))
                    told = True
            except Exception as error:
                log.error("EVENTS: %s", place_of(error))
                self._post(RoomFailed("EVENTS"))
            self._stopping.wait(RETRY_SECONDS)

    def _online(self, station: StationView) -> None:
        self.station = station
        remember(self._home, station)
        try:
            if self._trust is not None and station.trust and self._trust.learn(station.trust):
                log.info("the service's certificate authorities are others now")
        except ClientError as error:
            log.error("%s", error)
        self.downtime.heard(station)
        self._post(Online(station))
        self._reports.send()
        self.outage.ends()
        self._reports.go(self._say)

    def _offline(self) -> None:
        self._away(self._stream.why if self._stream is not None else None)

    def _away(self, error: ClientError | None) -> None:
        """It is said at once, and again where it is known by then why: by the code under which the log has it."""
        cause, begins = why_away(error), self.outage.begins()
        if begins:
            self._since, self._cause = time.strftime("%H:%M"), cause
        elif cause in ("", self._cause):
            return
        self._cause = cause
        if cause:
            log.warning("NET-%s: the service is away: %s", cause.upper(), error)
        self._post(Offline(self._since, cause))

    def _clock(self, off: float, stops: bool = False) -> None:
        """The service's clock was heard, on any thread. ``stops``: no connection comes about because of it."""
        said = int(off) if abs(off) >= MIN_CLOCK_OFF else 0
        told, stopped = self._clock_told
        if stops != stopped or bool(said) != bool(told) or abs(said - told) >= CLOCK_STEP:
            self._clock_told = (said, stops)
            log.warning("the service's clock is ahead of this computer's by %d s", said)
            self._post(ClockChecked(said, stops))

    def _greeted(self, fresh: bool) -> None:
        """What the service no longer holds open is locked, and what it has ended ends: its word may have been lost.

        Raises ``ClientError`` if it cannot be asked; then the stream is opened anew.
        """
        here, own = self._sessions(), self.downtime.unresolved()
        api = self.api()
        self.downtime.only(api.live_tickets())
        settle(api, here, own, self._post, fresh=fresh)

    def _event(self, event: StationEvent) -> None:
        log.info("event from the service: %s", event.kind)
        if event.kind in ("forget", "revoked"):
            gone = event.kind == "forget"
            self.downtime.forget(event.session if gone else None, event.where if gone else None)
        if event.kind == "rehearse":
            self._reports.go(lambda: self._rehearse(event.reason or ""))
        if event.kind == "asked":
            self.questions.look(event.session or "")
            return
        self._post(ServiceEventReceived(event))

    def _rehearse(self, name: str) -> None:
        """As after an outage, by journal and by outbox; nobody sees it here."""
        if self.outage.rehearse(name):
            self._reports.keep(Report(str(uuid.uuid4()), REHEARSAL, int(time.time()), None, name))
