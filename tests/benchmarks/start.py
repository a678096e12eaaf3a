"""From starting the program to the lock screen painted, and to readers and doorbell ready, against an empty window.

Both are compiled, as packages of a distribution are; the moment of painting is the agent's own (``KIOSK_TRACE``).
"""

from __future__ import annotations

import compileall
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.agent.trace import VARIABLE
from kiosk.demo.hospital import Hospital
from kiosk.demo.processes import ChildProgram
from kiosk.demo.screen import VirtualScreen
from tests.benchmarks.table import Row, at_most
from tests.benchmarks.traced import Traced

STARTS = 9
ROOT = Path(__file__).parent.parent.parent


def measure(work: Path) -> Iterator[Row]:
    for folder in (ROOT / "kiosk", ROOT / "tests" / "benchmarks"):
        compileall.compile_dir(folder, quiet=1)
    screen = VirtualScreen(work, 1920, 1080)
    screen.start()
    hospital = Hospital(work, display=screen.display)
    trace = Traced(work / "trace")
    painted, ready, empty = [], [], []
    try:
        hospital.start()
        station = hospital.station("start", "Bench")
        station.env = {**station.env, VARIABLE: str(work / "trace")}
        for count in range(STARTS + 1):
            begun = time.monotonic()
            child = ChildProgram(
                [sys.executable, "-m", "tests.benchmarks.empty_window"], work / "empty.log", env=hospital.env
            )
            child.wait_for("ready")
            taken = time.monotonic() - begun
            child.stop()
            trace.since = time.monotonic()
            station.start()
            ended = time.monotonic()
            if count:  # the first of each fills the disk cache
                empty.append(taken * 1000)
                painted.append((trace.painted("locked") - trace.since) * 1000)
                ready.append((ended - trace.since) * 1000)
            station.stop()
    finally:
        hospital.stop()
        screen.stop()
    baseline = statistics.median(empty)
    name = "agent start to lock screen painted, median; against an empty window"
    yield at_most(name, statistics.median(painted), "ms", 1.5 * baseline, baseline, "≤ 1.5× an empty window")
    name = "agent start to readers and doorbell ready, median"
    yield at_most(name, statistics.median(ready), "ms", 1000, baseline)
