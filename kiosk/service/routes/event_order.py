"""In which order events were committed, where their ids do not tell: what may still come, and what came late.

PostgreSQL draws an id before its transaction commits, so a lower one can appear after a higher one. Nobody is made to
wait for that (decision 33): an id that was passed over is looked for until it can come no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

GAP_SECONDS = 60.0
"""Longer than a transaction that tells of anything may last: events are its last statement, and a server ends one that
says nothing for seconds."""
LATE_SECONDS = 900.0
"""For so long a station that was away is told what came late meanwhile."""
MAX_COUNT = 4096


class EventOrder:
    """``last``: the highest id seen. ``clock``: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.last = 0
        self._clock = clock
        self._missing: dict[int, float] = {}
        self._late: dict[int, float] = {}

    def begin(self, newest: int, seen: Iterable[int], since: int) -> None:
        """``seen``: the ids from ``since`` to ``newest`` that are there."""
        self.last, there, now = newest, set(seen), self._clock()
        self._missing = {item: now + GAP_SECONDS for item in range(max(1, since), newest) if item not in there}

    def take(self, number: int) -> bool:
        """The event of that id is there. Whether it is news."""
        now = self._clock()
        if number > self.last:
            for passed in range(max(self.last + 1, number - MAX_COUNT), number):
                _put(self._missing, passed, now + GAP_SECONDS)
            self.last = number
            return True
        if self._missing.pop(number, None) is None:
            return False
        _put(self._late, number, now + LATE_SECONDS)
        return True

    def missing(self) -> list[int]:
        """Ids that may still come."""
        return _still(self._missing, self._clock())

    def late(self) -> list[int]:
        """Ids that came after a higher one lately, or may yet."""
        return [*_still(self._late, self._clock()), *self.missing()]


def _put(kept: dict[int, float], number: int, until: float) -> None:
    if len(kept) >= MAX_COUNT:
        del kept[next(iter(kept))]
    kept[number] = until


def _still(kept: dict[int, float], now: float) -> list[int]:
    for number in [identifier for identifier, until in kept.items() if until <= now]:
        del kept[number]
    return list(kept)
