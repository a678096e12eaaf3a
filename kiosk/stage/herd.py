"""All processes of a workspace: who is there, and which of them go on while nobody sees them.

Read from /proc; no process is asked anything. A program that goes on while it is hidden is known by a word in its
environment, and whatever descends from it goes on, too. Then so do the bus and the window manager that it may wait for.
"""

from __future__ import annotations

import os
from typing import NamedTuple

AWAKE = "KIOSK_AWAKE"
"""In the environment of each program, if any of the station's goes on: ``1`` for one that does, else ``0``."""
_DESK, _AWAKE, _RESTS = "desk", "awake", "rests"
_LARGEST = 1 << 18


class Process(NamedTuple):
    """``born``: clock ticks since the machine began, by which it is told from a later one of its number."""

    pid: int
    born: int


def generations(first: int, *, some_awake: bool) -> list[list[Process]]:
    """Those that rest, parents before their children. ``first``, which only buries the others, is none of them.

    ``some_awake``: some of the station's programs go on.
    """
    children = _children()
    found: list[list[Process]] = []
    level = [(process, _DESK) for process in children.get(first, ())]
    if some_awake:
        # The first is what all programs were started by; another one lost its parent, and says itself what it is.
        level = [(process, _DESK if at == 0 else _kind(process, _RESTS)) for at, (process, _) in enumerate(level)]
    while level:
        resting = [process for process, kind in level if kind == _RESTS or not some_awake]
        if resting:
            found.append(resting)
        level = [
            (child, _kind(child, kind) if some_awake and kind == _DESK else kind)
            for process, kind in level
            for child in children.get(process.pid, ())
        ]
    return found


def is_there(process: Process) -> bool:
    """Whether it still is the one that it was."""
    read = _stat(process.pid)
    return read is not None and read[1] == process.born


def threads(pid: int) -> list[int]:
    """Their numbers; none if it has gone."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def _children() -> dict[int, list[Process]]:
    """Of every process of the machine, the eldest first."""
    found: dict[int, list[Process]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            read = _stat(int(name))
            if read is not None:
                found.setdefault(read[0], []).append(Process(int(name), read[1]))
    for siblings in found.values():
        siblings.sort(key=lambda process: process.born)
    return found


def _stat(pid: int) -> tuple[int, int] | None:
    """Its parent, and when it was born; None if it has gone. [proc_pid_stat(5)]"""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return (int(fields[1]), int(fields[19])) if len(fields) > 19 else None


def _kind(process: Process, otherwise: str) -> str:
    """What it says of itself by its environment."""
    words = b"\0" + _read(f"/proc/{process.pid}/environ")
    value = words.partition(f"\0{AWAKE}=".encode())[2][:1]
    return {b"1": _AWAKE, b"0": _RESTS}.get(value, otherwise)


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
