"""``make bench``: measure everything on this machine, print the table, write ``build/bench.json``.

``python -m tests.benchmarks NAME…`` (``make bench ONLY=NAME``) runs only the files of that name or group: ``stage`` is
``stage`` and ``stage_station``. Exit status 1 if a target was missed.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.table import Row, show, write

FILES = (
    "watching",
    "throughput",
    "start",
    "station",
    "stage",
    "stage_station",
    "records",
    "enrolment",
    "fanout",
    "leaving",
    "rest",
)


def main() -> int:
    wanted = sys.argv[1:] or FILES
    chosen = [name for name in FILES if any(name == word or name.startswith(f"{word}_") for word in wanted)]
    if not chosen:
        print(f"There is no such group. Choose among: {', '.join(FILES)}.")
        return 2
    rows: list[Row] = []
    print(f"{'what':66} {'value':>10} {'unit':8} {'baseline':>10} {'ratio':>7}  {'target':28}")
    for name in chosen:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as work:
            for row in module.measure(Path(work)):
                rows.append(row)
                print(show(row), flush=True)
    write(rows, Path("build/bench.json"))
    missed = [row.name for row in rows if not row.ok]
    print(
        f"{len(rows) - len(missed)} of {len(rows)} targets met." + (f" Missed: {'; '.join(missed)}" if missed else "")
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
