"""The stage's end: a socket that one workspace sees, and the process behind it (``main``), which dies with either."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import NamedTuple

from kiosk.stage.loop import ChildProcess, Loop
from kiosk.stage.nested import null

INSIDE = "/run/cups"
"""Where libcups looks for a print server."""
NAME = "cups.sock"
_LISTENER = 3
_BACKLOG = 16
_BOUNDED = ("/usr/bin/setpriv", "--pdeathsig", "KILL", "--no-new-privs")
_START = (
    "import sys; sys.path[:0] = {paths!r}; from kiosk.stage.printing.main import main; sys.exit(main(sys.argv[1:]))"
)
_AGAIN, _MAX_LENGTH = 1.0, 30.0
"""Seconds until one is started again that ended by itself."""


class Printing(NamedTuple):
    """What every workspace of the station may print to. ``queues``: words of ``main``. ``server``: CUPS's socket."""

    queues: tuple[str, ...] = ()
    server: str = ""


def environment(printing: Printing) -> dict[str, str]:
    """Where programs find their printers; named for those that would look on the network else."""
    return {"CUPS_SERVER": f"{INSIDE}/{NAME}"} if printing.queues else {}


class PrinterDoor:
    """In ``folder``, which it makes. For the workspace of ``login``. Raises ``OSError``."""

    def __init__(self, loop: Loop, folder: str, login: str, printing: Printing) -> None:
        self._loop, self.folder = loop, folder
        # Isolated as the stage itself is: its own paths are the ones that it was given.
        code = _START.format(paths=[path for path in sys.path if path])
        python = [sys.executable, "-I", "-S", "-c", code]
        self._words = [*_BOUNDED, "--", *python, printing.server, login, *printing.queues]
        self._child: ChildProcess | None = None
        self._pause, self._over = _AGAIN, False
        os.mkdir(folder, 0o711)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._listener.bind(f"{folder}/{NAME}")
            os.chmod(f"{folder}/{NAME}", 0o666)  # noqa: S103 # as the doorbell's: its folder is seen inside alone
            self._listener.listen(_BACKLOG)
            self._start()
        except OSError:
            self._listener.close()
            raise

    def close(self) -> None:
        """Nothing more is printed from there; what CUPS has got is printed."""
        self._over = True
        self._loop.cancel(self._moment)
        self._listener.close()
        if self._child is not None:
            self._child.kill(signal.SIGKILL)

    @property
    def _moment(self) -> str:
        return f"printing {self.folder}"

    def _start(self) -> None:
        """Whoever comes before it listens waits in the socket."""
        kept = {null(): 0, self._listener.fileno(): _LISTENER}
        self._child = ChildProcess(
            self._loop, self._words, {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}, self._ended, kept
        )

    def _ended(self) -> None:
        self._child = None
        if not self._over:
            self._loop.after(self._pause, self._moment, self._again)
            self._pause = min(self._pause * 2, _MAX_LENGTH)

    def _again(self) -> None:
        try:
            self._start()
        except OSError:
            self._ended()
