"""The doorbells for web pages inside workspaces: one on each workspace's own loopback, as the stage hands them over.

A workspace may be there before this agent is ready to hear anybody: what its pages ask waits in the socket, which the
stage holds. So no program of the workspace ever has that port, also while there is no agent.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import NamedTuple, Protocol

log = logging.getLogger("kiosk.agent.doorbell")


class HandedOver(NamedTuple):
    """Descriptors of ``login``'s workspace: the socket that listens, and the kernel's word on who is at its other
    ends."""

    login: str
    listener: int
    asking: int

    def drop(self) -> None:
        """Nobody hears there, or asks."""
        os.close(self.listener)
        os.close(self.asking)


class ClosesDoor(Protocol):
    def close(self) -> None: ...


class InsideDoors:
    """Thread-safe. ``open`` once the agent hears; what was handed over before waits for that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._make: Callable[[HandedOver], ClosesDoor] | None = None
        self._waiting: dict[str, HandedOver] = {}
        self._doors: dict[str, ClosesDoor] = {}
        self._closed = False

    def open(self, make: Callable[[HandedOver], ClosesDoor]) -> None:
        """Every one that waits, and each that comes from now on. ``make`` takes the descriptors; it raises ``OSError``,
        or ``RuntimeError`` where there is no thread left, and leaves them open then."""
        with self._lock:
            self._make = make
            waiting, self._waiting = self._waiting, {}
            for handed_over in waiting.values():
                self._open(handed_over)

    def take(self, login: str, listener: int, asking: int) -> None:
        """The stage hands over that of ``login``'s workspace: two descriptors, ours from now on."""
        handed_over = HandedOver(login, listener, asking)
        with self._lock:
            self._drop(login)
            if self._closed:
                handed_over.drop()
            elif self._make is None:
                self._waiting[login] = handed_over
            else:
                self._open(handed_over)

    def gone(self, login: str) -> None:
        """That workspace is no more."""
        with self._lock:
            self._drop(login)

    def close(self) -> None:
        """Hear nobody any more."""
        with self._lock:
            self._closed = True
            for login in [*self._doors, *self._waiting]:
                self._drop(login)

    def _open(self, handed_over: HandedOver) -> None:
        if self._make is None:
            return
        try:
            self._doors[handed_over.login] = self._make(handed_over)
        except (OSError, RuntimeError):
            log.error("a workspace has no doorbell for web pages")
            handed_over.drop()

    def _drop(self, login: str) -> None:
        door, waiting = self._doors.pop(login, None), self._waiting.pop(login, None)
        if door is not None:
            door.close()
        if waiting is not None:
            waiting.drop()
