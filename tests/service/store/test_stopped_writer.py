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
        assert stopped_writer.wake(path) == ()
        with pytest.raises(StoreBusyError):
            write(database)
    database.close_now()


def test_a_stopped_program_that_holds_another_file_is_left_alone(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    empty_file(other)
    with holder(other, "stopped") as child:
        with sqlite3.connect(path) as mine:
            mine.execute("BEGIN IMMEDIATE")
            assert stopped_writer.wake(path) == ()
        assert os.waitid(os.P_PID, child.pid, os.WCONTINUED | os.WNOHANG) is None


@pytest.mark.parametrize(
    ("line", "holders"),
    [
        ("1: POSIX  ADVISORY  WRITE 31 fe:0a:77 120 120", [31]),
        ("1: POSIX  ADVISORY  WRITE 31 fe:0a:77 100 EOF", [31]),
        ("1: POSIX  ADVISORY  READ 31 fe:0a:77 120 120", []),
        ("1: POSIX  ADVISORY  WRITE 31 fe:0a:78 120 120", []),
        ("1: POSIX  ADVISORY  WRITE 31 fe:10:77 120 120", []),
        ("1: POSIX  ADVISORY  WRITE 31 0a:fe:77 120 120", []),
        ("1: POSIX  ADVISORY  WRITE 31 fe:0a:77 121 EOF", []),
        ("1: FLOCK  ADVISORY  WRITE 31 fe:0a:77 0 EOF", []),
        ("1: POSIX  ADVISORY  WRITE -1 fe:0a:77 120 120", []),
        ("1: -> POSIX  ADVISORY  WRITE 31 fe:0a:77 120 120", []),
        ("", []),
        (
            "1: POSIX  ADVISORY  WRITE 30 fe:0b:77 120 120\n2: POSIX  ADVISORY  WRITE -1 fe:0a:77 120 120\n"
            "3: POSIX  ADVISORY  WRITE 31 fe:0a:77 120 120\n4: POSIX  ADVISORY  WRITE 32 fe:0a:77 0 EOF\n"
            "5: POSIX  ADVISORY  WRITE 31 fe:0a:77 120 120",
            [31, 32],
        ),
    ],
)
def test_who_holds_it_stands_in_the_kernels_list(line: str, holders: list[int]) -> None:
    assert stopped_writer._holders(f"{line}\n", {(0xFE, 0x0A)}, 77) == holders


def test_a_lock_on_another_disk_s_file_of_that_number_hides_nobody(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in the list first, and belongs to a program that is not stopped."""
    inode, said = Path(f"{path}-shm"), tmp_path / "locks"
    with holder(path, "stopped") as child:
        first = f"1: POSIX  ADVISORY  WRITE {os.getpid()} ff:fe:{inode.stat().st_ino} 120 120\n"
        said.write_text(first + Path("/proc/locks").read_text(encoding="ascii"), encoding="ascii")
        monkeypatch.setattr(stopped_writer, "LOCKS", said)
        assert stopped_writer.wake(path) == (child.pid,)


def test_looking_drops_no_lock_of_ones_own(path: Path) -> None:
    """Whoever closes a file loses their POSIX locks on it, by whichever descriptor they were taken (fcntl(2))."""
    with sqlite3.connect(path) as mine:
        mine.execute("BEGIN IMMEDIATE")
        assert stopped_writer.wake(path) == ()
        inode = Path(f"{path}-shm").stat().st_ino
        held = Path("/proc/locks").read_text(encoding="ascii")
        assert any(f":{inode} 120 120" in line for line in held.splitlines())


def test_without_the_list_nobody_is_woken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopped_writer, "LOCKS", path.parent / "nothing")
    assert stopped_writer.wake(path) == ()
    assert stopped_writer.wake(path.parent / "nothing") == ()
