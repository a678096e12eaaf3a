"""All processes of a workspace: who is there, and which of them go on while nobody sees them.

Read from /proc; no process is asked anything. Where some programs go on while they are hidden, each has a small shell
above it whose words say which it is: those are for everybody to read, also where the programs are another user's. What
descends from a program, or is of its session, is treated as it is. Whoever is of no program goes on then, too: the bus
and the window manager, which one may wait for, and the helpers of desktops that the bus starts (``_HELPERS``); but not
other programs that it starts. [proc_pid_stat(5), proc_pid_cmdline(5),
proc_tid_children(5)]
"""

from __future__ import annotations

import os
from typing import NamedTuple

_MARK = "kiosk-program-"
_AWAKE, _RESTS = f"{_MARK}awake", f"{_MARK}rests"
_BUS, _SERVES = "bus", "serves"
_HELPERS = ("/usr/libexec/", "/usr/lib/")
"""Where those lie that a program asks and waits for an answer of: settings, screen readers, file choosers."""
_MAX_BYTES, _MAX_PROCESSES = 1 << 16, 1 << 24
_STOPPED, _DEAD = (b"T", b"t"), (b"Z", b"X")
"""Of proc_pid_stat(5)."""


class HerdProcess(NamedTuple):
    """``born``: clock ticks since the machine began, by which it is told from a later one of its number."""

    pid: int
    born: int


class Descent:
    """From one generation of a workspace to the next, below ``first``, which only buries the others.

    Each step reads what is below the one before, and nothing of the rest of the machine. ``some_awake``: some of the
    station's programs go on, and all are ``marked``.
    """

    def __init__(self, first: int, *, some_awake: bool) -> None:
        self._first, self._some_awake = first, some_awake
        self._awake: set[int] = set()
        self._lost: list[HerdProcess] = []
        self._level: list[tuple[HerdProcess, str]] = []
        self._begun = False

    def next(self) -> list[HerdProcess] | None:
        """Those of the next generation that rest; None if there is no further one."""
        if not self._begun:
            self._begun = True
            self._level = self._top()
        else:
            self._level = [(child, kind) for process, kind in self._level for child in _children(process.pid)]
        if not self._level and self._lost:
            # They lost their parents; by now the sessions of what goes on are known.
            lost, self._lost = self._lost, []
            self._level = [(process, "" if _session(process) in self._awake else _RESTS) for process in lost]
            self._level = [(process, kind) for process, kind in self._level if kind]
        if not self._level:
            return None
        self._level = [(process, self._kind(process, kind)) for process, kind in self._level]
        self._awake |= {_session(process) for process, kind in self._level if kind == _AWAKE}
        self._level = [(process, kind) for process, kind in self._level if kind not in (_AWAKE, _SERVES)]
        return [process for process, kind in self._level if kind == _RESTS]

    def _top(self) -> list[tuple[HerdProcess, str]]:
        """The first is what all programs were started by, and of no kind."""
        level = _children(self._first)
        if not self._some_awake:
            return [(process, _RESTS) for process in level]
        self._lost = level[1:]
        return [(process, "") for process in level[:1]]

    def _kind(self, process: HerdProcess, above: str) -> str:
        """As its parent is, of the kind ``above``; else as the shell above a program says; empty for none."""
        if above not in ("", _BUS):
            return above
        words = _read(f"/proc/{process.pid}/cmdline").split(b"\0", 4)
        if words[0].rpartition(b"/")[2] == b"dbus-daemon":
            return _BUS  # it forks one of its own before each program
        if above == _BUS:
            return _SERVES if words[0].decode("latin-1").startswith(_HELPERS) else _RESTS
        word = words[3].decode("latin-1") if len(words) > 3 else ""
        return word if word in (_AWAKE, _RESTS) else ""


def marked(line: str, *, awake: bool) -> str:
    """The command ``line``, below a shell that says which kind of program it is. ``desktop`` gives it a session."""
    return f"/bin/sh -c '\"$@\"; exit $?' {_AWAKE if awake else _RESTS} {line}"


def is_there(process: HerdProcess) -> bool:
    """Whether it still is the one that it was."""
    read = _stat(process.pid)
    return read is not None and read.born == process.born


def runs(process: HerdProcess) -> bool:
    """Whether it goes on: it is there, and neither dead nor stopped. Its first thread may have ended before others."""
    read = _stat(process.pid)
    if read is None or read.born != process.born:
        return False
    if read.state in _DEAD and read.threads > 1:
        return any(_goes_on(_stat(process.pid, thread)) for thread in threads(process.pid))
    return _goes_on(read)


def waits(process: HerdProcess) -> bool:
    """Whether it waits for a disk, or for whom it lent its memory to; a signal reaches it only afterwards."""
    read = _stat(process.pid)
    return read is not None and read.state == b"D"


def threads(pid: int) -> list[int]:
    """Their numbers; none if it has gone."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def _children(pid: int) -> list[HerdProcess]:
    """The eldest first. Of each thread, for that is whose children they are."""
    numbers = [
        int(n) for t in threads(pid) for n in _read(f"/proc/{pid}/task/{t}/children", most=_MAX_PROCESSES).split()
    ]
    read = ((number, _stat(number)) for number in numbers)
    found = [HerdProcess(number, stat.born) for number, stat in read if stat is not None]
    return sorted(found, key=lambda process: process.born)


def _session(process: HerdProcess) -> int:
    """0 if it has gone."""
    stat = _stat(process.pid)
    return stat.session if stat is not None else 0


class _Stat(NamedTuple):
    state: bytes
    session: int
    threads: int
    born: int


def _stat(pid: int, thread: int = 0) -> _Stat | None:
    """None if it has gone."""
    fields = _read(f"/proc/{pid}/task/{thread}/stat" if thread else f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return _Stat(fields[0], int(fields[3]), int(fields[17]), int(fields[19])) if len(fields) > 19 else None


def _goes_on(read: _Stat | None) -> bool:
    return read is not None and read.state not in (*_STOPPED, *_DEAD)


def _read(path: str, most: int = 0) -> bytes:
    """Nothing if the process has gone, or does not let itself be looked at.

    ``most``: bytes of a list, of which the kernel gives a page at a time."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        said = piece = os.read(descriptor, _MAX_BYTES)
        while piece and len(said) < most:
            piece = os.read(descriptor, _MAX_BYTES)
            said += piece
        return said
    except OSError:
        return b""
    finally:
        os.close(descriptor)
