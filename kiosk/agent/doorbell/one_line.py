"""One line over a local socket: read within its time, from one process, and the answer read to its end."""

from __future__ import annotations

import socket
import struct
import time

from kiosk.agent.doorbell.request import MAX_REQUEST, DoorbellRequestError, too_large

SLOWEST = 2.0
"""Seconds within which a program must have said what it wants, and read the answer."""
_CREDENTIALS = struct.Struct("=iII")
_ROOM = socket.CMSG_SPACE(_CREDENTIALS.size)
"""For what the kernel says of the sender; descriptors that are sent along find no room, and are thrown away."""


def receive(connection: socket.socket, pid: int | None = None) -> bytes:
    """One line, without its end; every piece of it from process ``pid``, as the kernel says (SCM_CREDENTIALS).

    Raises ``DoorbellRequestError`` when it is too long, too slow or from another process, ``OSError`` when it breaks.
    """
    deadline = time.monotonic() + SLOWEST
    got = bytearray()
    while b"\n" not in got:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _too_slow()
        connection.settimeout(left)
        try:
            piece, said, _, _ = connection.recvmsg(MAX_REQUEST, _ROOM)
        except TimeoutError:
            raise _too_slow() from None
        if not piece:
            break
        if pid is not None and _sender(said) != pid:
            raise DoorbellRequestError(
                "not_itself", "The program that opened this connection must ask itself, not leave it to another."
            )
        got += piece
        if len(got) > MAX_REQUEST + 1:
            raise too_large()
    return bytes(got).partition(b"\n")[0]


def _sender(said: list[tuple[int, int, bytes]]) -> int | None:
    """Who wrote a piece, in our own process numbers. The kernel lets nobody name another (unix(7))."""
    for level, kind, data in said:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS) and len(data) == _CREDENTIALS.size:
            return int(_CREDENTIALS.unpack(data)[0])
    return None


def process_of(connection: socket.socket) -> int:
    """Whose connection it is (SO_PEERCRED), 0 where it has gone."""
    try:
        return int(
            _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))[0]
        )
    except OSError:
        return 0


def hear_out(connection: socket.socket) -> None:
    """Until it has read the answer and closed, at most ``SLOWEST`` seconds. Raises ``OSError`` when it breaks.

    Whoever is answered before all is said would break off over it (EPIPE), or lose the answer (ECONNRESET), and never
    read why. What still comes is thrown away.
    """
    deadline = time.monotonic() + SLOWEST
    connection.shutdown(socket.SHUT_WR)
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        if not connection.recv(MAX_REQUEST):
            return


def _too_slow() -> DoorbellRequestError:
    return DoorbellRequestError("too_slow", f"The request did not arrive within {SLOWEST:g} s.")
