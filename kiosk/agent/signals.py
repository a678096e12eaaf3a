"""SIGTERM and SIGINT for a program that sits in Qt's loop, or soon will.

Python sees a signal only when something wakes it, and Qt forgets a ``quit`` that comes before its loop has begun. So
the signal's byte waits in a pipe until the loop reads it. [signal.set_wakeup_fd; QCoreApplication::quit]
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from PySide6.QtCore import QSocketNotifier


class Signals:
    """Calls ``stop`` from Qt's loop when the process is asked to end. Keep it as long as the loop runs."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._read, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._drain)

    def _drain(self) -> None:
        os.read(self._read, 64)
        self._stop()

    def close(self) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        self._notifier.setEnabled(False)
        os.close(self._read)
        os.close(self._write)
