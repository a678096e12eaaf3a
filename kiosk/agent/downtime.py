"""The downtime thread: what is decided here while the service is away, and what of it is still to be told.

Made without effort on the ui thread; tickets, journal and cryptography are opened by its own thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.agent.worker import Post, Worker
from kiosk.model.emergency import EmergencyOffer
from kiosk.model.people import StationView
from kiosk.model.secret import Secret
from kiosk.session.facts.ceremony_orders import AskChallenge, AskMoreTime, BeginOffline, SendProof, SendSecret
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import CeremonyUpdated, ChallengeReceived, MoreTimeGranted, ServiceRefused
from kiosk.session.facts.station_news import EmergencyAllowed, RoomFailed, TicketsHeld

if TYPE_CHECKING:  # 60 ms, imported by the thread that needs it
    from cryptography.hazmat.primitives.asymmetric import ec

    from kiosk.agent.own_decisions import OwnDecisions

PREFIX = "offline-"
"""Begins the names of ceremonies that are decided here: ``kiosk.downtime.desk.PREFIX``."""
TICK = 30.0
MIN_JOURNAL = 200
"""Bytes of a journal's file that holds no row."""
FILE = Path("downtime") / "journal.jsonl"
CLOCK_OFF = 120
log = logging.getLogger("kiosk.agent.downtime")


