"""A program that was stopped in the middle of a transaction holds an SQLite database: whoever comes makes it go on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from kiosk.service.store import stopped_writer
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreBusyError
from tests.fakes.stores import empty_file, guard

HOLDS = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
held.execute("INSERT INTO used_jti (jti, expires) VALUES ('theirs', 1)")
print("holds", flush=True)
if sys.argv[2] == "stopped":
    import os, signal
    os.kill(os.getpid(), signal.SIGSTOP)
else:
    sys.stdin.readline()
held.execute("COMMIT")
print("done", flush=True)
sys.stdin.readline()
"""


@contextmanager
def holder(path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """A program in the middle of a transaction: ``stopped``, or ``slow``."""
    words = [sys.executable, "-c", HOLDS, str(path), how]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "holds\n"
        if how == "stopped":
            os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        yield child
    finally:
        child.kill()
        child.communicate()


def write(database: Database) -> int:
    """A transaction that writes; how many identifiers it sees."""
    return database.write_now(_count)


def _count(conn: Connection) -> int:
    return int(conn.execute(text("SELECT count(*) FROM used_jti")).scalar_one())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    empty_file(tmp_path / "kiosk.db")
    return tmp_path / "kiosk.db"


def test_a_tap_does_not_wait_for_whoever_was_stopped(path: Path) -> None:
    database = Database(f"sqlite:///{path}", guard())
    with holder(path, "stopped") as child:
        assert write(database) == 1  # theirs is there: it went on, and ended as it wanted to
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"
    database.close_now()


def test_one_that_is_only_slow_is_waited_for_and_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.service.store.sqlite.BUSY_MS", 300)
    database = Database(f"sqlite:///{path}", guard())
    with holder(path, "slow"):
        assert stopped_writer.wake(path) is None
        with pytest.raises(StoreBusyError):
            write(database)
    database.close_now()


def test_a_stopped_program_that_holds_another_file_is_left_alone(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    empty_file(other)
    with holder(other, "stopped") as child:
        with sqlite3.connect(path) as mine:
            mine.execute("BEGIN IMMEDIATE")
            assert stopped_writer.wake(path) is None
        assert os.waitid(os.P_PID, child.pid, os.WCONTINUED | os.WNOHANG) is None


@pytest.mark.parametrize(
    ("line", "holder"),
    [
        ("1: POSIX  ADVISORY  WRITE 31 fe:00:77 120 120", 31),
        ("1: POSIX  ADVISORY  WRITE 31 fe:00:77 100 EOF", 31),
        ("1: POSIX  ADVISORY  READ 31 fe:00:77 120 120", None),
        ("1: POSIX  ADVISORY  WRITE 31 fe:00:78 120 120", None),
        ("1: POSIX  ADVISORY  WRITE 31 fe:00:77 121 EOF", None),
        ("1: FLOCK  ADVISORY  WRITE 31 fe:00:77 0 EOF", None),
        ("1: POSIX  ADVISORY  WRITE -1 fe:00:77 120 120", None),
        ("1: -> POSIX  ADVISORY  WRITE 31 fe:00:77 120 120", None),
        ("", None),
    ],
)
def test_who_holds_it_stands_in_the_kernels_list(line: str, holder: int | None) -> None:
    assert stopped_writer._holder(f"{line}\n", 77) == holder


def test_without_the_list_nobody_is_woken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopped_writer, "LOCKS", path.parent / "nothing")
    assert stopped_writer.wake(path) is None
    assert stopped_writer.wake(path.parent / "nothing") is None
