"""Whoever is not seen rests: their programs count for little at once, and are stopped after a while.

The stage decides it, by its own clock: it alone knows what is seen, and it goes on without an agent. Nobody is asked,
so the session knows nothing of it. Stopped are the programs alone (SIGSTOP); their display goes on, answers, and has
its last picture ready. They are woken before they are seen. An end ends them as they are: SIGKILL needs nobody awake.
[signal(7)]
"""

from __future__ import annotations

import contextlib
import os
import signal

from kiosk.stage.herd import Process, generations, is_there
from kiosk.stage.loop import Loop
from kiosk.stage.room import Room
from kiosk.stage.weight import Weight, may_be_given_back

_SOON = 0.2
"""Seconds after which a hidden one weighs little: whoever is seen instead comes first."""
_BETWEEN = 0.01
"""Seconds from one generation to the next: a shell that is not stopped yet would see its child stop, and take over."""
_RESTLESS, _LATER = 100, 1.0
"""So many steps are one after the other; if there are new processes still, each further one is a second later."""


class Rest:
    """Of all workspaces. ``seconds`` hidden after which programs are stopped, 0 for never. ``some_awake``: as of
    ``herd.generations``."""

    def __init__(self, loop: Loop, seconds: int, *, some_awake: bool) -> None:
        self._loop, self._seconds, self._some_awake = loop, seconds, some_awake
        self._weighs = may_be_given_back()
        self._all: dict[Room, _Resting] = {}

    def let(self, room: Room) -> None:
        """It begins hidden; most likely somebody waits for it, so it weighs what others do."""
        self._all[room] = _Resting(self._loop, room, some_awake=self._some_awake)
        self._count(room)

    def hidden(self, room: Room) -> None:
        """From now on."""
        if room in self._all:
            self._count(room)
            if self._weighs:
                self._loop.after(_SOON, _moment("weight", room), self._all[room].lighten)

    def _count(self, room: Room) -> None:
        if self._seconds:
            self._loop.after(self._seconds, _moment("rest", room), self._all[room].stop)

    def wake(self, room: Room) -> None:
        """It is about to be seen. All of it runs once this returns; its weight comes back a moment later."""
        if room in self._all:
            self._loop.cancel(_moment("rest", room))
            self._all[room].wake()
            self._loop.after(0, _moment("weight", room), self._all[room].weigh_as_before)

    def forget(self, room: Room) -> None:
        """It is no more."""
        self._all.pop(room, None)
        for what in ("weight", "rest"):
            self._loop.cancel(_moment(what, room))


class _Resting:
    """What was done to the programs of ``room`` while it was hidden."""

    def __init__(self, loop: Loop, room: Room, *, some_awake: bool) -> None:
        self._loop, self._room, self._some_awake = loop, room, some_awake
        self._weight = Weight(loop, _moment("weight", room))
        self._running: list[list[Process]] = []
        self._stopped: dict[Process, None] = {}
        self._steps = 0

    def stop(self) -> None:
        """One generation, and then the next; all rest when another look at everybody finds nobody who runs.

        Nobody escapes by making children: who is stopped makes none, and who was made before is found in a later look.
        """
        if not self._room.first:  # its sandbox is still being built
            self._again(_LATER)
            return
        if not self._running:
            levels = ([one for one in level if one not in self._stopped] for level in self._generations())
            self._running = [level for level in levels if level]
        if self._running:
            for process in self._running.pop(0):
                _send(process, signal.SIGSTOP)
                self._stopped[process] = None
            self._steps += 1
            self._again(_BETWEEN if self._steps < _RESTLESS else _LATER)

    def _again(self, seconds: float) -> None:
        self._loop.after(seconds, _moment("rest", self._room), self.stop)

    def wake(self) -> None:
        """Children before their parents, so that no shell finds a child stopped."""
        for process in reversed(self._stopped):
            if is_there(process):
                _send(process, signal.SIGCONT)
        self._stopped.clear()
        self._running.clear()
        self._steps = 0

    def lighten(self) -> None:
        """Whoever is seen, the agent and the display come first."""
        self._weight.take(process for level in self._generations() for process in level)

    def weigh_as_before(self) -> None:
        """It is seen."""
        self._weight.give_back((process for level in self._generations() for process in level), self.weigh_as_before)

    def _generations(self) -> list[list[Process]]:
        return generations(self._room.first, some_awake=self._some_awake) if self._room.first else []


def _moment(what: str, room: Room) -> str:
    return f"{what} {room.number}"


def _send(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process.pid, number)
