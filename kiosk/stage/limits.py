"""Which workspace has to go: by number, by age, by its own memory, because the machine is full."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from kiosk.stage.loop import Loop
from kiosk.stage.memory import all_kib, families, free_mib, taken_kib
from kiosk.stage.nested_workspace import Room

MANY, AGE, MEMORY, FULL = "LIMIT_MANY", "LIMIT_AGE", "LIMIT_MEMORY", "LIMIT_FULL"
_ROUND = 20.0
_WEIGHING = 2.0
"""Seconds between two looks at the workspaces' memory, where it is limited."""
_REMEMBERED = 200


class Limits(NamedTuple):
    """``most`` workspaces at once; ``hidden_seconds`` one may stay hidden; ``free_mib`` of memory the machine keeps;
    ``each_mib`` of it that one workspace may take, its nested server included, 0 for any."""

    most: int = 6
    hidden_seconds: int = 12 * 3600
    free_mib: int = 512
    each_mib: int = 0


class Warden:
    """``hidden()``: the workspaces that may be ended for others' sake. ``all_()``: every one that is let."""

    def __init__(
        self, loop: Loop, limits: Limits, all_: Callable[[], list[Room]], hidden: Callable[[], list[Room]]
    ) -> None:
        self._loop, self._limits, self._all, self._hidden = loop, limits, all_, hidden
        self._ended: dict[str, str] = {}

    def begin(self) -> None:
        """Look now and then."""
        self._loop.after(min(_ROUND, self._limits.hidden_seconds), "round", self._go_round)

    def stop(self) -> None:
        """No more."""
        self._loop.cancel("round")
        self._loop.cancel("weighing")

    def make_room(self) -> None:
        """One more is about to come: the one hidden longest goes, if that is one too many."""
        while len(self._all()) >= self._limits.most and self._end_oldest(MANY):
            pass
        if self._limits.each_mib:
            self._loop.after(_WEIGHING, "weighing", self._weigh)

    def why_ended(self, login: str) -> str:
        """The limit that ended this person's last workspace here; told once, then forgotten. Empty if none did."""
        return self._ended.pop(login, "")

    def _go_round(self) -> None:
        now = time.monotonic()
        for room in self._hidden():
            if now - room.seen_at > self._limits.hidden_seconds:
                self._end(room, AGE)
        if free_mib() < self._limits.free_mib:
            self._end_greediest()
        self.begin()

    def _weigh(self) -> None:
        """Its own memory ends a workspace wherever it is; nobody else has to go for it."""
        most = self._limits.each_mib << 10
        for room, taken in _weights(self._all(), most).items():
            if taken > most:
                self._end(room, MEMORY)
        if self._all():
            self._loop.after(_WEIGHING, "weighing", self._weigh)

    def _end_greediest(self) -> None:
        """The machine is full: the hidden one that takes most, so that nobody goes for another's sake. The one that is
        seen only if it alone takes half of the machine.
        """
        weights = _weights(self._all(), 0)
        hidden = {room: weights.get(room, 0) for room in self._hidden()}
        hogs = [room for room, taken in weights.items() if taken > all_kib() // 2 and room not in hidden]
        if hogs or hidden:
            self._end(hogs[0] if hogs else max(hidden, key=lambda room: hidden[room]), FULL)

    def _end_oldest(self, reason: str) -> bool:
        hidden = self._hidden()
        if hidden:
            self._end(min(hidden, key=lambda room: room.seen_at), reason)
        return bool(hidden)

    def _end(self, room: Room, reason: str) -> None:
        if room.person is not None:
            self._ended[room.person.login] = reason
            while len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]
        room.end(reason)


def _weights(rooms: list[Room], more_than: int) -> dict[Room, int]:
    """KiB that each of ``rooms`` takes whose programs run, its nested server included; see ``taken_kib``."""
    pairs = {room: (room.first, room.server.pid) for room in rooms if room.first}
    found = families(first for pair in pairs.values() for first in pair)
    return {room: taken_kib(found[first] + found[server], more_than) for room, (first, server) in pairs.items()}
