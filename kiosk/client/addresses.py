"""Under which of its addresses the service is asked now. All of them are one service: one origin, one CA, one database.

A tap never waits to find out whether an address that failed is good again: the event stream's thread asks it from time
to time, and returns to the first one once it answers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

FIRST_REST, MAX_REST = 15.0, 120.0
"""Seconds until an address that failed is asked whether it is good again; they double each time that it is not."""


class Addresses:
    """Thread-safe. ``bases``: ``https://host:port``, one or several; the first is preferred. ``clock``: seconds."""

    def __init__(self, bases: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.all = tuple(base.rstrip("/") for base in bases)
        self._clock = clock
        self._lock = threading.Lock()
        self._now = 0
        self._rest = FIRST_REST
        self._ask_at = float("inf")
        self.on_moved: Callable[[], None] = lambda: None
        """Called once the next request goes elsewhere, on whichever thread found out."""

    @property
    def several(self) -> bool:
        """Whether there is another one to go to."""
        return len(self.all) > 1

    @property
    def now(self) -> str:
        """Where the next request goes."""
        return self.all[self._now]

    def failed(self, base: str) -> None:
        """``base`` did not answer: the one after it is next, unless somebody has moved on already."""
        with self._lock:
            moves = self.several and base == self.all[self._now]
            if moves:
                self._now = (self._now + 1) % len(self.all)
                self._ask_at = self._clock() + self._rest if self._now else float("inf")
        if moves:
            self.on_moved()

    def due(self) -> str | None:
        """The preferred one, if it is time to ask whether it is good again."""
        with self._lock:
            return self.all[0] if self._clock() >= self._ask_at else None

    def asked(self, good: bool) -> None:
        """The preferred one was asked. ``good``: it answers, and is next."""
        with self._lock:
            if good:
                self._now, self._ask_at, self._rest = 0, float("inf"), FIRST_REST
            else:
                self._rest = min(2 * self._rest, MAX_REST)
                self._ask_at = self._clock() + self._rest
