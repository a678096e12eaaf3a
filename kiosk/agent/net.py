"""The net thread: the session's questions to the service, one after another, answered as events."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.agent.binding_check import BindingMismatchError, check
from kiosk.agent.link import Link
from kiosk.agent.worker import Post, Worker
from kiosk.client.errors import ClientError, ServiceProblemError, UnreadableAnswerError, is_away
from kiosk.model.ceremony import CancelIn, CeremonyView
from kiosk.model.owed_text import OwedTextIn
from kiosk.model.people import StationView
from kiosk.model.proof import Method, UidPresented
from kiosk.model.second import SecondPersonIn
from kiosk.model.secret import Secret
from kiosk.session.facts.ceremony_orders import (
    AskChallenge,
    AskMoreTime,
    BeginCeremony,
    BeginOffline,
    BeginStepUp,
    CancelCeremony,
    FinishStepUp,
    NameSecond,
    SendProof,
    SendSecret,
)
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import (
    CeremonyUpdated,
    ChallengeReceived,
    Mismatch,
    MoreTimeGranted,
    OwedReceived,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.facts.session_orders import FetchOwed, KeepLanguage, SendOwed

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from kiosk.client.api import Api

log = logging.getLogger("kiosk.agent.net")


class Net:
    """Each order with a turn is answered once: Answered | ChallengeReceived | Mismatch | ServiceRefused |
    Unreachable."""

    def __init__(self, link: Link, post: Post) -> None:
        self._link = link
        self._post = post
        self._badge = ("", "")
        """The ceremony that a badge's number began last, and that number. The net thread's own."""
        self._worker = Worker("net", "NET-THREAD", post)

    def start(self) -> None:
        self._worker.start()
        self.warm()

    def stop(self) -> None:
        self._worker.stop(0.5)

    def warm(self) -> None:
        """A card has come: have token and connection ready while it is being read."""

        def job() -> None:
            try:
                self._link.api().warm()
            except ClientError as error:
                log.info("the service is not ready: %s", type(error).__name__)
                self._failed(error)

        self._worker.do(job)

    def begin(self, order: BeginCeremony) -> None:
        def ask(api: Api) -> CeremonyView:
            view = api.begin(order.presented, order.tap)
            self._badge = (view.id, order.presented.uid) if isinstance(order.presented, UidPresented) else ("", "")
            return view

        self._view(order.turn, ask)

    def begin_offline(self, order: BeginOffline) -> None:
        """Not the service's: it is away."""
        self._link.downtime.begin(order)

    def begin_step_up(self, order: BeginStepUp) -> None:
        self._view(order.turn, lambda api: api.begin_step_up(order.request))

    def name_second(self, order: NameSecond) -> None:
        body = SecondPersonIn(order.presented, order.login, order.tap)
        self._view(order.turn, lambda api: api.name_second(order.ceremony, body))

    def finish(self, order: FinishStepUp) -> None:
        self._view(order.turn, lambda api: api.finish(order.ceremony))

    def send_proof(self, order: SendProof) -> None:
        if self._link.downtime.owns(order.ceremony):
            self._link.downtime.send_proof(order)
            return
        self._view(order.turn, lambda api: api.prove(order.ceremony, order.proof, order.purpose, order.language))

    def send_secret(self, order: SendSecret) -> None:
        """The secret is wiped whatever happens. A PIN that comes with a downtime ticket goes to those who keep it."""
        if self._link.downtime.owns(order.ceremony):
            self._link.downtime.send_secret(order)
            return
        again = order.secret.copy() if order.method is Method.PIN else Secret("")

        def ask(api: Api) -> CeremonyUpdated:
            said = (order.purpose, order.number, order.language)
            return CeremonyUpdated(order.turn, api.prove_secret(order.ceremony, order.method, order.secret, *said))

        def wipe() -> None:
            order.secret.wipe()
            again.wipe()

        def keep(ticket: str) -> None:
            uid = self._badge[1] if self._badge[0] == order.ceremony else ""
            self._link.downtime.keep(ticket, uid, again.copy() if uid else None)

        self.ask(order.turn, ask, wipe, keep)

    def challenge(self, order: AskChallenge) -> None:
        """Ask for a challenge, and believe it only if it is bound to what the screen shows."""
        if self._link.downtime.owns(order.ceremony):
            self._link.downtime.challenge(order)
            return
        self.ask(order.turn, lambda api: self._checked(api, order))

    def owed(self, order: FetchOwed) -> None:
        self.ask(order.turn, lambda api: OwedReceived(order.turn, api.owed(order.session)))

    def write_owed(self, order: SendOwed) -> None:
        body = OwedTextIn(order.emergency, order.text)
        self.ask(order.turn, lambda api: OwedReceived(order.turn, api.write_owed(order.session, body)))

    def keep_language(self, order: KeepLanguage) -> None:
        self.tell(lambda api: api.reads_in(order.session, order.language), "a language")

    def more_time(self, order: AskMoreTime) -> None:
        if self._link.downtime.owns(order.ceremony):
            self._link.downtime.more_time(order)
            return
        self.ask(order.turn, lambda api: MoreTimeGranted(order.turn, api.more_time(order.ceremony)))

    def cancel(self, order: CancelCeremony) -> None:
        if self._link.downtime.owns(order.ceremony):
            self._link.downtime.cancel(order.ceremony)
            return
        self.tell(lambda api: api.cancel(order.ceremony, CancelIn(order.reason)), "a ceremony")

    def tell(self, call: Callable[[Api], None], what: str) -> None:
        """``call``, which gives up ``what``; nobody waits for it."""

        def job() -> None:
            try:
                call(self._link.api())
            except ClientError as error:
                log.info("%s could not be told to the service: %s", what, type(error).__name__)
                self._failed(error)

        self._worker.do(job)

    def station(self, api: Api) -> StationView:
        """This workstation, as the service last said."""
        return self._link.station or api.station()

    def _view(self, turn: int, call: Callable[[Api], CeremonyView], after: Callable[[], None] | None = None) -> None:
        self.ask(turn, lambda api: CeremonyUpdated(turn, call(api)), after)

    def ask(
        self,
        turn: int,
        call: Callable[[Api], Event],
        after: Callable[[], None] | None = None,
        keep: Callable[[str], None] | None = None,
    ) -> None:
        """``call``, answered by its event, or by that of its error. ``after`` is done whatever happens. ``keep``: gets
        the downtime ticket that came with it, before."""

        def job() -> None:
            try:
                event, ticket = _without_ticket(call(self._link.api()))
                if ticket:
                    (keep or self._link.downtime.keep)(ticket)
            except ServiceProblemError as problem:
                self._failed(problem)
                event = ServiceRefused(turn, problem.code, problem.request)
                log.info("net: refused %s, request %s", problem.code, problem.request or "without a number")
            except UnreadableAnswerError as error:
                self._failed(error)
                event = ServiceRefused(turn, "bad_answer")
            except ClientError as error:
                self._failed(error)
                event = Unreachable(turn)
            finally:
                if after is not None:
                    after()
            if isinstance(event, Mismatch | ServiceRefused | Unreachable):
                log.info("net: %s turn=%d", type(event).__name__, turn)
            self._post(event)

        self._worker.do(job)

    def _failed(self, error: ClientError) -> None:
        """Nobody who could decide is there: said at once, and looked for again."""
        if is_away(error):
            self._link.failed(error)

    def _checked(self, api: Api, order: AskChallenge) -> Event:
        challenge = api.challenge(order.ceremony, order.method, order.purpose, order.language)
        try:
            check(challenge, order, self.station(api))
        except BindingMismatchError as part:
            log.error("a challenge is not bound to what the screen shows: %s", part)
            return Mismatch(order.turn)
        return ChallengeReceived(order.turn, challenge)


def _without_ticket(event: Event) -> tuple[Event, str]:
    """A downtime ticket is nothing for the session."""
    if not isinstance(event, CeremonyUpdated) or event.view.session is None:
        return event, ""
    session = event.view.session
    return CeremonyUpdated(event.turn, replace(event.view, session=replace(session, ticket=""))), session.ticket
