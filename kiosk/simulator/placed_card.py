"""Keeps a card lying on a reader: across restarts of the card service, until told to lift it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.simulator.link import NoReaderError, Placed, ReaderBusyError
from kiosk.simulator.simulated_card import SimulatedCard

SEEN_WITHIN = 4.0
"""Seconds within which a reader that is free notices a card; pcscd looks every 0.4 s."""
RETRY = 0.25


@dataclass(slots=True)
class PlacedCard:
    """``card`` on the reader that ``connect`` reaches. ``stop`` may be called from a signal handler or any thread."""

    card: SimulatedCard
    connect: Callable[[], socket.socket]
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopped: bool = False

    def stop(self) -> None:
        """Lift the card; ``hold`` returns."""
        self._stopped = True
        self._wake.set()

    def hold(self, placed: Callable[[], None], seconds: float | None = None) -> None:
        """Place the card; return after ``seconds`` (None: never) or once stopped. Call it once.

        ``placed`` is called when the reader has noticed the card. Plastic does not go away because a card service
        restarts: when the reader hangs up, the card is placed again as soon as there is a reader. Raises
        ``NoReaderError`` or ``ReaderBusyError``, at the beginning only.
        """
        with Placed(self.card, self.connect(), self._wake.set) as lying:
            if not lying.wait_seen(SEEN_WITHIN):
                if self._stopped:
                    return
                raise ReaderBusyError(
                    "That reader does not take the card. Is another card lying on it? Take that off first."
                )
            placed()
            until = None if seconds is None else time.monotonic() + seconds
            self._rest(until)
        while not self._over(until):
            self._again(until)

    def _again(self, until: float | None) -> None:
        self._wake.wait(RETRY)
        try:
            sock = self.connect()
        except NoReaderError:
            return
        with Placed(self.card, sock, self._wake.set):
            self._rest(until)

    def _rest(self, until: float | None) -> None:
        """Until stopped, the time is over, or the reader hung up."""
        left = None if until is None else max(until - time.monotonic(), 0)
        self._wake.wait(left)
        if not self._stopped:
            self._wake.clear()

    def _over(self, until: float | None) -> bool:
        return self._stopped or (until is not None and time.monotonic() >= until)
