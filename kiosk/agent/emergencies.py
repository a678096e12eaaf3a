"""Emergency access is asked for on a thread of its own: nothing that hangs elsewhere keeps it waiting.

The service writes it first and answers then. Where it is away, the journal is on the disk before anything opens. One
name goes with both, so that a lost answer leads to one emergency access and not to two. A sealed code is on this disk
as used before anybody is asked, so that no cable or plug that is pulled at the right moment makes it good once more.
"""

from __future__ import annotations

import logging
import uuid

from kiosk.agent.link import Link
from kiosk.agent.worker import Post, Worker
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import EmergencyOpened, ServiceRefused
from kiosk.session.facts.session_orders import BeginEmergency

BAD_CODE = "bad_code"
"""The service's word that the code opens nothing there, any more or ever."""
log = logging.getLogger("kiosk.agent.emergencies")


class Emergencies:
    """Each order is answered once: EmergencyOpened | ServiceRefused."""

    def __init__(self, link: Link, post: Post) -> None:
        self._link, self._post = link, post
        self._worker = Worker("emergency", "EMERGENCY", post)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        self._worker.stop(0.5)

    def begin(self, order: BeginEmergency) -> None:
        """Queue it. Never blocks."""
        self._worker.do(lambda: self._post(self._begin(order)))

    def _begin(self, order: BeginEmergency) -> Event:
        from kiosk.client.errors import ClientError, ServiceProblemError, is_away
        from kiosk.model.emergency import EmergencyIn

        if self._is_spent(order):  # the service may not know yet: what opened without it is told by the journal
            return ServiceRefused(order.turn, BAD_CODE)
        use, away, taken = str(uuid.uuid4()), None, self._take(order)
        if not self._link.outage.away:
            try:
                view = self._link.api().begin_emergency(EmergencyIn(use, order.presented, order.reason))
                return EmergencyOpened(order.turn, view.id, view.person, view.seconds)
            except ServiceProblemError as problem:
                if not is_away(problem):
                    if taken and problem.code != BAD_CODE:
                        self._give_back(order)
                    return ServiceRefused(order.turn, problem.code, says=problem.says)
                log.info("emergency access is written down here: %s", problem.code)
            except ClientError as error:
                away = error
                log.info("emergency access is written down here: %s", type(error).__name__)
            self._link.failed(away)
        return self._written_down(order, use, taken=taken)

    def _is_spent(self, order: BeginEmergency) -> bool:
        """Whether its code is noted here as used: not merely one that is not listed, which may be new."""
        from kiosk.client.errors import ClientError
        from kiosk.downtime.errors import DowntimeError

        if not isinstance(order.presented, SealedCodePresented):
            return False
        try:
            return self._link.downtime.opened().is_code_spent(order.presented.code)
        except (ClientError, DowntimeError) as error:
            log.error("%s", error)
            return False

    def _take(self, order: BeginEmergency) -> bool:
        """Whether this workstation has noted its code as used; the service is asked in either case."""
        from kiosk.client.errors import ClientError
        from kiosk.downtime.errors import DowntimeError

        if not isinstance(order.presented, SealedCodePresented):
            return False
        try:
            return self._link.downtime.opened().take_code(order.presented.code)
        except (ClientError, DowntimeError) as error:
            log.error("%s", error)
            return False

    def _give_back(self, order: BeginEmergency) -> None:
        """The service refused it and used no code up."""
        if isinstance(order.presented, SealedCodePresented):
            self._link.downtime.opened().give_code_back(order.presented.code)

    def _written_down(self, order: BeginEmergency, use: str, *, taken: bool) -> Event:
        from kiosk.client.errors import ClientError
        from kiosk.downtime.errors import DowntimeError

        try:
            own = self._link.downtime.opened()
            seconds = own.open_emergency(use, order.presented, order.reason, taken=taken)
        except (ClientError, DowntimeError) as error:
            log.error("%s", error)
            return ServiceRefused(order.turn, "journal")
        if seconds is None:
            if taken:
                self._give_back(order)
            by_code = isinstance(order.presented, SealedCodePresented)
            why = own.why_no_emergency(order.presented, order.reason)
            return ServiceRefused(order.turn, why or (BAD_CODE if by_code else "not_here"))
        return EmergencyOpened(order.turn, use, None, seconds)
