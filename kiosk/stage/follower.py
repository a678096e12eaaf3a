"""A thread with a connection of its own to a display: it sleeps until the display, or this program, has something."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import struct
import threading
from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

log = logging.getLogger("kiosk.stage")


class Connection(Protocol):
    """What is followed. Raises what python-xlib raises."""

    def fileno(self) -> int:
        """Of its socket."""

    def close(self) -> None:
        """Nothing comes any more."""


Followed = TypeVar("Followed", bound=Connection)


class Follower(ABC, Generic[Followed]):
    """``display``: as in ``DISPLAY``; None where none can be followed, and nothing ever happens.

    ``name``: of the thread. ``lost``: what is not known any more, for the log, when the display has failed us.
    """

    def __init__(self, display: str | None, name: str, lost: str) -> None:
        self._display, self._name, self._lost = display, name, lost
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._closing = False
        self._thread: threading.Thread | None = None

    @abstractmethod
    def _connect(self, display: str) -> Followed:
        """A connection, on the thread."""

    @abstractmethod
    def _follow(self, to: Followed) -> None:
        """Until ``_closing``: look, then ``_sleep``."""

    def _begin(self) -> None:
        """Start the thread, the first time."""
        if self._display is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _stir(self) -> None:
        """Wake the thread. Never blocks."""
        os.eventfd_write(self._wake, 1)

    def _sleep(self, to: Followed, asleep: bool) -> None:
        """Until the display or ``_stir``; not at all where not ``asleep``, as with events that were read already."""
        if asleep:
            poll = select.poll()
            for descriptor in (self._wake, to.fileno()):
                poll.register(descriptor, select.POLLIN)
            poll.poll()
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def close(self) -> None:
        """Nothing is told any more."""
        self._closing = True
        self._stir()
        if self._thread is not None:
            self._thread.join(2)
            if self._thread.is_alive():
                return  # it still polls the descriptor
        os.close(self._wake)

    def _run(self) -> None:
        from Xlib.error import ConnectionClosedError, DisplayError, XError

        try:
            to = self._connect(self._display or "")
            try:
                self._follow(to)
            finally:
                to.close()
        except (OSError, DisplayError, ConnectionClosedError, XError, struct.error, AttributeError) as error:
            log.warning("%s: %s", self._lost, type(error).__name__)
            self._display = None
