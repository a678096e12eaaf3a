"""Says once that nobody touched the host display for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.stage.loop import Loop


class IdleWatch:
    """``idle_seconds`` asks the display; ``idle`` is told. Sleeps until the earliest moment at which it can be so.

    ``name``: of its moment in the loop.
    """

    def __init__(self, loop: Loop, name: str, idle_seconds: Callable[[], float], idle: Callable[[], None]) -> None:
        self._loop, self._name, self._ask, self._idle = loop, name, idle_seconds, idle
        self._seconds = 0
        self._since = 0.0

    def set(self, seconds: int) -> None:
        """From now on; 0 for not."""
        self._seconds, self._since = seconds, time.monotonic()
        if seconds:
            self._loop.after(seconds, self._name, self._judge)
        else:
            self._loop.cancel(self._name)

    def stirred(self) -> None:
        """Somebody is there."""
        self._since = time.monotonic()

    def _judge(self) -> None:
        idle = min(self._ask(), time.monotonic() - self._since)
        if idle >= self._seconds:
            self._idle()
        else:
            self._loop.after(self._seconds - idle, self._name, self._judge)
