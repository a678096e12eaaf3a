"""How often one person's programs may ask at a doorbell, so that nobody's flood is carried on to the service."""

from __future__ import annotations

import threading
import time

BURST = 60
PER_SECOND = 1.0
"""Requests that one person's programs may make at once, and on and on."""
MAX_BUDGETS = 128
"""Persons whose requests are counted: more than a station has workspaces. Who asked longest ago is forgotten."""


class Askings:
    """A budget for each person, or for whatever else asks. Thread-safe.

    ``burst`` at once, ``per_second`` on and on; what a person's programs have where they are left out.
    """

    def __init__(self, burst: int | None = None, per_second: float | None = None) -> None:
        self._burst = float(BURST if burst is None else burst)
        self._per_second = PER_SECOND if per_second is None else per_second
        self._lock = threading.Lock()
        self._budgets: dict[str | None, tuple[float, float]] = {}

    def affords(self, login: str | None) -> bool:
        """Whether ``login``'s programs may ask once more, and if so that they have."""
        now = time.monotonic()
        with self._lock:
            if len(self._budgets) >= MAX_BUDGETS and login not in self._budgets:
                del self._budgets[min(self._budgets, key=lambda one: self._budgets[one][1])]
            left, since = self._budgets.get(login, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._per_second)
            self._budgets[login] = (left - 1 if left >= 1 else left), now
            return left >= 1
