"""What `make test` does when something fails: it goes on to the stories, reports both, and ends badly."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def make_test(tmp_path: Path, failing: str) -> tuple[int, str]:
    """With a pytest of our own, which fails where its last argument contains ``failing``."""
    fake, ready = tmp_path / "python", tmp_path / "ready"
    fake.write_text(f'#!/bin/sh\nfor last; do :; done\necho "ran $last"\ncase "$last" in {failing}) exit 1 ;; esac\n')
    fake.chmod(0o755)
    ready.touch()
    words = ["make", "-C", str(ROOT), "--no-print-directory", "test", f"PY={fake}", f"READY={ready}", "NEEDED="]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        ("nothing", "The rooms' tests passed, the stories passed."),
        ("--ignore*", "The rooms' tests failed, the stories passed."),
        ("tests/stories", "The rooms' tests passed, the stories failed."),
        ("*", "The rooms' tests failed, the stories failed."),
    ],
)
def test_the_stories_are_told_whatever_the_rooms_say_and_both_are_reported(
    tmp_path: Path, failing: str, said: str
) -> None:
    status, out = make_test(tmp_path, failing)
    assert out.splitlines() == ["ran --ignore=tests/stories", "ran tests/stories", said]
    assert (status == 0) is (failing == "nothing")
