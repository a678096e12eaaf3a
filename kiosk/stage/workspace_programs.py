"""The programs of one workspace: begun inside their sandbox, known by their first process, and killed all at once."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable

from kiosk.stage import desktop, sandbox, seccomp
from kiosk.stage.loop import ChildProcess, Loop
from kiosk.stage.nested import null

_ANSWER = 4096
_RELAY = ["/bin/sh", "-c", "head -c 1048576 >&2; exec cat >/dev/null"]
"""Takes what the programs print to the log, the first megabyte of it. They never hold the log itself: whoever holds a
file can open it again through /proc, and read there what everybody else printed."""


class WorkspacePrograms:
    """``inside(pid)``: their first process is there. ``ended()``: all of them have ended, by themselves or killed."""

    def __init__(self, loop: Loop, inside: Callable[[int], None], ended: Callable[[], None]) -> None:
        self._loop, self._inside, self._ended = loop, inside, ended
        self.first = 0
        """Number of the first process inside, 0 before there is one."""
        self._info = -1
        self._said = b""
        self._lifeline = -1
        self._child: ChildProcess | None = None
        self._killed = False

    @property
    def running(self) -> bool:
        """They have begun, and it is not known yet that they have ended."""
        return self._child is not None

    def start(self, words: list[str], namespaces: int) -> tuple[int, int]:
        """Run ``words``: where wishes to them are written, and their news are read. Raises ``OSError``.

        What only the programs are to hold is closed here once they have it. ``namespaces``: as in ``sandbox.Policy``.
        """
        bare = {"PATH": "/usr/bin:/bin"}
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as unless_started:
            info, its_info = _pipe(unless_started, theirs)
            its_lifeline, lifeline = _pipe(theirs, unless_started)
            heard, said = _pipe(theirs, theirs)
            its_wishes, wishes = _pipe(theirs, unless_started)
            news, its_news = _pipe(unless_started, theirs)
            asking = seccomp.descriptor(namespaces)
            theirs.callback(os.close, asking)
            kept = {its_info: sandbox.INFO, asking: sandbox.FILTER, its_lifeline: desktop.LIFELINE, null(): 0}
            kept |= {its_wishes: desktop.WISHES, its_news: desktop.NEWS}
            ChildProcess(self._loop, _RELAY, bare, _nothing, {heard: 0})
            self._child = ChildProcess(self._loop, words, bare, self._over, kept, said)
            unless_started.pop_all()
        self._info, self._lifeline = info, lifeline
        self._loop.watch(info, self._learn)
        return wishes, news

    def hang_up(self) -> None:
        """They are told that their end has come, by the end of the file that they watch."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def kill(self) -> None:
        """All of them: the death of the first process inside is that of the others.

        Not before its number is known: bubblewrap killed while it sets up leaves a child behind that waits for ever.
        """
        self._killed = True
        if self._child is not None and self._child.running and self._info < 0:
            if self.first:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.first, signal.SIGKILL)
            self._child.kill(signal.SIGKILL)

    def _learn(self) -> None:
        """bubblewrap's JSON, in pieces; only one number of it is of interest."""
        piece = os.read(self._info, _ANSWER)
        self._said += piece
        if piece:
            return  # whoever closes before it has said all kills it
        self._loop.forget(self._info)
        os.close(self._info)
        self._info = -1
        digits = self._said.partition(b'"child-pid":')[2].partition(b",")[0]
        self.first = int(digits) if digits.strip().isdigit() else 0
        if self._killed:
            self.kill()
        elif self.first:
            self._inside(self.first)

    def _over(self) -> None:
        self._child = None
        self._ended()


def _pipe(reads: contextlib.ExitStack, writes: contextlib.ExitStack) -> tuple[int, int]:
    """Its two ends, each closed with the stack that is named for it."""
    ends = os.pipe2(os.O_CLOEXEC)
    reads.callback(os.close, ends[0])
    writes.callback(os.close, ends[1])
    return ends


def _nothing() -> None:
    """Whoever takes what they print may end whenever it likes."""
