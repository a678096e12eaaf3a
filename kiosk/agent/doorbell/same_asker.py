"""Whether who connected is still the program that connected, and asks by its own hand.

Between connecting and being looked at there is no mark in the kernel of what ran there. A program can connect, ask,
start a registered one in its own place (its number and its start time stay the same) and have a child read the answer.
What a registered program has opened itself can be told all the same: starting a program closes what is marked
close-on-exec, and ends every thread but one (execve(2)).
"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from kiosk.agent.doorbell import descriptors, peers, tampering
from kiosk.agent.doorbell.programs import Programs, none
from kiosk.agent.doorbell.request import DoorbellRequestError
from kiosk.model.stepup import Asker


def same_program(connection: socket.socket, before: Asker, owner: peers.Owner, programs: Programs = none) -> None:
    """See that ``before``, who connected to a local socket, is that program to this moment, and asks for itself.

    A registered program must have opened the connection in this very run of it: whoever starts one in their own place
    and leaves the line to a child is refused. Raises ``DoorbellRequestError`` as ``of_socket``, and ``not_itself``.
    """
    if peers.of_socket(connection, owner, before.login, programs) != before:
        raise DoorbellRequestError("not_yours", "The program that asked has become another one.")
    if not before.program:
        return
    try:
        inode = descriptors.peer_inode(connection)
    except OSError:
        raise peers.unknown_asker() from None
    if not descriptors.opened_by_what_runs(before.pid, inode):
        raise DoorbellRequestError(
            "not_itself",
            f"{before.program} has not opened this connection itself, or not with SOCK_CLOEXEC. A registered program "
            "must open it so that no other program inherits it.",
        )
    _untouched(before, before.pid)


def browser(
    peer: tuple[str, int],
    ours: tuple[str, int],
    owner: peers.Owner,
    origin: str,
    programs: Programs,
    arrived: float,
    inside: peers.InsideNetwork | None = None,
) -> Asker:
    """Which browser it was when its connection came, at ``arrived`` (seconds since boot), and is to this moment.

    Browsers leave their connections open for what they start, and close them in the child. But starting a program ends
    all threads but one: a browser that has another thread from before the connection was a browser then. Raises
    ``DoorbellRequestError`` as ``peers.of_loopback``, and ``not_itself``.
    """
    asker, inode, pids = peers.of_loopback(peer, ours, owner, origin, programs, inside)
    for pid in pids:
        if not descriptors.opened_by_what_runs(pid, inode) and not _ran_before(pid, arrived):
            raise DoorbellRequestError(
                "not_itself", f"{asker.program} was not running yet when this connection was opened."
            )
        _untouched(asker, pid)
    return asker


def _ran_before(pid: int, arrived: float) -> bool:
    """Whether a thread of ``pid`` other than its first was there at ``arrived``. Start times are rounded down."""
    for folder in (Path("/proc") / str(pid) / "task").iterdir():
        with contextlib.suppress(OSError):
            if folder.name != str(pid) and peers.started(folder) + 1 / peers.TICKS <= arrived:
                return True
    return False


def _untouched(asker: Asker, pid: int) -> None:
    try:
        meddled_with = tampering.by(pid)
    except OSError:
        raise peers.unknown_asker() from None
    if meddled_with is not None:
        raise DoorbellRequestError("not_itself", f"{asker.program} {meddled_with}. Start it in the ordinary way.")
