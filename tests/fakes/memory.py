"""Where files lie that need not outlive the machine: in memory, where nobody waits for a disk that others keep busy."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOM = 4 << 30
"""Bytes that must be free: what tests lay there is a tenth of that, and others do the same at the same time."""


def memory() -> Path | None:
    """A folder in memory with ``ROOM``, for ``tempfile``; None, for the usual place, where there is none."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > ROOM else None
