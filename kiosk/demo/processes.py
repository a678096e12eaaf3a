"""Child processes that say when they are ready, keep a log, and never outlive their parent."""

from __future__ import annotations

import ctypes
import io
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, ClassVar, TypeVar

PR_SET_PDEATHSIG = 1
PATIENCE = 30.0
"""Seconds for anything that is under way on this machine, however slow it is; who waits for less is told so."""
T = TypeVar("T")
_LIBC = ctypes.CDLL(None, use_errno=True)


class ChildFailedError(Exception):
    """A program of the demo ended or stayed silent; the message holds the end of what it said."""


def _die_with_parent() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class ChildProgram:
    """One program, started at once. ``log``: where everything it prints goes.

    ``typed`` is written to its standard input, which is then closed. Standard output is read line by line, so that
    ``wait_for("ready")`` returns as soon as that line is printed.
    """

    starts: ClassVar[type[subprocess.Popen[bytes]]] = subprocess.Popen
    """What starts the process."""

    def __init__(
        self, words: Sequence[str], log: Path, *, typed: str | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self.words = tuple(words)
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._errors = log.open("ab")
        self.process = self.starts(
            self.words,
            stdin=subprocess.PIPE if typed is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **(env or {})},
            preexec_fn=_die_with_parent,
        )
        if typed is not None and self.process.stdin:
            self.process.stdin.write(typed.encode() + b"\n")
            self.process.stdin.close()
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        out: IO[bytes] = self.process.stdout or io.BytesIO()
        for raw in out:
            line = raw.decode(errors="replace").rstrip("\n")
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()
        out.close()

    @property
    def lines(self) -> tuple[str, ...]:
        with self._news:
            return tuple(self._lines)

    def wait_for(self, line: str, within: float = PATIENCE) -> None:
        """Until the program printed ``line``. Raises ``ChildFailedError`` when it ended or ``within`` seconds
        passed."""
        with self._news:
            said = self._news.wait_for(lambda: line in self._lines or self._ended, within)
            if line in self._lines:
                return
        what = "ended" if said else f"did not say “{line}” in {within:.0f} s"
        raise ChildFailedError(f"{' '.join(self.words[:4])}… {what}.\n{self.tail()}")

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join([*self.lines[-10:], *self.log.read_text(errors="replace").splitlines()[-15:]])

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """-9, without a word, as a crash would."""
        self.process.kill()
        self._finish(10)

    def stop(self, within: float = 10.0) -> int:
        """Ask it to end, wait, insist. Returns its exit status."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self._finish(within)

    def _finish(self, within: float) -> int:
        status = self.process.wait(within)
        self._reader.join(within)
        self._errors.close()
        return status


def until(what: str, test: Callable[[], T | None], within: float = PATIENCE, every: float = 0.02) -> T:
    """Ask ``test`` again and again until it answers something true; its answer. Raises ``ChildFailedError`` naming
    ``what``.

    For watching other processes from outside, where there is nothing to wait on.
    """
    end = time.monotonic() + within
    while True:
        answer = test()
        if answer:
            return answer
        if time.monotonic() > end:
            raise ChildFailedError(f"{what}: not within {within:.0f} s.")
        time.sleep(every)
