"""The net thread's part of an enrolment: its orders to the service, each answered once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.agent.binding_check import BindingMismatchError, check_try
from kiosk.agent.net import Net
from kiosk.model.ceremony import CancelIn
from kiosk.session.facts.enrolment_orders import (
    AskTryChallenge,
    CancelEnrolment,
    ChooseKind,
    FetchFactors,
    NameFactor,
    RefreshEnrolment,
    SecondPresents,
    SendMade,
    SendNewPin,
    SendTry,
    SendTyped,
    StartEnrolment,
)
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import ChallengeReceived, EnrolmentUpdated, FactorsReceived, Mismatch

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from kiosk.client.api import Api
    from kiosk.client.enrolments import Enrolments
    from kiosk.model.enrolment import EnrolmentView

log = logging.getLogger("kiosk.agent.net")


class NetEnrol:
    """Each order with a turn → EnrolmentUpdated | ChallengeReceived | FactorsReceived | Mismatch | ServiceRefused |
    Unreachable."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def begin(self, order: StartEnrolment) -> None:
        """A start code is wiped whatever happens."""
        wish = order.wish

        def ask(calls: Enrolments) -> EnrolmentView:
            return calls.begin(order.who, order.tap, wish.act, wish.kind, wish.new, wish.factor, order.secret)

        self._view(order.turn, ask, order.secret.wipe if order.secret is not None else None)

    def look(self, order: RefreshEnrolment) -> None:
        self._view(order.turn, lambda calls: calls.look(order.enrolment))

    def choose(self, order: ChooseKind) -> None:
        self._view(order.turn, lambda calls: calls.choose(order.enrolment, order.kind))

    def second(self, order: SecondPresents) -> None:
        self._view(order.turn, lambda calls: calls.second(order.enrolment, order.presented, order.tap))

    def made(self, order: SendMade) -> None:
        self._view(order.turn, lambda calls: calls.made(order.enrolment, order.made))

    def new_pin(self, order: SendNewPin) -> None:
        """The PIN is wiped whatever happens."""
        self._view(order.turn, lambda calls: calls.new_pin(order.enrolment, order.secret), order.secret.wipe)

    def tried(self, order: SendTry) -> None:
        self._view(order.turn, lambda calls: calls.tried(order.enrolment, order.tried))

    def typed(self, order: SendTyped) -> None:
        """What was typed is wiped whatever happens."""
        self._view(order.turn, lambda calls: calls.typed(order.enrolment, order.secret), order.secret.wipe)

    def challenge(self, order: AskTryChallenge) -> None:
        """Ask for a challenge, and believe it only if it is bound to what the screen shows."""
        self._net.ask(order.turn, lambda api: self._checked(api, order))

    def factors(self, order: FetchFactors) -> None:
        self._net.ask(order.turn, lambda api: FactorsReceived(order.turn, api.enrolments.factors(order.session)))

    def name(self, order: NameFactor) -> None:
        self._net.ask(
            order.turn,
            lambda api: FactorsReceived(order.turn, api.enrolments.name(order.session, order.factor, order.name)),
        )

    def cancel(self, order: CancelEnrolment) -> None:
        self._net.tell(lambda api: api.enrolments.cancel(order.enrolment, CancelIn(order.reason)), "an enrolment")

    def _view(
        self, turn: int, call: Callable[[Enrolments], EnrolmentView], after: Callable[[], None] | None = None
    ) -> None:
        self._net.ask(turn, lambda api: EnrolmentUpdated(turn, call(api.enrolments)), after)

    def _checked(self, api: Api, order: AskTryChallenge) -> Event:
        challenge = api.enrolments.challenge(order.shown.enrolment)
        try:
            check_try(challenge, order.shown, self._net.station(api))
        except BindingMismatchError as part:
            log.error("a new factor's challenge is not bound to what the screen shows: %s", part)
            return Mismatch(order.turn)
        return ChallengeReceived(order.turn, challenge)
