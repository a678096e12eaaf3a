"""Runs a program of the station's own outside of the agent, for a bounded time; nothing that it started is left.

What it prints may name people or hold codes: nobody reads it. It gets no display, doorbell or secret of ours.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Sequence

from kiosk import reaper

PATH = "/usr/local/bin:/usr/bin:/bin"
CLEAN = {"PATH": PATH, "LANG": "C.UTF-8"}


class Outside:
    """``command``: its line. ``seconds``: how long it may take. One run at a time; ``stop`` from any thread."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command = tuple(command)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._keeper: subprocess.Popen[bytes] | None = None

    def run(self, told: bytes) -> str | None:
        """Run it with ``told`` on its standard input. None if it ended well; else a stable word:

        ``not_started``, ``too_slow``, ``status_N``, ``signal_N``, or ``broken`` where its keeper was ended.
        """
        try:
            keeper = subprocess.Popen(
                reaper.words(self._command, self._seconds),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=CLEAN,
                cwd="/",
                start_new_session=True,
            )
        except (OSError, ValueError):
            return "not_started"
        with self._lock:
            self._keeper = keeper
        try:
            said, _ = keeper.communicate(told, self._seconds + reaper.SLOWEST)
        except subprocess.TimeoutExpired:
            return "too_slow"
        finally:
            with self._lock:
                self._keeper = None
            _end(keeper)
        return _word(*reaper.ended(said))

    def stop(self) -> None:
        """End the run under way, with all that it started."""
        with self._lock:
            if self._keeper is not None:
                self._keeper.terminate()


def _end(keeper: subprocess.Popen[bytes]) -> None:
    """It is over, or has been told and does not listen."""
    with contextlib.suppress(ProcessLookupError):
        keeper.kill()
    keeper.wait()
    for pipe in (keeper.stdin, keeper.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what it did not read
                pipe.close()


def _word(how: str, what: str) -> str | None:
    match how:
        case "status" | "signal":
            return None if (how, what) == ("status", "0") else f"{how}_{what}"
        case "late":
            return "too_slow"
        case "not started":
            return "not_started"
        case _:
            return "broken"
