"""What else the machine is doing, looked at while the bench itself does nothing: before and after each group.

The load average is no measure of others: the bench makes most of it itself.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

LOOK = 1.0
"""Seconds of a look."""
BUSY = 0.3
"""Cores taken by others from which a group's figures are marked: they are worse than this machine's own."""


def others() -> float:
    """Cores that are not idle just now, 0 to all of them; whoever calls sleeps meanwhile."""
    begun, before = time.monotonic(), _used()
    time.sleep(LOOK)  # so long it is measured
    return (_used() - before) / (time.monotonic() - begun)


def _used() -> float:
    """Seconds in which some core did something, since the start of the machine (proc(5): all but idle and iowait)."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
