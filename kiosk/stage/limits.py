"""Which workspace has to go: by number, by age, by its own memory, because the machine is full."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from kiosk.stage.loop import Loop
from kiosk.stage.memory import all_kib, families, free_mib, taken_kib
from kiosk.stage.nested_workspace import NestedWorkspace

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


class LimitWatch:
    """``hidden()``: the workspaces that may be ended for others' sake. ``all_()``: every one that is let."""

    def __init__(
        self,
        loop: Loop,
        limits: Limits,
        all_: Callable[[], list[NestedWorkspace]],
        hidden: Callable[[], list[NestedWorkspace]],
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
        for workspace in self._hidden():
            if now - workspace.seen_at > self._limits.hidden_seconds:
                self._end(workspace, AGE)
        if free_mib() < self._limits.free_mib:
            self._end_greediest()
        self.begin()

    def _weigh(self) -> None:
        """Its own memory ends a workspace wherever it is; nobody else has to go for it."""
        most = self._limits.each_mib << 10
        for workspace, taken in _weights(self._all(), most).items():
            if taken > most:
                self._end(workspace, MEMORY)
        if self._all():
            self._loop.after(_WEIGHING, "weighing", self._weigh)

    def _end_greediest(self) -> None:
        """The machine is full: the hidden one that takes most, so that nobody goes for another's sake. The one that is
        seen only if it alone takes half of the machine.
        """
        weights = _weights(self._all(), 0)
        hidden = {workspace: weights.get(workspace, 0) for workspace in self._hidden()}
        hogs = [workspace for workspace, taken in weights.items() if taken > all_kib() // 2 and workspace not in hidden]
        if hogs or hidden:
            self._end(hogs[0] if hogs else max(hidden, key=lambda workspace: hidden[workspace]), FULL)

    def _end_oldest(self, reason: str) -> bool:
        hidden = self._hidden()
        if hidden:
            self._end(min(hidden, key=lambda workspace: workspace.seen_at), reason)
        return bool(hidden)

    def _end(self, workspace: NestedWorkspace, reason: str) -> None:
        if workspace.person is not None:
            self._ended[workspace.person.login] = reason
            while len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]
        workspace.end(reason)


def _weights(rooms: list[NestedWorkspace], more_than: int) -> dict[NestedWorkspace, int]:
    """KiB that each of ``rooms`` takes whose programs run, its nested server included; see ``taken_kib``."""
    pairs = {workspace: (workspace.first, workspace.server.pid) for workspace in rooms if workspace.first}
    found = families(first for pair in pairs.values() for first in pair)
    return {
        workspace: taken_kib(found[first] + found[server], more_than) for workspace, (first, server) in pairs.items()
    }
