"""The PINs that a workstation may check by itself, and their tries, each counted on the disk before it is looked at."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from math import ceil

from kiosk.downtime import pins
from kiosk.downtime.pins import HeldPin
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.ticket import Ticket

log = logging.getLogger("kiosk.downtime.pin_tries")


class StationPins:
    """``held``: as they were kept. ``seal``: see ``kiosk.downtime.seal``. ``save``: everything to disk; whether it is
    there. ``now``: epoch seconds that never go back. Thread-safe: a try is read, counted and kept under ``lock``, which
    is also whoever's that saves, and is not held while a PIN is looked at."""

    def __init__(
        self,
        station: str,
        held: Iterable[HeldPin],
        seal: bytes | None,
        save: Callable[[], bool],
        now: Callable[[], float],
        lock: threading.RLock,
    ) -> None:
        self._station, self._seal, self._save, self._now, self._lock = station, seal, save, now, lock
        self._held = {pin.ticket: pin for pin in held}

    @property
    def held(self) -> tuple[HeldPin, ...]:
        """To be kept."""
        with self._lock:
            return tuple(self._held.values())

    def may_keep(self, ticket: Ticket) -> bool:
        """Whether the service allows it for this ticket, at a workstation such as this."""
        return ticket.pin == "unsealed" or (ticket.pin == "sealed" and self._seal is not None)

    def keep(self, ticket: Ticket, uid: str, pin: str) -> None:
        """The service has accepted ``pin`` with that badge, and gave ``ticket`` for it."""
        if self.may_keep(ticket):
            made = pins.made(self._station, ticket.jti, uid, pin, self._seal)
            with self._lock:
                self._held[ticket.jti] = made
                self._save()

    def only(self, tickets: Collection[str]) -> None:
        """Those of other tickets are forgotten. ``tickets``: their ``jti``."""
        with self._lock:
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
        counted = self._counted(ticket)
        if isinstance(counted, Refusal):
            return counted
        held, after = counted
        right = pins.is_right(held, self._station, pin, self._seal)
        return self._settled(ticket, after, right=right)

    def _counted(self, ticket: Ticket) -> tuple[HeldPin, HeldPin] | Refusal:
        """The verifier before this try and after it, which the disk has; or why none is made."""
        with self._lock:
            held, now = self._held.get(ticket.jti), self._now()
            if held is None or not held.open or not self.may_keep(ticket):
                return Refusal(RefusalCode.OFFLINE_PIN_CLOSED)
            if now < held.again:
                return Refusal(RefusalCode.TOO_FAST, wait=ceil(held.again - now))
            counted = self._held[ticket.jti] = pins.tried(held, now)
            return (held, counted) if self._save() else Refusal(RefusalCode.AUDIT_FAILED)

    def _settled(self, ticket: Ticket, counted: HeldPin, *, right: bool) -> Refusal | None:
        """What came of the try, on the disk before it is said. One whose ticket went meanwhile opens nothing."""
        with self._lock:
            still = self._held.get(ticket.jti)
            if still is None:
                return Refusal(RefusalCode.OFFLINE_PIN_CLOSED)
            if right:
                if still == counted:  # another try that was counted since stays counted
                    self._held[ticket.jti] = replace(counted, wrong=0, again=0.0)
                    self._save()
                return None
            if still.open:
                return Refusal(RefusalCode.WRONG_PIN, retries_left=pins.MAX_WRONG - still.wrong)
            log.warning("too many wrong PINs while the service is away: that one counts no more here")
            # Nothing is left of it to be guessed at; the count stays, so that the sentence is the right one.
            self._held[ticket.jti] = replace(still, verifier="", salt="")
            self._save()
            return Refusal(RefusalCode.OFFLINE_PIN_CLOSED)

    def _usable(self, ticket: Ticket) -> HeldPin | None:
        with self._lock:
            held = self._held.get(ticket.jti)
        return held if held is not None and self.may_keep(ticket) and held.sealed == (self._seal is not None) else None
