"""Local sockets whose path may be longer than the 107 bytes that the system takes."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

LONGEST_PATH = 100
FOLDER = "run"
NAME = "doorbell.sock"
VARIABLE = "KIOSK_DOORBELL"
"""Environment variable that tells a workspace's programs their own doorbell."""


def doorbell(home: Path) -> Path:
    """The station's own doorbell."""
    return home / FOLDER / NAME


def connect(connection: socket.socket, path: Path) -> None:
    """``connect``, through the folder's descriptor where the path is long. Raises ``OSError``."""
    _through_folder(path, connection.connect)


def bind(listener: socket.socket, path: Path) -> None:
    """``bind`` likewise. Raises ``OSError``."""
    _through_folder(path, listener.bind)


def _through_folder(path: Path, act: Callable[[str], None]) -> None:
    if len(os.fsencode(path)) <= LONGEST_PATH:
        act(str(path))
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        act(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
