"""A night at a station with emergency access."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from kiosk.model.emergency import LOGIN
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import Probed
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.held_by_mode import awaited
from kiosk.session.facts.orders import Order
from kiosk.session.facts.person_input import ReasonPicked
from kiosk.session.facts.service_answers import CeremonyUpdated, EmergencyOpened
from kiosk.session.facts.stage_news import WorkspaceShown
from kiosk.session.facts.state import initial
from kiosk.session.facts.station_news import EmergencyAllowed, Started
from kiosk.session.screen import screen_for
from tests.session.choices import OFFER
from tests.session.watch import Watch
from tests.session.world import ANA, ANA_BADGE, BEN, BEN_BADGE, STATION, opened, session, tap


class Night:
    """A station with emergency access, and what people do there."""

    def __init__(self, *, unknown: bool = True, allowed: bool = True) -> None:
        self.watch = Watch(initial())
        self.watch.feed(Started(STATION))
        if allowed:
            self.watch.feed(EmergencyAllowed(replace(OFFER, unknown=unknown)))
        self.taps = 0

    @property
    def mode(self) -> object:
        return self.watch.state.mode

    @property
    def screen(self) -> object:
        return screen_for(self.watch.state)

    def does(self, *events: Event) -> list[Order]:
        return [order for event in events for order in self.watch.feed(event)]

    def presses(self, button: Button) -> list[Order]:
        return self.does(Pressed(button))

    def rings(self, name: AlarmName) -> list[Order]:
        return self.does(TimerExpired(dict(self.watch.state.timers)[name], name))

    def turn(self) -> int:
        return max(awaited(self.watch.state.mode))

    def touches(self) -> None:
        """The first touch, and the moment until the second counts."""
        self.presses(Button.EMERGENCY)
        self.rings(AlarmName.FIRST_SECOND)

    def shows_badge(self) -> list[Order]:
        self.taps += 1
        self.does(tap(self.taps))
        return self.does(Probed(self.turn(), ANA_BADGE))

    def begins(self, seconds: int = 1800) -> list[Order]:
        """By badge and reason, until the workspace is seen."""
        self.touches()
        self.shows_badge()
        self.does(ReasonPicked(OFFER.reasons[0]))
        made = self.does(EmergencyOpened(self.turn(), "x1", ANA, seconds))
        return made + self.does(WorkspaceShown(LOGIN))

    def signs_in(self) -> None:
        """Ben works here."""
        self.does(tap(90))
        self.does(Probed(self.turn(), BEN_BADGE))
        self.does(CeremonyUpdated(self.turn(), opened("c1", session(1, BEN))), WorkspaceShown("ben"))
        self.rings(AlarmName.SETTLE)


T = TypeVar("T")


def of(kind: type[T], orders: list[Order]) -> list[T]:
    return [order for order in orders if isinstance(order, kind)]
