"""Whatever process collects the tests, and when: the same tests in the same order, so that two can share them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.order import COMPUTING, WAITING, side_by_side

ROOT = Path(__file__).parents[1]
STORIES = ROOT / "tests" / "stories"


def collected(folder: Path, below: str = "tests", **env: str) -> list[str]:
    """The tests' names ``below`` a folder of the project as a fresh process finds them that was started in ``folder``.

    The stories come last.
    """
    # Nothing is drawn here, so nobody need read the source for numbers to draw.
    left_out = ("no:cacheprovider", "no:xdist", "no:hypothesispytest")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        *(word for name in left_out for word in ("-p", name)),
    ]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), str(ROOT / below)]
    known = {"PATH": os.environ["PATH"], "HOME": str(folder), **env}
    done = subprocess.run(command, env=known, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    # The last lines say how many and how long it took.
    names = [line for line in done.stdout.splitlines() if "::" in line]
    return sorted(names, key=lambda name: name.startswith("tests/stories/"))


@pytest.mark.timeout(600)
def test_seed_zone_locale_folder_and_second_change_nothing(tmp_path: Path) -> None:
    one = collected(ROOT, PYTHONHASHSEED="1", TZ="UTC", LANG="C.UTF-8")
    # It begins later, so in another second; fourteen hours ahead it may be another day.
    other = collected(tmp_path, PYTHONHASHSEED="2", TZ="LINT-14")
    assert one
    assert [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]][:5] == []
    assert len(one) == len(other)
    assert len(set(one)) == len(one)


def test_the_longest_files_are_there() -> None:
    assert [name for name in (*WAITING, *COMPUTING) if not (Path(__file__).parent / name).is_file()] == []


def test_files_that_wait_and_files_that_compute_begin_side_by_side_and_the_longest_first() -> None:
    waiting, computing = [Path(f"w{number}") for number in range(4)], [Path(f"c{number}") for number in range(8)]
    drawn = side_by_side(waiting, computing, lambda path: 20.0 if path in waiting else 1.0)
    assert sorted(drawn) == sorted([*waiting, *computing])
    assert [path for path in drawn if path in waiting] == waiting
    assert [path for path in drawn if path in computing] == computing
    assert [str(path)[0] for path in drawn] == list("wccwccwccwcc")
    assert side_by_side([], computing, lambda path: 1.0) == computing
    assert side_by_side(waiting, [], lambda path: 1.0) == waiting
