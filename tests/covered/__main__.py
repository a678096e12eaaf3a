"""``make coverage``: every line and branch of the rooms in ``held`` is reached by the tests of these rooms.

Exit status 1, with the lines and branches that are not, if one falls below. Two rooms at a time; ``ONLY`` names one.
coverage.py measures with what this Python has: ``sys.monitoring`` from 3.14 on, its tracer in C before.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.covered.held import ROOMS, Room

FOLDER = Path("build/coverage")
COVERAGE = (sys.executable, "-m", "coverage")
AT_A_TIME = 2


def main(only: Sequence[str]) -> int:
    names = list(only or ROOMS)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    # The longest begin first: those with the most tests stand first in the list.
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        passed = list(pool.map(_measure, names))
    for name, well in zip(names, passed, strict=True):
        print(f"{name}: its tests {'passed' if well else 'failed, see ' + str(FOLDER / name) + '.log'}")
    return int(not _held(names) or not all(passed))


def _measure(name: str) -> bool:
    """Run the tests of a room; whether they passed."""
    room = ROOMS[name]
    modules = ",".join(dict.fromkeys(module for item in ROOMS.values() for module in item.modules))
    words = [*COVERAGE, "run", f"--source={modules}", f"--data-file={FOLDER / name}.data", "-m", "pytest", "-q"]
    words += ["-p", "no:cacheprovider", "-p", "no:xdist", "--timeout=600", *chosen(room)]
    with Path(f"{FOLDER / name}.log").open("w") as log:
        return subprocess.run(words, stdout=log, stderr=subprocess.STDOUT, check=False).returncode == 0


def chosen(room: Room) -> list[str]:
    """What pytest is told to run; what is drawn by lot is drawn the same each time, as the verdict is to be."""
    return [*room.tests, *(f"--ignore={item}" for item in room.left_out), "--hypothesis-profile=repeated"]


def _held(names: Sequence[str]) -> bool:
    """Print what is not reached; whether all is."""
    data = f"--data-file={FOLDER / 'all'}.data"
    parts = [f"{FOLDER / name}.data" for name in names]
    subprocess.run([*COVERAGE, "combine", "--keep", "--quiet", data, *parts], check=True)
    wanted = ",".join(pattern for name in names for module in ROOMS[name].modules for pattern in files(module))
    report = [*COVERAGE, "report", data, "--fail-under=100", "--show-missing", "--skip-covered", f"--include={wanted}"]
    return subprocess.run(report, check=False).returncode == 0


def files(module: str) -> tuple[str, str]:
    """Patterns of the files of a package, or of the one of a module."""
    path = module.replace(".", "/")
    return f"{path}.py", f"{path}/*"


if __name__ == "__main__":
    sys.exit(main(os.environ.get("ONLY", "").split()))
