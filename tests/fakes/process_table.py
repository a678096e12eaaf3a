"""Processes as a test sees them: whether they run, whose they are, and waiting for what they do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kiosk.demo.processes import PATIENCE

T = TypeVar("T")
SLOWEST = 0.03
"""Seconds between two questions, once it takes longer: each costs those who are waited for."""


def until(what: str, question: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """The first answer that is not nothing."""
    end, pause = time.monotonic() + patience, 0.005
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"{what}: not within {patience} s"
        time.sleep(pause)  # asked again
        pause = min(1.2 * pause, SLOWEST)


def alive(pid: int) -> bool:
    """Whether it runs; one that nobody has waited for does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def family(pid: int) -> dict[int, str]:
    """Every descendant of ``pid`` that runs, with its name.

    From the whole table: a list of children may leave some out while others of them end. [proc_tid_children(5)]
    """
    table = dict(filter(None, map(_row, Path("/proc").glob("[0-9]*"))))
    found: dict[int, str] = {}
    newest = {pid}
    while newest:
        newest = {child for child, (parent, _) in table.items() if parent in newest} - found.keys()
        found |= {child: table[child][1] for child in newest}
    return found


def _row(folder: Path) -> tuple[int, tuple[int, str]] | None:
    """Its number, its parent's and its name; None for one that has ended."""
    try:
        before, _, after = (folder / "stat").read_text(errors="replace").rpartition(")")
    except OSError:
        return None
    state, parent, *_ = after.split()
    return None if state == "Z" else (int(folder.name), (int(parent), before.partition("(")[2]))


def resting(first: int) -> bool:
    """Whether every descendant of ``first`` is stopped, and there is one. [proc_pid_stat(5), state T]"""
    everybody = family(first)
    return bool(everybody) and all(state(pid) in ("T", "") for pid in everybody)


def state(pid: int) -> str:
    """As a letter; empty once it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def parent(pid: int) -> int:
    """Of a process that runs."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def only(found: list[int]) -> int | None:
    """The one that was found; None for none, and for several."""
    return found[0] if len(found) == 1 else None


def words(pid: int) -> str:
    """Its command line; empty once it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def server_of(stage: int, login: str) -> int:
    """Under that stage process, the nested server that ``login``'s programs draw on.

    Never by the order of process numbers: they begin anew after the largest.
    """
    everybody = {pid: words(pid) for pid in family(stage)}
    theirs = next(line for line in everybody.values() if f"--chdir /home/{login} " in line)
    sockets = re.search(r"--ro-bind (\S+) /tmp/\.X11-unix", theirs)
    assert sockets is not None
    folder = f"-auth {Path(sockets[1]).parent}/authority"
    return next(pid for pid, line in everybody.items() if line.startswith("Xephyr") and folder in line)
