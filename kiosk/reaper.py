"""Runs one program, and leaves nothing of it behind. A process of its own: ``python -I -S reaper.py SECONDS PROGRAM``.

What the program starts becomes this process's child as soon as its own parent ends, also in a session of its own
(``PR_SET_CHILD_SUBREAPER``). When the program has ended, its time is over, or whoever started this is gone, everything
is killed. One line on standard output says how it ended: ``status N``, ``signal N``, ``late``, ``not started REASON``.

Whoever runs a program so starts ``words`` with pipes, gives it a SIGTERM to end it early, and reads ``ended``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PROC = Path("/proc")
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
KILLING = 5.0
"""Seconds at most for what was killed to be gone."""
SLOWEST = 2 * KILLING
"""Seconds beyond the program's time after which the keeper itself is stuck."""


def words(command: Sequence[str], seconds: float) -> list[str]:
    """The command line that runs ``command`` for ``seconds`` at most."""
    return [sys.executable, "-I", "-S", __file__, str(seconds), *command]


def ended(said: bytes) -> tuple[str, str]:
    """How it ended, from what the keeper said, and with what; ``("gone", "")`` where it said nothing.

    ``("status", "0")``, ``("signal", "9")``, ``("late", "")`` or ``("not started", reason)``.
    """
    how, _, what = said.decode(errors="replace").strip().partition(" ")
    if how == "not":
        return "not started", what.removeprefix("started ")
    return (how, what) if how in ("status", "signal", "late") else ("gone", "")


def main() -> None:
    """See above."""
    seconds, command = float(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, _stop)
    starter = os.getppid()
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != starter:
        return
    try:
        said = _run(command, seconds)
    except OSError as error:
        said = f"not started {error.strerror}"
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end_all()
    print(said, flush=True)


def _run(command: list[str], seconds: float) -> str:
    null = subprocess.DEVNULL
    program = subprocess.Popen(command, stdout=null, stderr=null, start_new_session=True)
    watched = os.pidfd_open(program.pid)
    if not select.select([watched], [], [], seconds)[0]:
        return "late"
    status = program.wait()
    return f"status {status}" if status >= 0 else f"signal {-status}"


def _stop(_number: int, _frame: object) -> None:
    raise SystemExit(1)


def _end_all() -> None:
    """Kill every child, and those that become ours by that, until there is none."""
    end = time.monotonic() + KILLING
    while time.monotonic() < end:
        for child in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


def _children() -> list[int]:
    me, found = os.getpid(), []
    for process in PROC.iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                if int((process / "stat").read_bytes().rpartition(b")")[2].split()[1]) == me:
                    found.append(int(process.name))
    return found


if __name__ == "__main__":
    main()
