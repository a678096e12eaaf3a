"""One agent: its process, and our end of the socket between us."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Sequence

from kiosk.stage import protocol
from kiosk.stage.loop import ChildProcess, Loop
from kiosk.stage.turn import VARIABLE

_THEIRS = 62


class AgentProcess:
    """Starts at once, and waits with all that only one agent can do until ``begin``.

    ``ended(agent)``: once, when the process is no more. Raises ``OSError``.
    """

    def __init__(self, loop: Loop, words: list[str], ended: Callable[[AgentProcess], None]) -> None:
        self._loop = loop
        self.greeted = False
        """Whether it has said ``Hello``."""
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._ours.setblocking(False)
            env = {**os.environ, VARIABLE: str(_THEIRS)}
            try:
                self._child = ChildProcess(loop, words, env, lambda: ended(self), {theirs.fileno(): _THEIRS})
            except OSError:
                self._ours.close()
                raise

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def listening(self) -> bool:
        """Whether our end is still open."""
        return self._ours.fileno() >= 0

    def begin(self, readable: Callable[[], None]) -> None:
        """It is this one's turn. ``readable`` whenever ``hear`` has something, or an end, to tell."""
        self._loop.watch(self._ours.fileno(), readable)
        self.tell(protocol.Begin())

    def hear(self) -> protocol.Order:
        """The next order. Raises ``BlockingIOError`` if there is none, ``OSError`` at the end,
        ``MalformedMessageError``."""
        packet = self._ours.recv(protocol.MAX_MESSAGE + 1)
        if not packet:
            raise ConnectionResetError
        order = protocol.read_order(packet)
        if not self.greeted and not isinstance(order, protocol.Hello):
            raise protocol.MalformedMessageError
        self.greeted = True
        return order

    def tell(self, answer: protocol.Answer, held: Sequence[int] = ()) -> bool:
        """Whether it could be said. ``held``: descriptors that go beside it."""
        try:
            socket.send_fds(self._ours, [protocol.write(answer)], held)
        except OSError:
            return False
        return True

    def hang_up(self) -> None:
        """Neither hear nor tell any more."""
        if self.listening:
            self._loop.forget(self._ours.fileno())
            self._ours.close()

    def kill(self, number: int = signal.SIGKILL) -> None:
        self._child.kill(number)
