"""Tells systemd that the service accepts, that its event loop still turns, and that it is stopping (sd_notify(3)).

Without ``NOTIFY_SOCKET`` in the environment nothing is said.
"""

from __future__ import annotations

import contextlib
import os
import socket

BEAT_SECONDS = 5
"""Between two signs of life; the unit's ``WatchdogSec=`` is several times as long."""
READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def tell(state: str) -> None:
    """Send ``state`` to whoever supervises this process. Never fails: a lost message shows on the other side."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line, contextlib.suppress(OSError):
        line.sendto(state.encode(), address.replace("@", "\0", 1) if address[0] == "@" else address)


async def beat() -> None:
    """One sign of life, sent from the event loop itself."""
    tell(ALIVE)
