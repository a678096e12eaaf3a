"""The socket between the agent and the stage process, at the agent's end: words out, answers and descriptors in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Callable

from kiosk.stage import protocol as p
from kiosk.stage.stage import StageError

MAX_HELD = 2
"""Descriptors beside a message."""
_PATIENCE = struct.pack("ll", 2, 0)
"""Seconds and microseconds that one word may wait for room. The kernel keeps some ten that are not read."""
_GREETING_SECONDS = 5


def drop(held: list[int]) -> None:
    """Close descriptors that nobody wants."""
    for descriptor in held:
        os.close(descriptor)


class StageSocket:
    """``descriptor``: as inherited from the stage. ``hung()``: the stage takes no more words."""

    def __init__(self, descriptor: int, hung: Callable[[], None]) -> None:
        self._hung = hung
        self._socket = socket.socket(fileno=descriptor)

    def greet(self, heard: Callable[[p.Answer, list[int]], None]) -> None:
        """Say hello, and hand on what the stage has already: each workspace, and what belongs to it.

        Raises ``StageError`` if there is no stage to speak to; the socket is closed then.
        """
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _PATIENCE)
            os.set_inheritable(self._socket.fileno(), False)
            self.send(p.Hello(p.VERSION))
            self._read_ready(heard)
        except (OSError, p.MalformedMessageError, StageError) as error:
            self._socket.close()
            if isinstance(error, StageError):
                raise
            raise StageError("The stage that started this agent does not answer. Restart the station.") from None

    def _read_ready(self, heard: Callable[[p.Answer, list[int]], None]) -> None:
        self._socket.settimeout(_GREETING_SECONDS)
        answer = p.read_answer(self._socket.recv(p.MAX_MESSAGE))
        if not isinstance(answer, p.Ready) or answer.version != p.VERSION:
            raise StageError("The stage speaks another version than this agent. Restart the station.")
        kept = 0
        while kept < answer.kept:
            packet, held = self.receive()
            follows = p.read_answer(packet)
            kept += isinstance(follows, p.Have)
            heard(follows, held)
        self._socket.settimeout(None)

    def send(self, order: p.Order) -> None:
        """Never raises: if the stage has ended, whoever listens is told there."""
        try:
            self._socket.send(p.write(order))
        except BlockingIOError:  # an order that is lost may be the one to lock
            self._hung()
        except OSError:
            return

    def unread(self) -> bool:
        """Whether the stage has not read yet what was said last. [unix(7), SIOCOUTQ]"""
        try:
            return any(fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, bytes(4)))
        except OSError:
            return False

    def receive(self) -> tuple[bytes, list[int]]:
        """A packet, and the descriptors beside it. Raises ``OSError``."""
        packet, held, _, _ = socket.recv_fds(self._socket, p.MAX_MESSAGE, MAX_HELD)
        for descriptor in held:
            os.set_inheritable(descriptor, False)
        return packet, held

    def shut(self) -> None:
        """Nothing more is said; whoever waits in ``receive`` comes back."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Once nobody receives any more."""
        self._socket.close()
