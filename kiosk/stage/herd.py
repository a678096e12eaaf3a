"""All processes of a workspace: who is there, and which of them go on while nobody sees them.

Read from /proc; no process is asked anything. Where some programs go on while they are hidden, each has a small shell
above it whose words say which it is: those are for everybody to read, also where the programs are another user's. What
descends from a program, or is of its session, is treated as it is. Whoever is of no program goes on then, too: the bus
and the window manager, which one may wait for. [proc_pid_stat(5), proc_pid_cmdline(5)]
"""

from __future__ import annotations

import os
from typing import NamedTuple

_MARK = "kiosk-program-"
_AWAKE, _RESTS = f"{_MARK}awake", f"{_MARK}rests"
_LARGEST = 1 << 16


class Process(NamedTuple):
    """``born``: clock ticks since the machine began, by which it is told from a later one of its number."""

    pid: int
    born: int


class _Everybody:
    """Of the machine, at one look: children of each, the eldest first, and sessions."""

    def __init__(self) -> None:
        self.children: dict[int, list[Process]] = {}
        self.sessions: dict[int, int] = {}
        for name in os.listdir("/proc"):
            read = _stat(int(name)) if name.isdigit() else None
            if read is not None:
                parent, self.sessions[int(name)], born = read
                self.children.setdefault(parent, []).append(Process(int(name), born))
        for siblings in self.children.values():
            siblings.sort(key=lambda process: process.born)


def marked(line: str, *, awake: bool) -> str:
    """The command ``line``, below a shell that says which kind of program it is, and in a session of its own."""
    return f"/usr/bin/setsid /bin/sh -c '\"$@\"; exit $?' {_AWAKE if awake else _RESTS} {line}"


def generations(first: int, *, some_awake: bool) -> list[list[Process]]:
    """Those that rest, parents before their children. ``first``, which only buries the others, is none of them.

    ``some_awake``: some of the station's programs go on, and all are ``marked``.
    """
    everybody = _Everybody()
    level = everybody.children.get(first, [])
    if some_awake and level:
        programs = _programs(everybody, level[0])
        awake = {everybody.sessions[process.pid] for process, kind in programs.items() if kind == _AWAKE}
        # The first is what all programs were started by; another one lost its parent.
        lost = [process for process in level[1:] if everybody.sessions[process.pid] not in awake]
        level = [*lost, *(process for process, kind in programs.items() if kind == _RESTS)]
    found = []
    while level:
        found.append(level)
        level = [child for process in level for child in everybody.children.get(process.pid, ())]
    return found


def _programs(everybody: _Everybody, desk: Process) -> dict[Process, str]:
    """The shells above the programs, and their kind."""
    found: dict[Process, str] = {}
    level = [desk]
    while level:
        kinds = {process: _kind(process) for process in level}
        found |= {process: kind for process, kind in kinds.items() if kind}
        below = [process for process, kind in kinds.items() if not kind]
        level = [child for process in below for child in everybody.children.get(process.pid, ())]
    return found


def _kind(process: Process) -> str:
    """Empty for one that is no program's shell."""
    words = _read(f"/proc/{process.pid}/cmdline").split(b"\0", 4)
    word = words[3].decode("latin-1") if len(words) > 3 else ""
    return word if word in (_AWAKE, _RESTS) else ""


def is_there(process: Process) -> bool:
    """Whether it still is the one that it was."""
    read = _stat(process.pid)
    return read is not None and read[2] == process.born


def threads(pid: int) -> list[int]:
    """Their numbers; none if it has gone."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def _stat(pid: int) -> tuple[int, int, int] | None:
    """Its parent, its session, and when it was born; None if it has gone."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return (int(fields[1]), int(fields[3]), int(fields[19])) if len(fields) > 19 else None


def _read(path: str) -> bytes:
    """Nothing if the process has gone, or does not let itself be looked at."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, _LARGEST)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
