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

from kiosk.stage.loop import Act, Loop
from kiosk.stage.nested_workspace import NestedWorkspace
from kiosk.stage.processes import Descent, HerdProcess, is_there, runs, waits
from kiosk.stage.weight import Weight, may_be_given_back

_SOON = 0.2
"""Seconds after which a hidden one weighs little: whoever is seen instead comes first."""
_LATER = 1.0
"""Seconds until what can wait is done: another look at who is there."""
_BETWEEN = 0.01
"""Seconds from one generation to the next: a shell that is not stopped yet would see its child stop, and take over."""
_RESTLESS = 200
"""So many steps are one after the other; if there are new processes still, each further one is a while later."""
_AGAIN = 30.0
"""Seconds until it is looked whether everybody still rests: a timer may have woken somebody. [timer_create(2)]"""
_LOOKS = 5
"""At most, until everybody has the usual weight again."""


class WorkspaceSlowdown:
    """Of all workspaces. ``seconds`` hidden after which programs are stopped, 0 for never. ``some_awake``: as of
    ``processes.Descent``."""

    def __init__(self, loop: Loop, seconds: float, *, some_awake: bool) -> None:
        self._loop, self._seconds, self._some_awake = loop, seconds, some_awake
        self._weighs = may_be_given_back()
        self._all: dict[NestedWorkspace, _Resting] = {}

    def assign(self, workspace: NestedWorkspace) -> None:
        """It begins hidden; most likely somebody waits for it, so it weighs what others do."""
        self._all[workspace] = _Resting(self._loop, workspace, some_awake=self._some_awake)
        self._count(workspace)

    def hidden(self, workspace: NestedWorkspace) -> None:
        """From now on."""
        if workspace in self._all:
            self._count(workspace)
            if self._weighs:
                self._loop.after(_SOON, _moment("weight", workspace), self._all[workspace].lighten)

    def _count(self, workspace: NestedWorkspace) -> None:
        if self._seconds:
            self._loop.after(self._seconds, _moment("rest", workspace), self._all[workspace].stop)

    def wake(self, workspace: NestedWorkspace) -> None:
        """It is about to be seen. All of it runs, and weighs what it did, once this returns."""
        if workspace in self._all:
            for what in ("weight", "rest"):
                self._loop.cancel(_moment(what, workspace))
            self._all[workspace].wake()

    def forget(self, workspace: NestedWorkspace) -> None:
        """It is no more."""
        self._all.pop(workspace, None)
        for what in ("weight", "rest", "weight of sessions"):
            self._loop.cancel(_moment(what, workspace))


class _Resting:
    """What was done to the programs of ``room`` while it was hidden: a generation at a time, so that no order waits."""

    def __init__(self, loop: Loop, workspace: NestedWorkspace, *, some_awake: bool) -> None:
        self._loop, self._room, self._some_awake = loop, workspace, some_awake
        self._weight = Weight(loop, _moment("weight of sessions", workspace))
        self._weighed = False
        self._stopped: dict[HerdProcess, None] = {}

    def stop(self) -> None:
        """All rest when a look at everybody finds nobody who runs.

        Nobody escapes by making children: who is stopped makes none, and who was made before is found in a later look.
        Nor by being woken: that is looked for again and again. Whoever was stopped before is left alone, and stays so.
        """
        self._stop_below(self._descent(), found=False, steps=0)

    def _stop_below(self, descent: Descent, *, found: bool, steps: int) -> None:
        level = descent.next() if self._room.first else None
        for process in level or ():
            if runs(process) and not (process in self._stopped and waits(process)):
                _send(process, signal.SIGSTOP)
                self._stopped[process] = None
                found = True
        pause = _BETWEEN if steps < _RESTLESS and self._room.first else _LATER
        if level is None:
            if not found and self._room.first:
                pause, steps = _AGAIN, 0
            descent, found = self._descent(), False
        self._after(pause, "rest", lambda: self._stop_below(descent, found=found, steps=steps + 1))

    def wake(self) -> None:
        """Children before their parents, so that no shell finds a child stopped."""
        for process in reversed(self._stopped):
            if is_there(process):
                _send(process, signal.SIGCONT)
        self._stopped.clear()
        if self._weighed:
            self._weighed = False
            self._weight.give_back()
            self._after(_LATER, "weight", lambda: self._even_out(self._descent(), found=False, looks=0))

    def _even_out(self, descent: Descent, *, found: bool, looks: int) -> None:
        level = descent.next()
        if level is None:
            if not found or looks >= _LOOKS:
                self._weight.evened_out()
                return
            descent, found, looks = self._descent(), False, looks + 1
        found = self._weight.even_out(level or ()) or found
        self._after(0, "weight", lambda: self._even_out(descent, found=found, looks=looks))

    def lighten(self) -> None:
        """Whoever is seen, the agent and the display come first."""
        if self._room.first:
            self._weighed = True
            self._lighten_below(self._descent())

    def _lighten_below(self, descent: Descent) -> None:
        level = descent.next()
        if level is None:
            self._weight.taken()
            return
        self._weight.take(level)
        self._after(0, "weight", lambda: self._lighten_below(descent))

    def _descent(self) -> Descent:
        return Descent(self._room.first, some_awake=self._some_awake)

    def _after(self, seconds: float, what: str, act: Act) -> None:
        self._loop.after(seconds, _moment(what, self._room), act)


def _moment(what: str, workspace: NestedWorkspace) -> str:
    return f"{what} {workspace.number}"


def _send(process: HerdProcess, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process.pid, number)
