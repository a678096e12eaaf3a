"""How much one workspace may print: what it prints without end would be everybody's paper, disk and waiting."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

HOUR = 3600.0
MAX_JOBS = 120
"""An hour. A round of a ward is some thirty."""
MAX_BYTES = 512 << 20
"""An hour."""
MAX_DOCUMENT = 64 << 20
MAX_COPIES = 99


class Budget:
    """Thread-safe. ``clock()``: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: deque[tuple[float, int]] = deque()
        self._held = 0

    def spend(self, size: int) -> bool:
        """A job, or a document of ``size`` bytes; whether there is room for it within the hour."""
        with self._lock:
            now = self._clock()
            while self._spent and self._spent[0][0] <= now - HOUR:
                self._spent.popleft()
            if len(self._spent) >= MAX_JOBS or sum(item for _, item in self._spent) + size > MAX_BYTES:
                return False
            self._spent.append((now, size))
            return True

    def hold(self, size: int) -> bool:
        """Of what is being read just now, all connections together, in memory; whether there is room for it."""
        with self._lock:
            if self._held + size > MAX_DOCUMENT:
                return False
            self._held += size
            return True

    def let_go(self, size: int) -> None:
        """That much is held no more."""
        with self._lock:
            self._held -= size
