"""Local sockets whose path may be longer than the 107 bytes that the system takes."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

MAX_PATH = 100
FOLDER = "run"
NAME = "doorbell.sock"
_CROWDED = 0.005
"""Seconds before it is tried again."""
VARIABLE = "KIOSK_DOORBELL"
"""Environment variable that tells a workspace's programs their own doorbell."""


def doorbell(home: Path) -> Path:
    """The station's own doorbell."""
    return home / FOLDER / NAME


def connect(connection: socket.socket, path: Path) -> None:
    """``connect``, through the folder's descriptor where the path is long. Raises ``OSError``.

    A socket that has a time-out does not wait where too many others stand before it (EAGAIN, connect(2)); this does,
    until that time is over, and raises ``TimeoutError`` then.
    """
    seconds = connection.gettimeout()
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        try:
            _through_folder(path, connection.connect)
            return
        except BlockingIOError:
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError("There is a crowd at this socket.") from None
            time.sleep(_CROWDED)


def bind(listener: socket.socket, path: Path) -> None:
    """``bind`` likewise. Raises ``OSError``."""
    _through_folder(path, listener.bind)


def _through_folder(path: Path, act: Callable[[str], None]) -> None:
    if len(os.fsencode(path)) <= MAX_PATH:
        act(str(path))
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        act(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