class Downtime:
    """``key``: loads the workstation's key, or raises ``ClientError``. ``known``: the service's last word."""

    def __init__(
        self,
        home: Path,
        station: str,
        key: Callable[[], ec.EllipticCurvePrivateKey],
        known: Callable[[], StationView | None],
        post: Post,
    ) -> None:
        self._home, self._station, self._load, self._known, self._post = home, station, key, known, post
        self._worker = Worker("downtime", "DOWNTIME", post)
        self._lock = threading.Lock()
        self._own: OwnDecisions | None = None
        self._told = ("", False)
        self._offer: EmergencyOffer | None = None
        self._timer: threading.Timer | None = None
        self._stopped = False

    def start(self) -> None:
        self._worker.start()
        self._worker.do(self._tick)

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        self._worker.do(self._save)
        self._worker.stop(0.5)

    @staticmethod
    def owns(ceremony: str) -> bool:
        """Whether it is decided here."""
        return ceremony.startswith(PREFIX)

    def behind(self) -> bool:
        """Whether a run before has left something that the service was not told."""
        try:
            return (self._home / FILE).stat().st_size > MIN_JOURNAL
        except OSError:
            return False

    def opened(self) -> OwnDecisions:
        """Everything, from disk at the first call. Raises ``ClientError`` and ``DowntimeError``."""
        from kiosk.agent.own_decisions import OwnDecisions  # 60 ms

        with self._lock:
            if self._own is None:
                self._own = OwnDecisions(self._home, self._load(), self._station, self._known)
            return self._own

    def unresolved(self) -> frozenset[str]:
        """Sessions that were opened here and that the service has not judged yet. From any thread."""
        return frozenset(self._own.unresolved) if self._own is not None else frozenset()

    def begin(self, order: BeginOffline) -> None:
        """→ CeremonyUpdated"""
        self._answer(
            order.turn,
            lambda own: CeremonyUpdated(order.turn, own.desk.begin(order.presented, order.waiting)),
        )

    def challenge(self, order: AskChallenge) -> None:
        """→ ChallengeReceived | ServiceRefused. It is made here, so nobody need check what it is bound to."""
        self._answer(
            order.turn,
            lambda own: ChallengeReceived(order.turn, own.desk.challenge(order.ceremony, order.method)),
        )

    def send_proof(self, order: SendProof) -> None:
        """→ CeremonyUpdated"""
        self._answer(order.turn, lambda own: CeremonyUpdated(order.turn, own.desk.prove(order.ceremony, order.proof)))

    def send_secret(self, order: SendSecret) -> None:
        """A PIN as typed, wiped after one try. → CeremonyUpdated"""
        self._answer(
            order.turn,
            lambda own: CeremonyUpdated(order.turn, own.desk.prove_pin(order.ceremony, order.secret.reveal())),
            order.secret.wipe,
        )

    def more_time(self, order: AskMoreTime) -> None:
        """→ MoreTimeGranted | ServiceRefused"""
        self._answer(order.turn, lambda own: MoreTimeGranted(order.turn, own.desk.more_time(order.ceremony)))

    def cancel(self, ceremony: str) -> None:
        self._do(lambda own: own.desk.cancel(ceremony))

    def keep(self, ticket: str, uid: str = "", pin: Secret | None = None) -> None:
        """A ticket came with a sign-in, by that badge and PIN where they are said; the PIN is wiped."""

        typed = pin or Secret("")
        self._do(lambda own: own.keep(ticket, uid, typed.reveal()), typed.wipe)

    def heard(self, station: StationView) -> None:
        """The service's present word, with the keys that tickets are checked by."""
        self._do(lambda own: own.heard(station))

    def forget(self, session: str | None, ticket: str | None = None) -> None:
        """The tickets that were given with ``session`` count no more; None: none does. ``ticket``: which one of them it
        was, so that it counts no more either when it comes later than this."""
        self._do(lambda own: own.forget(session, ticket))

    def only(self, live: Collection[str]) -> None:
        """No others than these count."""
        wanted = frozenset(live)
        self._do(lambda own: own.drop(lambda made: made.jti not in wanted))

    def write(self, action: str, session: str | None, reason: str | None, detail: Mapping[str, str]) -> None:
        """Into the journal, on the caller's thread. Raises ``ClientError`` and ``DowntimeError``."""
        from kiosk.downtime.happening import Happening

        self.opened().write(Happening(action, session, reason, detail))

    def _answer(
        self, turn: int, make: Callable[[OwnDecisions], Event], after: Callable[[], None] = lambda: None
    ) -> None:
        from kiosk.client.errors import ClientError
        from kiosk.downtime.errors import DowntimeError

        def job() -> None:
            try:
                event = make(self.opened())
            except (ClientError, DowntimeError) as error:
                log.info("downtime: %s", error)
                event = ServiceRefused(turn, "expired")
            finally:
                after()
            self._post(event)
            self._tell()

        self._worker.do(job)

    def _do(self, what: Callable[[OwnDecisions], None], after: Callable[[], None] = lambda: None) -> None:
        from kiosk.client.errors import ClientError
        from kiosk.downtime.errors import DowntimeError

        def job() -> None:
            try:
                what(self.opened())
            except (ClientError, DowntimeError) as error:
                log.error("downtime: %s", error)
            finally:
                after()
            self._tell()

        self._worker.do(job)

    def _tell(self) -> None:
        held = (self._own.until(), self._own.pins()) if self._own is not None else ("", False)
        if held != self._told:
            self._told = held
            self._post(TicketsHeld(*held))
        offer = self._own.emergency() if self._own is not None else None
        if offer != self._offer:
            self._offer = offer
            self._post(EmergencyAllowed(offer))

    def _save(self) -> None:
        if self._own is not None:
            self._own.save()

    def _tick(self) -> None:
        """Tickets end by themselves; how late it is outlives a restart."""
        from kiosk.client.errors import ClientError
        from kiosk.downtime.errors import DowntimeError, JournalError

        try:
            own = self.opened()
            own.save()
            if own.set_back() > CLOCK_OFF:
                log.warning("this computer's clock was set back by %d s: tickets go by what it was", own.set_back())
        except JournalError as error:
            log.error("%s", error)
            self._post(RoomFailed("DOWNTIME-DISK"))
        except (ClientError, DowntimeError) as error:
            log.info("no downtime tickets: %s", error)
        self._tell()
        if not self._stopped:
            self._timer = threading.Timer(TICK, lambda: self._worker.do(self._tick))
            self._timer.daemon = True
            self._timer.start()
