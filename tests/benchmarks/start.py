"""From starting the program to the lock screen painted and the readers watched, against an empty PySide6 window."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.demo.hospital import Hospital
from kiosk.demo.processes import Child
from kiosk.demo.screen import VirtualScreen
from tests.benchmarks.table import Row, at_most

STARTS = 7


def measure(work: Path) -> Iterator[Row]:
    screen = VirtualScreen(work, 1920, 1080)
    screen.start()
    hospital = Hospital(work, display=screen.display)
    try:
        hospital.start()
        station = hospital.station("start", "Bench")
        ours, empty = [], []
        for count in range(STARTS + 1):
            begun = time.monotonic()
            child = Child([sys.executable, "-m", "tests.benchmarks.empty_window"], work / "empty.log", env=hospital.env)
            child.wait_for("ready")
            taken = time.monotonic() - begun
            child.stop()
            begun = time.monotonic()
            station.start()
            if count:  # the first of each fills the disk cache
                empty.append(taken * 1000)
                ours.append((time.monotonic() - begun) * 1000)
            station.stop()
    finally:
        hospital.stop()
        screen.stop()
    value, baseline = statistics.median(ours), statistics.median(empty)
    name = "agent start to lock screen painted, median; against an empty window"
    yield at_most(name, value, "ms", 1.5 * baseline, baseline, "≤ 1.5× an empty window")
