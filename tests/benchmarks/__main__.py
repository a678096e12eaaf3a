"""``make bench``: measure everything on this machine, print the table, write ``build/bench.json``.

``python -m tests.benchmarks NAME…`` (``make bench ONLY=NAME``) runs only the files of that name or group: ``stage`` is
``stage`` and ``stage_station``. Exit status 1 if a target was missed. Rows of a group before or after which others took
much of the processor are marked busy, there and in the file.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.busy import BUSY, others
from tests.benchmarks.table import Row, show, write

FILES = (
    "watching",
    "throughput",
    "waiting",
    "signing",
    "start",
    "station",
    "stage",
    "stage_station",
    "stage_browser",
    "stage_sound",
    "stage_network",
    "records",
    "finding",
    "enrolment",
    "fanout",
    "openid",
    "signals",
    "leaving",
    "budgets",
    "rest",
    "downtime",
    "risk",
    "policy",
    "emergency",
    "phone",
)


ALONE = ("leak", "fire", "rolling", "scale", "plans")
"""Measured only where they are asked for by name: they take long."""


def main() -> int:
    wanted = sys.argv[1:] or FILES
    chosen = [name for name in (*FILES, *ALONE) if any(name == word or name.startswith(f"{word}_") for word in wanted)]
    if not chosen:
        print(f"There is no such group. Choose among: {', '.join((*FILES, *ALONE))}.")
        return 2
    rows: list[Row] = []
    begun = time.monotonic()
    print(f"{'what':66} {'value':>10} {'unit':8} {'baseline':>10} {'ratio':>7}  {'target':28}")
    for name in chosen:
        rows += group(name)
    write(rows, Path("build/bench.json"))
    missed = [f"{row.name}{' (busy)' if row.busy else ''}" for row in rows if not row.ok]
    print(
        f"{len(rows) - len(missed)} of {len(rows)} targets met." + (f" Missed: {'; '.join(missed)}" if missed else "")
    )
    busy = sum(row.busy for row in rows)
    print(f"{(time.monotonic() - begun) / 60:.1f} minutes; {busy} rows measured while the machine was busy.")
    return 1 if missed else 0


def group(name: str) -> list[Row]:
    """Measure one file, print its rows as they come, then what else the machine did before and after."""
    module = importlib.import_module(f"tests.benchmarks.{name}")
    before, begun, rows = others(), time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as work:
        for row in module.measure(Path(work)):
            rows.append(row)
            print(show(row), flush=True)
    taken, load, after = time.monotonic() - begun, os.getloadavg()[0], others()
    busy = max(before, after) > BUSY
    verdict = "BUSY: the figures above are worse than this machine's own" if busy else "quiet"
    looked = f"others took {before:.2f} cores before, {after:.2f} after; load with ours {load:.2f}"
    print(f"  {name}: {taken:.0f} s; {looked}; {verdict}", flush=True)
    return [replace(row, busy=busy) for row in rows]


if __name__ == "__main__":
    sys.exit(main())
