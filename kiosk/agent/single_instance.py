"""One agent a folder: a lock that the system lets go of when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

LOCK = "agent.lock"


class AlreadyRunningError(Exception):
    """Another agent holds this folder; the message is a sentence."""


def hold(home: Path) -> int:
    """Hold ``home`` until this process ends; the descriptor of the lock. Raises ``AlreadyRunningError``,
    ``OSError``."""
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunningError(f"An agent already runs for {home}. Stop it first.") from None
    return descriptor
