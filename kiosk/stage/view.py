"""What is to be seen: nothing, or one workspace, with the keyboard unless the agent's windows lie over it."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.stage.containers import Containers
from kiosk.stage.loop import Loop
from kiosk.stage.nested_workspace import NestedWorkspace
from kiosk.stage.pulse import EVERY
from kiosk.stage.workspace_pool import WorkspacePool

FIRST_WINDOW = 3.0
"""Seconds that a new workspace is given to have something to show before it is said to be there: until then the agent
says that it comes, rather than an empty ground being seen. Less than the agent waits."""
_NUDGE = 0.1
"""Seconds that a touch may at most wait in the nested server that is seen; see ``Inner.nudge``."""


class View:
    """Begins with nothing. ``shown(room)``: it is to be seen, and has the keyboard. ``patience``: as of
    ``FIRST_WINDOW``."""

    def __init__(
        self,
        loop: Loop,
        containers: Containers,
        rooms: WorkspacePool,
        shown: Callable[[NestedWorkspace], None],
        patience: float,
    ) -> None:
        self._loop, self._containers, self._rooms, self._say = loop, containers, rooms, shown
        self._patience = patience
        self._wanted: NestedWorkspace | None = None
        self._shown: NestedWorkspace | None = None
        self._unsaid = False

    def cover(self) -> None:
        """Nothing of any workspace is to be seen once this returns."""
        workspace, self._shown, self._wanted = self._shown, None, None
        self._unsaid = False
        self._containers.hide()
        self._loop.cancel("nudge")
        self._loop.cancel("pulse")
        if workspace is not None:
            workspace.server.release_keys()
            self._rooms.hidden(workspace)

    def show(self, workspace: NestedWorkspace) -> None:
        """At once, or as soon as its server listens; nothing is seen until then."""
        if workspace.server.is_ready:
            self._now_show(workspace)
        else:
            self.cover()
            self._wanted = workspace

    def ready(self, workspace: NestedWorkspace) -> None:
        """Its server listens."""
        if self._wanted is workspace:
            self._now_show(workspace)

    def concerns(self, workspace: NestedWorkspace) -> bool:
        """Whether it is seen, or about to be."""
        return workspace in (self._shown, self._wanted)

    def focus(self) -> None:
        """Windows moved, or keys. A key that somebody holds delays ``shown`` by a nudge at most."""
        self._containers.focus()
        if not self._containers.waits:
            self._say_shown()

    def seen(self, workspace: NestedWorkspace) -> bool:
        """Whether ``shown`` was said of it, and it still is. To be asked when its programs' windows are others."""
        if workspace is self._shown and not self._containers.waits:
            self._say_shown()
        return workspace is self._shown and not self._unsaid

    def reach(self) -> bool:
        """The bar has the keyboard, and nothing that is held goes on in the workspace."""
        if self._shown is None or not self._containers.reach():
            return False
        self._shown.server.release_keys()
        return True

    def leave(self) -> None:
        """The workspace has it again."""
        self._containers.leave()

    def follow_locks(self) -> None:
        """Caps Lock, Num Lock and group of what is seen as on the host, which alone sees every key."""
        locks = self._containers.locks()
        if self._shown is not None and locks is not None:
            self._shown.server.set_locks(*locks)

    def _now_show(self, workspace: NestedWorkspace) -> None:
        before, self._shown, self._wanted = self._shown, workspace, None
        self._rooms.wake(workspace)
        if workspace is not before:  # what was pressed as it was hidden may have reached it after it was told to let go
            workspace.server.release_keys()
        self._containers.show(workspace.container)
        if before is not None and before is not workspace:
            before.server.release_keys()
            self._rooms.hidden(before)
        self._rooms.shown(workspace)
        self.follow_locks()
        self._unsaid = True
        self.focus()
        self._loop.after(_NUDGE, "nudge", self._nudge)
        self._loop.after(EVERY, "pulse", self._look)

    def _look(self) -> None:
        """A server that no longer runs shows its person nothing, for ever: better the lock screen, and a word."""
        workspace = self._shown
        if workspace is None:
            return
        if workspace.server.stopped():
            workspace.end("HUNG")
            return
        self._containers.poke(workspace.container)
        self._loop.after(EVERY, "pulse", self._look)

    def _say_shown(self) -> None:
        workspace = self._shown
        if workspace is None or not self._unsaid:
            return
        if workspace.painted or time.monotonic() - workspace.assigned_at >= self._patience:
            self._unsaid = False
            self._say(workspace)

    def _nudge(self) -> None:
        if self._containers.waits:
            self.focus()
        self._say_shown()
        if self._shown is not None:
            if self._containers.covered:  # what was held when a question came would repeat below it
                self._shown.server.release_keys()
            else:
                self._shown.server.nudge()
            self._loop.after(_NUDGE, "nudge", self._nudge)
