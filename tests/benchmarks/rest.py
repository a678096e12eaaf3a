"""What an agent costs that nobody uses: processor time and memory over a minute, locked and online."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.demo.hospital import Hospital
from kiosk.demo.processes import ChildFailedError
from kiosk.demo.screen import VirtualScreen
from tests.benchmarks.table import Row, at_most

SECONDS = 60.0


def measure(work: Path) -> Iterator[Row]:
    screen = VirtualScreen(work)
    screen.start()
    hospital = Hospital(work, display=screen.display)
    try:
        hospital.start()
        station = hospital.station("rest", "Bench")
        station.start()
        time.sleep(5)  # what it prepares after the first paint is done
        if station.child is None:
            raise ChildFailedError("the station did not start")
        pid = station.child.process.pid
        before = cpu_seconds(pid)
        time.sleep(SECONDS)  # so long it is measured
        used = (cpu_seconds(pid) - before) / SECONDS * 100
        memory = pss_mib(pid)
    finally:
        hospital.stop()
        screen.stop()
    yield at_most("agent at rest for 60 s, processor", used, "%", 0.1)
    yield at_most("agent at rest, memory (PSS)", memory, "MiB", 110)


def cpu_seconds(pid: int) -> float:
    """User and system time of one process, in seconds (proc(5))."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def pss_mib(pid: int) -> float:
    """Proportional set size in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ChildFailedError(f"/proc/{pid}/smaps_rollup has no Pss")
