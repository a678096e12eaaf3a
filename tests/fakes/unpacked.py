"""Servers that ``installer/setup.sh`` unpacks beside the virtual environment, or that a machine has installed."""

from __future__ import annotations

import sys
from pathlib import Path

SERVERS = Path(sys.prefix) / "servers"


def program(path: str) -> str:
    """Where the one of that whole path is. Fails the test where it is nowhere: it is in ``installer/setup.sh``."""
    for found in (SERVERS / path.lstrip("/"), Path(path)):
        if found.exists():
            return str(found)
    raise AssertionError(f"there is no {path}: see installer/setup.sh")
