"""One workspace's programs as its person knows them: which run, whose window is whose, and which one is in front.

A program is a session of processes (setsid(2)), or whatever came of its first process: both are the kernel's word, read
in /proc. The shell inside says how each session is numbered there, and could be made to lie by a program of the same
person; then that person's own buttons bring up the wrong window, and nothing else.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence

from kiosk.stage import protocol as p
from kiosk.stage.desktop import ProgramCommand
from kiosk.stage.loop import Loop
from kiosk.stage.windows import ClientWindow

_KEPT = 4
"""Sessions of a program that are remembered: windows may outlive whoever opened them."""
_DEEP, _LOOKS = 64, 256
"""Ancestors of one that are looked at, and processes of all in one go: a program can make long lines of them."""
_PIECE, _PAUSE = 512, 0.1
"""Bytes of news that are read at a time, and seconds between two times: a program could flood us, and the bar."""
_MAX_NAME = 32


class ProgramWatch:
    """``changed()``: ``letters`` may be others. ``over()``: the last of those that are not started again has ended.

    ``wishes`` and ``news`` are this end's descriptors (``desktop.WISHES``, ``desktop.NEWS``), and closed by ``close``.
    """

    def __init__(
        self,
        loop: Loop,
        programs: Sequence[ProgramCommand],
        wishes: int,
        news: int,
        changed: Callable[[], None],
        over: Callable[[], None],
    ) -> None:
        self._loop, self._programs = loop, programs
        self._wishes, self._news = wishes, news
        self._changed, self._over = changed, over
        self._sessions: list[list[int]] = [[] for _ in programs]
        self._runs = [True for _ in programs]
        self._said = b""
        self._owners: dict[int, int | None] = {}
        self._windows: tuple[ClientWindow, ...] = ()
        self._front = 0
        self._looks = _LOOKS
        os.set_blocking(news, False)
        os.set_blocking(wishes, False)
        loop.watch(news, self._hear)

    @property
    def letters(self) -> str:
        """As in ``protocol.ProgramWatch``."""
        having = {self._owners.get(w.pid) for w in self._windows}
        front = next((self._owners.get(w.pid) for w in self._windows if w.number == self._front), None)
        return "".join(
            p.FRONT if n == front else p.OPEN if n in having else p.RUNS if self._runs[n] else p.OVER
            for n in range(len(self._programs))
        )

    def see(self, windows: tuple[ClientWindow, ...], front: int) -> None:
        """Those that there are now, from the lowest to the one on top."""
        self._windows, self._front = windows, front
        self._find()

    def window_of(self, program: int) -> int:
        """The one to bring to the front: the topmost; the lowest, if it is there already; 0 for none."""
        theirs = [w.number for w in self._windows if self._owners.get(w.pid) == program]
        if not theirs:
            return 0
        return theirs[0] if self._front in theirs else theirs[-1]

    def start(self, program: int) -> None:
        """Again, if it has ended. Never waits."""
        if program < len(self._programs) and not self._runs[program]:
            self._runs[program] = True  # a second touch does not start a second one
            with contextlib.suppress(OSError):
                os.write(self._wishes, f"{program}\n".encode())
            self._changed()

    def close(self) -> None:
        """It has ended."""
        self._loop.forget(self._news)
        self._loop.cancel(self._moment)
        for descriptor in (self._news, self._wishes):
            os.close(descriptor)

    @property
    def _moment(self) -> str:
        return f"news {self._news}"

    def _hear(self) -> None:
        try:
            piece = os.read(self._news, _PIECE)
        except BlockingIOError:
            return
        self._loop.forget(self._news)
        if not piece:
            return
        self._loop.after(_PAUSE, self._moment, lambda: self._loop.watch(self._news, self._hear))
        *lines, self._said = (self._said + piece).split(b"\n")
        self._said = self._said[:_MAX_NAME]
        for line in lines:
            self._note(line)
        self._find()
        lasting = [n for n, program in enumerate(self._programs) if program.again or self._runs[n]]
        if self._programs and not lasting:
            self._over()

    def _note(self, line: bytes) -> None:
        """``number process``, or nothing that is known here."""
        words = line.split(b" ")
        if len(words) != 2 or not all(word.isdigit() and len(word) < _MAX_NAME for word in words):
            return
        number, process = map(int, words)
        if number >= len(self._programs):
            return
        self._runs[number] = bool(process)
        if process:
            self._sessions[number] = [*self._sessions[number], process][-_KEPT:]
            self._owners.clear()

    def _find(self) -> None:
        """Whose each window is; those of processes that are gone are forgotten."""
        pids = dict.fromkeys(window.pid for window in reversed(self._windows))  # the one on top first
        self._looks = _LOOKS
        self._owners = {pid: self._owners[pid] if pid in self._owners else self._owner(pid) for pid in pids}
        self._changed()

    def _owner(self, pid: int) -> int | None:
        for _ in range(min(_DEEP, self._looks)):
            self._looks -= 1
            parent, inside = _status(pid)
            for number, sessions in enumerate(self._sessions):
                if inside & set(sessions):
                    return number
            if parent <= 1 or not inside:
                break
            pid = parent
        return None


def _status(pid: int) -> tuple[int, set[int]]:
    """The parent of ``pid``, and its own number and its session's as the workspace counts them. [proc_pid_status(5)]"""
    parent, inside = 0, set()
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                name, _, rest = line.partition(":")
                if name == "PPid":
                    parent = int(rest)
                elif name in ("NSpid", "NSsid"):
                    numbers = rest.split()
                    inside |= {int(numbers[1])} if len(numbers) > 1 else set()
    except OSError:
        return 0, set()
    return parent, inside
