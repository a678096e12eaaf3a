"""When things happened, for whoever measures this program: off unless ``KIOSK_TRACE`` names a file.

Each line is JSON: ``{"event": "Tap", "name": "", "at": 1234.567890}``, in seconds of the monotonic clock that all
processes of a machine share. ``event`` is the kind of an event as it entered the inbox, or ``painted`` with the
screen's ``name``. Kinds only, never contents.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # 25 ms of events, which the first paint would wait for
    from PySide6.QtCore import SignalInstance

    from kiosk.agent.inbox import Inbox
    from kiosk.session.facts.events import Event

VARIABLE = "KIOSK_TRACE"
KEYS = ("Keyed", "Erased", "Entered", "Missed", "Peeked", "KeyPress", "KeyboardChanged")
"""By name: what they are (``events.Key``) is imported after the first paint, which is traced, too."""


def follow(inbox: Inbox, painted: SignalInstance) -> None:
    """Write events and paints to the file that the environment names, if it names one. Raises ``OSError``."""
    path = os.environ.get(VARIABLE)
    if path:
        trace = _Trace(path)
        inbox.noticed = trace.event
        painted.connect(trace.painted)


class _Trace:
    """Each line is one ``write`` to a file opened for appending, so that threads do not mix theirs."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def event(self, event: Event) -> None:
        """A tap has its own moment, at which the reader's thread woke. Keys of a secret are not counted here."""
        if type(event).__name__ in KEYS:
            return
        at = getattr(event, "at", None)
        self._write(type(event).__name__, "", at if isinstance(at, float) else time.monotonic())

    def painted(self, name: str) -> None:
        self._write("painted", name, time.monotonic())

    def _write(self, event: str, name: str, at: float) -> None:
        # Names of classes and screens: nothing that JSON would have to escape.
        os.write(self._file, f'{{"event": "{event}", "name": "{name}", "at": {at:.6f}}}\n'.encode())
