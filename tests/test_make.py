"""What `make test` does when something fails: it goes on to the stories, reports both, and ends badly."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.demo.processes import until

ROOT = Path(__file__).parents[1]


def make_test(tmp_path: Path, failing: str) -> tuple[int, str]:
    """With a pytest of our own, which fails where its last argument contains ``failing``."""
    fake, ready = tmp_path / "python", tmp_path / "ready"
    fake.write_text(
        f'#!/bin/sh\n[ "$2" != tests.both ] || exec {shlex.quote(sys.executable)} "$@"\n'
        f'for last; do :; done\necho "ran $last"\ncase "$last" in {failing}) exit 1 ;; esac\n'
    )
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


def test_ctrl_c_reaches_both_and_they_are_waited_for(tmp_path: Path) -> None:
    """The terminal sends it to all at once; each puts away what it started before anything else is said."""
    fake = tmp_path / "python"
    fake.write_text(
        f'#!/bin/sh\nfor last; do :; done\nname=$(echo "$last" | tr -dc a-z)\n'
        f"trap 'sleep 0.2; touch {shlex.quote(str(tmp_path))}/put-away-$name; exit 2' INT\n"
        f"touch {shlex.quote(str(tmp_path))}/began-$name\nwhile :; do sleep 0.05; done\n"
    )
    fake.chmod(0o755)
    words = [sys.executable, "-m", "tests.both", str(fake), "1", "1"]
    both = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    until("both to begin", lambda: len(list(tmp_path.glob("began-*"))) == 2)
    os.killpg(both.pid, signal.SIGINT)
    out, _ = both.communicate(timeout=60)
    assert len(list(tmp_path.glob("put-away-*"))) == 2
    assert out.decode().splitlines() == ["The rooms' tests failed, the stories failed."]
    assert both.returncode == 1
