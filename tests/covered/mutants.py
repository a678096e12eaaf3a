"""``make mutants``: the code of the rooms in ``held`` is changed a little, one place at a time. Do their tests notice?

mutmut changes a copy below ``build/mutants``, a room at a time, and runs for each change the tests that reach it. It
takes hours for all, so each room ends after ``MUTANT_MINUTES`` (10): the quick ones come first, and what was not tried
is counted apart. ``ONLY`` names a room. Prints the score of each; the changes that nobody noticed stand in
``build/mutants/ROOM/survived.txt``.

mutmut and not cosmic-ray: it collects the tests once and forks for each change, where the other starts Python, imports
and collects every time (3 s here, against a tenth), and it runs the tests of the changed function alone.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.covered.__main__ import chosen, files
from tests.covered.held import ROOMS, Room

FOLDER = Path("build/mutants")
COPIED = ("kiosk", "tests", "resources")
MUTMUT = ("nice", "-n", "19", sys.executable, "-m", "mutmut")
STATS = Path("mutants/mutmut-cicd-stats.json")
BEGUN = "Running mutation testing"
"""What mutmut says once it has made the changes and run the tests without any, which takes a minute or more."""


@dataclass(frozen=True, slots=True)
class Score:
    """Changes to the code, by what became of them."""

    noticed: int
    survived: int
    not_tried: int

    def sentence(self, name: str) -> str:
        """``session: 94.1 % of 1,700 changes were noticed, 100 survived; 300 were not tried.``"""
        tried = self.noticed + self.survived
        share = f"{100 * self.noticed / tried:.1f} %" if tried else "none"
        left = f"{self.survived:,} survived; {self.not_tried:,} were not tried."
        return f"{name}: {share} of {tried:,} changes were noticed, {left}"


def main(names: list[str], minutes: float) -> int:
    """Exit status 1 where nothing could be tried, as where the tests fail without a change; ``mutmut.log`` says why."""
    tried = []
    for name in names or list(ROOMS):
        place = _copy(name)
        _run(place, minutes * 60)
        score = _score(place)
        print(score.sentence(name), flush=True)
        tried.append(score.noticed + score.survived)
    return int(0 in tried)


def _copy(name: str) -> Path:
    """A copy of what the tests of a room need, in which mutmut works; what it knew of an earlier one is forgotten."""
    place = FOLDER / name
    shutil.rmtree(place, ignore_errors=True)
    for folder in COPIED:
        shutil.copytree(folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    project = Path("pyproject.toml").read_text(encoding="utf-8")
    (place / "pyproject.toml").write_text(f"{project}\n{_rules(ROOMS[name])}", encoding="utf-8")
    return place


def _rules(room: Room) -> str:
    """What mutmut is told, as a table of ``pyproject.toml``."""
    tests = [item for item in chosen(room) if not item.startswith("--")]
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", *(item for item in chosen(room) if item.startswith("--"))]
    told: dict[str, list[str]] = {
        "source_paths": ["kiosk"],
        "only_mutate": [pattern for module in room.modules for pattern in files(module)],
        "also_copy": ["resources"],
        "pytest_add_cli_args_test_selection": tests,
        "pytest_add_cli_args": options,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    return "\n".join(["[tool.mutmut]", *lines, "use_git_change_detection = false", "track_dependencies = false", ""])


def _run(place: Path, seconds: float) -> None:
    """Until all is tried, or for so long from the first change on: mutmut then ends as at Ctrl-C, and has kept what it
    found."""
    workers, told = str(min(2, os.cpu_count() or 1)), place / "mutmut.log"
    with told.open("w") as log:
        run = subprocess.Popen([*MUTMUT, "run", "--max-children", workers], cwd=place, stdout=log, stderr=log)
        while run.poll() is None and BEGUN not in told.read_text(encoding="utf-8"):
            time.sleep(1)  # asked again
        try:
            run.wait(seconds)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGINT)
            run.wait(120)


def _score(place: Path) -> Score:
    listed = subprocess.run([*MUTMUT, "results"], cwd=place, capture_output=True, text=True, check=True).stdout
    survived = sorted(_with(listed, "survived", "no tests"))
    (place / "survived.txt").write_text("\n".join([*survived, ""]), encoding="utf-8")
    subprocess.run([*MUTMUT, "export-cicd-stats"], cwd=place, capture_output=True, check=True)
    told = json.loads((place / STATS).read_text(encoding="utf-8"))
    noticed = told["killed"] + told["timeout"] + told["segfault"] + told["suspicious"]
    return Score(noticed, len(survived), told["total"] - told["skipped"] - noticed - len(survived))


def _with(listed: str, *kinds: str) -> Iterator[str]:
    for line in listed.splitlines():
        name, _, kind = line.strip().partition(": ")
        if kind in kinds:
            yield name


if __name__ == "__main__":
    sys.exit(main(os.environ.get("ONLY", "").split(), float(os.environ.get("MUTANT_MINUTES") or 10)))
