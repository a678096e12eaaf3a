"""An agent's wait for its turn. Apart from the rest, because little may be loaded before the lock screen is painted."""

from __future__ import annotations

import os

VARIABLE = "KIOSK_STAGE_FD"
"""Names the descriptor of the socket that the stage left to its agent."""


def inherited() -> int:
    """That descriptor; -1 for an agent that no stage started."""
    named = os.environ.get(VARIABLE, "")
    return int(named) if named.isdigit() else -1


def wait(descriptor: int) -> bool:
    """Until the stage says that it is this agent's turn. False if it never will be: another's, or the stage is gone."""
    import socket  # with the protocol, 3 ms that an agent without a stage would wait for in vain

    from kiosk.stage import protocol

    with socket.socket(fileno=os.dup(descriptor)) as line:
        try:
            packet = line.recv(protocol.MAX_MESSAGE)
            return bool(packet) and isinstance(protocol.read_answer(packet), protocol.Begin)
        except (OSError, protocol.MalformedMessageError):
            return False
