"""The time by which tickets end: this computer's clock, but never earlier than it was before.

While the machine runs, time goes on by a clock that nobody sets (``CLOCK_BOOTTIME``, which counts sleep too). From one
run to the next the latest time that was seen is kept on disk. Setting the clock back revives nothing; setting it
forward ends tickets early, and they stay ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

MAX_AHEAD = 120
"""Seconds by which clocks may differ."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def up() -> float:
    """Seconds since the machine started, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot() -> str:
    """Names this run of the machine; empty where the system does not say."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class StationTime:
    """``latest``: the latest time ever seen here, epoch seconds. ``wall``, ``steady``: the two clocks, in seconds."""

    def __init__(
        self, latest: float = 0.0, wall: Callable[[], float] = time.time, steady: Callable[[], float] = up
    ) -> None:
        self._wall, self._steady = wall, steady
        self._from = max(latest, wall())
        self._began = steady()

    def now(self) -> float:
        """Epoch seconds, never less than at any call before."""
        gone = max(0.0, self._steady() - self._began)
        here = max(self._from + gone, self._wall())
        self._from, self._began = here, self._began + gone
        return here

    def told(self, at: float) -> None:
        """``at``: the service's time, just heard from itself. Where we are far ahead of it, a clock was wrong once, and
        no ticket would ever count again; what this computer's clock says still does."""
        if self.now() - at > MAX_AHEAD:
            self._from, self._began = at, self._steady()

    def set_back(self) -> float:
        """Seconds by which the computer's clock is behind; 0 where it is not."""
        return max(0.0, self.now() - self._wall())
