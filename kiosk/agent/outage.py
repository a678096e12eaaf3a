"""One outage after another: since when the service is away, and what is still to be told of it.

While it is away, and until it has heard everything, what happens here goes into the journal and nowhere else: so the
order holds.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from kiosk.agent.downtime import Downtime
from kiosk.agent.worker import Job, Post
from kiosk.client.errors import ClientError, ServiceProblemError
from kiosk.downtime.errors import DowntimeError, JournalError
from kiosk.model.journal import Verdict
from kiosk.model.wire import StationEvent
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.station_news import RoomFailed, ServiceEventReceived

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from kiosk.agent.own_decisions import OwnDecisions
    from kiosk.client.api import Api

MAX_SPREAD = 30.0
"""Seconds within which stations that come back together tell what happened."""
MAX_RENEWED = 3
MAX_NAME = 64
"""Characters of a rehearsal's name."""
REHEARSAL = "rehearsal"
UNREADABLE = "bad_journal"
"""The service's answer to what is no journal at all."""
MIN_ASIDE = 2
"""Rows: one alone may be what a journal that was set aside left, and those shall not pile up."""
RETRY_SECONDS = 5.0
ENDS = frozenset({"suspended", "unknown_person"})
"""Reasons for which the programs of somebody end, too: they may not work here any more."""
log = logging.getLogger("kiosk.agent.outage")


class Outage:
    """``do``: queues what is written down, ``go``: what is told to the service; each has its thread. ``behind``: the
    service has not heard everything."""

    def __init__(
        self,
        downtime: Downtime,
        do: Callable[[Job], None],
        go: Callable[[Job], None],
        api: Callable[[], Api],
        post: Post,
    ) -> None:
        self._downtime, self._do, self._go, self._api, self._post = downtime, do, go, api, post
        self._lock = threading.RLock()
        self._since: float | None = None
        self.behind = downtime.behind()

    @property
    def away(self) -> bool:
        """Whether the service is known to be away."""
        return self._since is not None

    def begins(self) -> bool:
        """The service is away. False if that was known. From any thread."""
        with self._lock:
            if self._since is not None:
                return False
            self._since, self.behind = time.monotonic(), True
        self._do(lambda: self.note(ReportEvent("service_lost")))
        return True

    def ends(self) -> None:
        """It is there. Many stations find that at the same moment, and do not all speak at once: each waits a random
        part of a tenth of the outage, and one where somebody works whom the service has not judged hardly at all."""
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            self._do(lambda: self.note(ReportEvent("service_back")))
        if self.behind:
            away = MAX_SPREAD if since is None else (time.monotonic() - since) / 10
            self._later(random.uniform(0, 1.0 if self._downtime.unresolved() else min(MAX_SPREAD, away)))  # noqa: S311  (no secret)

    def tell(self, order: ReportEvent) -> bool:
        """Into the journal, if the service has not heard everything that lies there. False: it goes the usual way."""
        with self._lock:
            if self.behind:
                self.note(order)
            return self.behind

    def note(self, order: ReportEvent) -> None:
        """Into the journal. It is told, also if everything else was in the meantime. From any thread."""
        with self._lock:
            all_told, self.behind = not self.behind, True
            try:
                self._downtime.write(order.action, order.session, order.reason, order.detail)
            except (ClientError, DowntimeError) as error:
                log.error("%s", error)
                self._post(RoomFailed("OUTBOX"))
        if all_told:
            self._later(0.0)

    def rehearse(self, name: str) -> bool:
        """A marked row goes into the journal and is told at once, as after an outage; no screen changes. On the thread
        that tells. False where nothing is rehearsed: while the service is away, or has not heard everything."""
        with self._lock:
            if self._since is not None or self.behind or not 0 < len(name) <= MAX_NAME:
                return False
            self.behind = True
        try:
            own = self._downtime.opened()
            detail = {"tickets": str(len(own.tickets())), "kept": "yes" if own.kept_whole() else "no"}
            detail["emergency"] = str(own.emergency_until() or "none")
        except (ClientError, DowntimeError) as error:
            log.error("%s", error)
            detail = {"kept": "no"}
        self.note(ReportEvent(REHEARSAL, None, name, detail))
        self._replay()
        return True

    def _later(self, seconds: float) -> None:
        timer = threading.Timer(seconds, lambda: self._go(self._replay))
        timer.daemon = True
        timer.start()

    def _replay(self) -> None:
        """Tell what happened here meanwhile; once all is told, reports go the usual way again."""
        if self._since is not None or not self.behind:
            return
        try:
            own = self._downtime.opened()
            replay(self._api(), own, self._judged)
        except (ClientError, DowntimeError) as error:
            code = error.code if isinstance(error, ServiceProblemError) else type(error).__name__
            log.info("what happened here waits: %s", code)
            self._later(random.uniform(1, 2) * RETRY_SECONDS)  # noqa: S311  (no secret)
        else:
            with self._lock:
                more = len(own.journal) > 0
                self.behind = more or self._since is not None
            if more:  # it came while this was told
                self._later(0.0)

    def _judged(self, verdict: Verdict) -> None:
        """The service would not have let them in: they are locked at once, and one who may not work here ends."""
        if not verdict.accepted:
            log.warning("a sign-in while the service was away would have been refused: %s", verdict.reason)
            kind: Literal["lock", "end"] = "end" if verdict.reason in ENDS else "lock"
            self._post(ServiceEventReceived(StationEvent(0, kind, verdict.session, verdict.reason)))


def _set_aside(own: OwnDecisions, judged: Callable[[Verdict], None]) -> None:
    """The service can never read this: it waits no longer for it, and nobody it might have told of works on."""
    own.journal.set_aside()
    for session in sorted(own.unresolved):
        judged(Verdict(session, accepted=False, reason="journal_unreadable"))
    own.unresolved.clear()


def replay(api: Api, own: OwnDecisions, judged: Callable[[Verdict], None]) -> None:
    """Send the whole journal of ``own``, in order. Raises ``ClientError`` and ``DowntimeError``; what is left stays."""
    renewed, aside = 0, False
    while (batch := own.journal.batch()) is not None:
        try:
            answer = api.replay(batch)
        except ServiceProblemError as problem:
            if problem.code != UNREADABLE or aside or len(own.journal) < MIN_ASIDE:
                raise
            aside = True
            _set_aside(own, judged)
            continue
        for verdict in answer.verdicts:
            own.unresolved.discard(verdict.session)
            judged(verdict)
        if answer.state == "ok":
            own.journal.taken(answer.taken)
        elif renewed < MAX_RENEWED:
            renewed += 1
            own.journal.renew(answer.taken)
        else:
            raise JournalError("The service does not take what happened here. Tell the help desk.")
    own.save()
