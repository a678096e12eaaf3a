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
from pathlib import Path

log = logging.getLogger("kiosk.service.store")
LOCKS, PROC = Path("/proc/locks"), Path("/proc")
WRITE_BYTE = 120
STOPPED = "T"


def wake(database: Path) -> int | None:
    """Continue the program that holds ``database`` and is stopped; its process id, None where there is none. Raises
    nothing."""
    try:
        index = Path(f"{database}-shm").stat()
        pid = _holder(LOCKS.read_text(encoding="ascii"), index.st_ino)
        if pid is None or not _is_stopped(pid) or not _has_open(pid, index):
            return None
        os.kill(pid, signal.SIGCONT)
    except (OSError, ValueError):
        return None
    log.warning("process %d was stopped while it held the database, and was made to go on", pid)
    return pid


def _holder(locks: str, inode: int) -> int | None:
    """``1: POSIX  ADVISORY  WRITE 1234 fd:01:131072 120 120``: kind, mode, process, device and inode, first and last
    byte."""
    for line in locks.splitlines():
        words = line.split()
        if len(words) != 8 or words[1] != "POSIX" or words[3] != "WRITE":
            continue
        end = words[7] if words[7] != "EOF" else str(2**63)
        if words[5].rpartition(":")[2] == str(inode) and int(words[6]) <= WRITE_BYTE <= int(end):
            return int(words[4]) if int(words[4]) > 0 else None
    return None


def _is_stopped(pid: int) -> bool:
    """Whether a signal stopped it: the letter after its name in brackets (proc_pid_stat(5))."""
    told = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    return told.rpartition(")")[2].split()[0] == STOPPED


def _has_open(pid: int, file: os.stat_result) -> bool:
    """Inodes are numbered on each disk anew."""
    return any(os.path.samestat(opened.stat(), file) for opened in (PROC / str(pid) / "fd").iterdir())
