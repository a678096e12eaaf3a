"""Whoever holds an SQLite database and was stopped in the middle of it is made to go on.

Nothing that SQLite has ends a transaction whose program was stopped (SIGSTOP, Ctrl-Z): everybody would wait for as long
as it stays so. Who holds the lock to write stands in ``/proc/locks`` (proc_locks(5)): byte 120 of the index of the
write-ahead log (sqlite.org/walformat.html, section 2.3.1). Its transaction is short; a program that was stopped for a
reason can be stopped again. One of another user, or that a debugger holds, is left alone.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Collection
from pathlib import Path

log = logging.getLogger("kiosk.service.store")
LOCKS, PROC = Path("/proc/locks"), Path("/proc")
WRITE_BYTE = 120
STOPPED = "T"


def wake(database: Path) -> tuple[int, ...]:
    """Continue the programs that hold ``database`` and are stopped; their process ids. Raises nothing."""
    path = Path(f"{database}-shm")
    try:
        index = path.stat()
        holders = _holders(LOCKS.read_text(encoding="ascii"), _devices(path, index), index.st_ino)
    except (OSError, ValueError):
        return ()
    return tuple(pid for pid in holders if _went_on(pid, index))


def _went_on(pid: int, index: os.stat_result) -> bool:
    """Whether it was stopped, has the file open, and was continued."""
    try:
        if not _is_stopped(pid) or not _has_open(pid, index):
            return False
        os.kill(pid, signal.SIGCONT)
    except (OSError, ValueError):
        return False
    log.warning("process %d was stopped while it held the database, and was made to go on", pid)
    return True


def _holders(locks: str, devices: Collection[tuple[int, int]], inode: int) -> list[int]:
    """``1: POSIX  ADVISORY  WRITE 1234 fd:01:131072 120 120``: kind, mode, process, device (hexadecimal) and inode,
    first and last byte. Inodes are numbered on each disk anew."""
    found: dict[int, None] = {}
    for line in locks.splitlines():
        words = line.split()
        if len(words) != 8 or words[1] != "POSIX" or words[3] != "WRITE":
            continue
        major, minor, number = words[5].split(":")
        end = words[7] if words[7] != "EOF" else str(2**63)
        held = int(words[6]) <= WRITE_BYTE <= int(end)
        if held and int(number) == inode and (int(major, 16), int(minor, 16)) in devices and int(words[4]) > 0:
            found[int(words[4])] = None
    return list(found)


def _devices(path: Path, file: os.stat_result) -> set[tuple[int, int]]:
    """By which the kernel may name the disk of ``path``: as its file says, and as its file system does, which differs
    where one has several trees (btrfs). Nothing is opened but a name: to close a file would drop SQLite's own locks."""
    found = {(os.major(file.st_dev), os.minor(file.st_dev))}
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        about = (PROC / "self" / "fdinfo" / str(folder)).read_text(encoding="ascii")
    finally:
        os.close(folder)
    mount = next((line.split()[1] for line in about.splitlines() if line.startswith("mnt_id:")), None)
    for line in (PROC / "self" / "mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split(maxsplit=3)
        if words[0] == mount:
            major, _, minor = words[2].partition(":")
            found.add((int(major), int(minor)))
    return found


def _is_stopped(pid: int) -> bool:
    """Whether a signal stopped it: the letter after its name in brackets (proc_pid_stat(5))."""
    told = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    return told.rpartition(")")[2].split()[0] == STOPPED


def _has_open(pid: int, file: os.stat_result) -> bool:
    return any(os.path.samestat(opened.stat(), file) for opened in (PROC / str(pid) / "fd").iterdir())
