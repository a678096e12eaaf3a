"""All workspaces: those let to persons, and the spare one."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.stage.audible import Heard
from kiosk.stage.containers import Containers
from kiosk.stage.keymap import Keymap
from kiosk.stage.limits import Limits, Warden
from kiosk.stage.loop import Loop
from kiosk.stage.nested_workspace import Room, Tenancy
from kiosk.stage.protocol import Add
from kiosk.stage.rest import Rest
from kiosk.stage.window_manager import Looks

_SPARE_AFTER = 0.5
"""Seconds after the last was taken: the person who took it comes first."""
_RETRY = 5.0
_SWEEP = 0.05


class Rooms:
    """``on_*``: as of ``Room``, for those that are let."""

    def __init__(
        self,
        loop: Loop,
        containers: Containers,
        host: str,
        folder: str,
        tenancy: Tenancy,
        limits: Limits,
        keymap: Callable[[], Keymap | None],
    ) -> None:
        self._loop, self._containers, self._host, self._folder = loop, containers, host, folder
        self._tenancy, self._keymap = tenancy, keymap
        self._rest = Rest(loop, tenancy.rest, some_awake=any(program.awake for program in tenancy.programs))
        self._heard = Heard(loop, tenancy.sound)
        self._warden = Warden(
            loop, limits, lambda: list(self.let), lambda: [room for room in self.let if room is not self._shown]
        )
        self.let: list[Room] = []
        self._spare: Room | None = None
        self._shown: Room | None = None
        self._leaving: list[Room] = []
        self._made = 0
        self._ending = False
        self.on_ready: Callable[[Room], None]
        self.on_inside: Callable[[Room, int], None]
        self.on_gone: Callable[[Room, str], None]
        self.on_desk: Callable[[Room], None]

    def prepare(self) -> None:
        """Keep a spare, look after the limits."""
        self._loop.after(0, "spare", self._make_spare)
        self._warden.begin()

    def why_ended(self, login: str) -> str:
        """As of ``Warden``."""
        return self._warden.why_ended(login)

    def of(self, number: int) -> Room | None:
        """The workspace with that number."""
        return next((room for room in self.let if room.number == number), None)

    def add(self, person: Add) -> Room:
        """Let the spare to ``person``, or a new one. The oldest hidden one goes if it is one too many.

        Raises ``OSError``."""
        self._warden.make_room()
        room, self._spare = self._spare or self._make(), None
        self.let.append(room)
        room.let(person, self._tenancy)
        self._rest.let(room)
        self._loop.after(_SPARE_AFTER, "spare", self._make_spare)
        return room

    def fit(self) -> None:
        """Containers or monitors have another size."""
        for room in [*self.let, *([self._spare] if self._spare else [])]:
            room.server.fit()

    def take_keymap(self) -> None:
        """The host's keyboard has another layout."""
        for room in [*self.let, *([self._spare] if self._spare else [])]:
            room.server.take_keymap()

    def wake(self, room: Room) -> None:
        """It is about to be in use."""
        self._rest.wake(room)

    def shown(self, room: Room) -> None:
        """``room`` is in use."""
        self._shown, room.seen_at = room, time.monotonic()
        room.server.rest(False)
        self._heard.begin(room.pipes)

    def hidden(self, room: Room) -> None:
        """No longer, nor heard."""
        self._heard.silence()
        self._shown, room.seen_at = None, time.monotonic()
        self._rest.hidden(room)
        room.server.rest(True)

    @property
    def empty(self) -> bool:
        """Nothing runs any more."""
        return not self.let and not self._leaving and self._spare is None

    def end_all(self) -> None:
        """Every one, the spare too; no new ones."""
        self._ending = True
        self._loop.cancel("spare")
        self._warden.stop()
        for room in [*self.let, *([self._spare] if self._spare else [])]:
            room.end()

    def _make(self) -> Room:
        self._made += 1
        folder = f"{self._folder}/{self._made}"
        room = Room(
            *(self._loop, self._containers, folder, self._host, self._keymap), self._tenancy.users, self._looks()
        )
        room.on_ready = lambda r: self.on_ready(r)
        room.on_inside = lambda r, pid: self.on_inside(r, pid)
        room.on_gone = self._gone
        room.on_desk = lambda r: self.on_desk(r)
        return room

    def _looks(self) -> Looks:
        """As the monitor is now."""
        t, glass = self._tenancy, self._containers.glass()
        return Looks(t.titles, glass.dpi, t.scale or glass.percent, *t.asks)

    def _make_spare(self) -> None:
        if self._spare is None and not self._ending:
            try:
                self._spare = self._make()
            except OSError:
                self._loop.after(_RETRY, "spare", self._make_spare)

    def _gone(self, room: Room, reason: str) -> None:
        if room is self._spare:
            self._spare = None
            self._loop.after(_RETRY, "spare", self._make_spare)
        elif room in self.let:
            self.let.remove(room)
            self._rest.forget(room)
            self.on_gone(room, reason)
        self._leaving.append(room)
        self._sweep()

    def _sweep(self) -> None:
        """Take away the folders of those whose processes have all ended."""
        for room in [room for room in self._leaving if room.over]:
            room.sweep()
            self._leaving.remove(room)
        if self._leaving:
            self._loop.after(_SWEEP, "sweep", self._sweep)
