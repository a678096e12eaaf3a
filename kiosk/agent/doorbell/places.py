"""Who may stand at a doorbell: a newcomer always, for the oldest who has not said yet what it wants.

Any program that comes to a door can connect and say nothing. A door with places for the first sixteen would be theirs;
so when all places are taken, the oldest silent one goes of whoever has most of those. Who has asked stays until it is
answered, a few for each. At the web's door somebody is a user, at a workspace's own a process.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from dataclasses import dataclass
from socket import SHUT_RDWR, socket

MAX_PLACES = 32
MAX_ASKED = 8
"""Places, and how many of one user's, or one process's, may wait for an answer."""


@dataclass(eq=False, slots=True)
class WaitingConnection:
    """One connection of ``whose``, a number of a user or process; ``asked``: its whole request is here."""

    connection: socket
    whose: int
    asked: bool = False


class Places:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: list[WaitingConnection] = []

    def enter(self, connection: socket, whose: int) -> bool:
        """Whether there is a place for it; another connection may be hung up on for that."""
        with self._lock:
            if len(self._taken) >= MAX_PLACES and not self._give_one_up():
                return False
            self._taken.append(WaitingConnection(connection, whose))
            return True

    def asked(self, connection: socket) -> bool:
        """Its whole request is here; False if too many of the same wait already."""
        with self._lock:
            mine = next((place for place in self._taken if place.connection is connection), None)
            if mine is None:
                return False  # it was given up meanwhile
            if sum(place.asked and place.whose == mine.whose for place in self._taken) >= MAX_ASKED:
                return False
            mine.asked = True
            return True

    def answered(self, connection: socket) -> None:
        """It has only to read the answer; whoever does not read it holds no place against a newcomer."""
        with self._lock:
            for place in self._taken:
                place.asked = place.asked and place.connection is not connection

    def leave(self, connection: socket) -> None:
        """It is over."""
        with self._lock:
            self._taken = [place for place in self._taken if place.connection is not connection]

    def _give_one_up(self) -> bool:
        silent = [place for place in self._taken if not place.asked]
        if not silent:
            return False
        heaviest = Counter(place.whose for place in silent).most_common(1)[0][0]
        gone = next(place for place in silent if place.whose == heaviest)
        self._taken.remove(gone)
        with contextlib.suppress(OSError):
            gone.connection.shutdown(SHUT_RDWR)
        return True
