"""The agent as the stage's child: started, listened to, and started again, with a growing delay, when it ends."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable

from kiosk.stage import protocol
from kiosk.stage.loop import Child, Loop

VARIABLE = "KIOSK_STAGE_FD"
SILENCE = 2.0
"""Seconds without a word, once greeted, after which the agent counts as hung."""
STARTING = 30.0
"""Seconds that it may take from its start to its greeting."""
_DELAYS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_SETTLED = 60.0
"""Seconds of life after which its next death counts as the first again."""
_RETRY = 1.0
_THEIRS = 62


class AgentChild:
    """``heard(order)`` for each of its messages; ``lost(reason)`` when it can no longer be relied on.

    ``lost`` is called first, and only then is the agent killed and another one started.
    """

    def __init__(
        self,
        loop: Loop,
        words: list[str],
        heard: Callable[[protocol.Order], None],
        lost: Callable[[str], None],
        log: int | None = None,
    ) -> None:
        self._loop, self._words, self._heard, self._lost, self._log = loop, words, heard, lost, log
        self._child: Child | None = None
        self._socket: socket.socket | None = None
        self._failures = 0
        self._started_at = 0.0
        self._stopping = False
        self.start()

    def start(self) -> None:
        """Raises ``OSError`` if it cannot be started at all."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._started_at = time.monotonic()
        env = {**os.environ, VARIABLE: str(_THEIRS)}
        try:
            self._child = Child(self._loop, self._words, env, self._ended, {theirs.fileno(): _THEIRS}, self._log)
        finally:
            theirs.close()
        self._socket = ours
        self._loop.watch(ours.fileno(), self._readable)
        self._loop.after(STARTING, "agent", lambda: self._lose("SILENT"))

    def tell(self, answer: protocol.Answer) -> None:
        """An agent that does not read loses its stage's word, and soon its life."""
        if self._socket is None:
            return
        try:
            self._socket.send(protocol.write(answer))
        except OSError:
            self._lose("DEAF")

    def stop(self) -> None:
        """Ask it to end, and do not start another."""
        self._stopping = True
        self._loop.cancel("agent")
        if self._child is not None:
            self._child.kill(signal.SIGTERM)

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill(signal.SIGKILL)

    def _readable(self) -> None:
        if self._socket is None:
            return
        try:
            packet = self._socket.recv(protocol.LARGEST + 1)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._lose("AGENT")
            return
        try:
            order = protocol.read_order(packet)
        except protocol.Malformed:
            self._lose("MALFORMED")
            return
        self._loop.after(SILENCE, "agent", lambda: self._lose("SILENT"))
        self._heard(order)

    def refuse(self) -> None:
        """It said what makes no sense."""
        self._lose("MALFORMED")

    def _lose(self, reason: str) -> None:
        """Lock first, then end it. ``_ended`` starts the next."""
        if self._socket is None:
            return
        self._loop.forget(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self._loop.cancel("agent")
        if not self._stopping:
            self._lost(reason)
        self.kill()

    def _ended(self) -> None:
        self._lose("AGENT")
        if self._stopping:
            return
        if time.monotonic() - self._started_at > _SETTLED:
            self._failures = 0
        delay = _DELAYS[min(self._failures, len(_DELAYS) - 1)]
        self._failures += 1
        self._loop.after(delay, "agent", self._start_again)

    def _start_again(self) -> None:
        """Where the machine has no process or descriptor left: later. The workspaces need not die of it."""
        try:
            self.start()
        except OSError:
            self._loop.after(_RETRY, "agent", self._start_again)
