"""The agent's log: ``HOME/log/agent.log``, for the owner alone, rotated.

What is written is chosen, not filtered: kinds and turns of events, codes of errors, never their contents. Libraries
are kept at warnings, because what they say at lower levels may quote requests.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

FILE = Path("log") / "agent.log"
BYTES = 1_000_000
KEPT = 5
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"


class _Private(logging.FileHandler):
    """For the owner alone, rotated by size. ``logging.handlers`` has one, at 10 ms of every start for its network."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        """A record that cannot be written, as on a full disk, is lost: it must not end what it would tell of."""
        with contextlib.suppress(OSError):
            super().emit(record)
            if self.stream is not None and self.stream.tell() > BYTES:
                self._rotate()

    def close(self) -> None:
        """What the disk had no room for is given up."""
        with contextlib.suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        """Not a word: the traceback would quote what was to be written, to whoever reads the session's log."""

    def _rotate(self) -> None:
        self.close()
        for number in range(KEPT - 1, 0, -1):
            older = Path(f"{self.baseFilename}.{number}")
            if older.exists():
                older.replace(f"{self.baseFilename}.{number + 1}")
        Path(self.baseFilename).replace(f"{self.baseFilename}.1")
        self.stream = self._open()


def begin(home: Path) -> None:
    """Write the ``kiosk`` loggers to the file, and what nobody caught as its place alone."""
    path = home / FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _Private(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("kiosk").setLevel(logging.INFO)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from kiosk.agent.worker import place_of  # 81 ms with the events, and only where something failed

    logging.getLogger("kiosk.agent").critical("uncaught: %s", place_of(error))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    from kiosk.agent.worker import place_of  # 81 ms with the events, and only where something failed

    if args.exc_value is not None:
        logging.getLogger("kiosk.agent").critical("uncaught in a thread: %s", place_of(args.exc_value))
