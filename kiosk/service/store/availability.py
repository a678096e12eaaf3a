"""Whether the database can be used at all: said once when it cannot, and once when it can again, whoever asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from kiosk.service.store.errors import StoreBusyError, StoreDownError, StoreError, StoreFullError

log = logging.getLogger("kiosk.service.store.availability")
GONE = ("", "08", "57", "25")
"""Classes of SQLSTATE (PostgreSQL manual, appendix A) of a server that is not there, stops, or is a standby; empty:
nobody answered. Any other answer is a refusal of one thing, and is said by whoever asked for it."""


class Availability:
    """Of one database, as one process sees it. ``clock``: seconds, never going back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self._missed = 0

    @property
    def away(self) -> float:
        """For how many seconds nothing could be asked; 0 while it can."""
        return 0.0 if self._since is None else max(self._clock() - self._since, 0.001)

    def failed(self, error: StoreError, state: str) -> StoreError:
        """``error``, which says itself that nobody need log it where this has. ``state``: its SQLSTATE."""
        kind = isinstance(error, StoreDownError) and not isinstance(error, StoreBusyError | StoreFullError)
        if not kind or state[:2] not in GONE:
            return error
        if self._since is None:
            self._since, self._missed = self._clock(), 0
            log.error("the database cannot be used, and stations are told so until it can: %s", error)
        self._missed += 1
        error.told = True
        return error

    def answered(self) -> None:
        """Something was asked and answered."""
        if self._since is not None:
            seconds, self._since = self.away, None
            log.warning("the database can be used again, after %.0f s and %d attempts", seconds, self._missed)
