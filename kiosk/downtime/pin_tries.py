"""The PINs that a workstation may check by itself, and their tries, each counted on the disk before it is looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from math import ceil

from kiosk.downtime import pins
from kiosk.downtime.pins import HeldPin
from kiosk.model.ceremony import Refusal, RefusalCode
from kiosk.model.ticket import Ticket

log = logging.getLogger("kiosk.downtime.pin_tries")


class StationPins:
    """``held``: as they were kept. ``seal``: see ``kiosk.downtime.seal``. ``save``: everything to disk; whether it is
    there. ``now``: epoch seconds that never go back. For one thread at a time."""

    def __init__(
        self,
        station: str,
        held: Iterable[HeldPin],
        seal: bytes | None,
        save: Callable[[], bool],
        now: Callable[[], float],
    ) -> None:
        self._station, self._seal, self._save, self._now = station, seal, save, now
        self._held = {pin.ticket: pin for pin in held}

    @property
    def held(self) -> tuple[HeldPin, ...]:
        """To be kept."""
        return tuple(self._held.values())

    def may_keep(self, ticket: Ticket) -> bool:
        """Whether the service allows it for this ticket, at a workstation such as this."""
        return ticket.pin == "unsealed" or (ticket.pin == "sealed" and self._seal is not None)

    def keep(self, ticket: Ticket, uid: str, pin: str) -> None:
        """The service has accepted ``pin`` with that badge, and gave ``ticket`` for it."""
        if self.may_keep(ticket):
            self._held[ticket.jti] = pins.made(self._station, ticket.jti, uid, pin, self._seal)
            self._save()

    def only(self, tickets: Collection[str]) -> None:
        """Those of other tickets are forgotten. ``tickets``: their ``jti``."""
        self._held = {jti: pin for jti, pin in self._held.items() if jti in tickets}

    def any_of(self, tickets: Iterable[Ticket]) -> bool:
        """Whether a PIN opens anything by one of ``tickets``."""
        return any(self._usable(ticket) is not None for ticket in tickets)

    def of_badge(self, uid: str, tickets: Iterable[Ticket]) -> Ticket | None:
        """The ticket, of those, whose person held this badge when they typed their PIN."""
        mark = pins.badge_mark(self._seal, self._station, uid)
        return next((made for made in tickets if (pin := self._usable(made)) is not None and pin.badge == mark), None)

    def check(self, ticket: Ticket, pin: str) -> Refusal | None:
        """One try; None for the right PIN. What is counted cannot be taken back by taking the power away."""
        held, now = self._held.get(ticket.jti), self._now()
        if held is None or not held.open or not self.may_keep(ticket):
            return Refusal(RefusalCode.OFFLINE_PIN_CLOSED)
        if now < held.again:
            return Refusal(RefusalCode.TOO_FAST, wait=ceil(held.again - now))
        counted = self._held[ticket.jti] = pins.tried(held, now)
        if not self._save():
            return Refusal(RefusalCode.AUDIT_FAILED)
        if pins.is_right(held, self._station, pin, self._seal):
            self._held[ticket.jti] = replace(held, wrong=0, again=0.0)
            self._save()
            return None
        if counted.open:
            return Refusal(RefusalCode.WRONG_PIN, retries_left=pins.MAX_WRONG - counted.wrong)
        log.warning("too many wrong PINs while the service is away: that one counts no more here")
        # Nothing is left of it to be guessed at; the count stays, so that the sentence is the right one.
        self._held[ticket.jti] = replace(counted, verifier="", salt="")
        self._save()
        return Refusal(RefusalCode.OFFLINE_PIN_CLOSED)

    def _usable(self, ticket: Ticket) -> HeldPin | None:
        held = self._held.get(ticket.jti)
        return held if held is not None and self.may_keep(ticket) and held.sealed == (self._seal is not None) else None
