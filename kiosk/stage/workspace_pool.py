"""All workspaces: those let to persons, and the spare one."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.stage.audible import SoundSwitch
from kiosk.stage.containers import Containers
from kiosk.stage.keymap import Keymap
from kiosk.stage.limits import Limits, LimitWatch
from kiosk.stage.loop import Loop
from kiosk.stage.nested_workspace import NestedWorkspace
from kiosk.stage.protocol import Add
from kiosk.stage.rest import WorkspaceSlowdown
from kiosk.stage.window_manager import Looks
from kiosk.stage.workspace_policy import WorkspacePolicy

_SPARE_AFTER = 0.5
"""Seconds after the last was taken: the person who took it comes first."""
_RETRY = 5.0
_SWEEP = 0.05


class WorkspacePool:
    """``on_*``: as of ``NestedWorkspace``, for those that are let."""

    def __init__(
        self,
        loop: Loop,
        containers: Containers,
        host: str,
        folder: str,
        workspace_policy: WorkspacePolicy,
        limits: Limits,
        keymap: Callable[[], Keymap | None],
    ) -> None:
        self._loop, self._containers, self._host, self._folder = loop, containers, host, folder
        self._policy, self._keymap = workspace_policy, keymap
        self._rest = WorkspaceSlowdown(
            loop, workspace_policy.rest, some_awake=any(program.awake for program in workspace_policy.programs)
        )
        self._sound_switch = SoundSwitch(loop, workspace_policy.sound)
        self._limit_watch = LimitWatch(
            loop,
            limits,
            lambda: list(self.assigned),
            lambda: [workspace for workspace in self.assigned if workspace is not self._shown],
        )
        self.assigned: list[NestedWorkspace] = []
        self._spare: NestedWorkspace | None = None
        self._shown: NestedWorkspace | None = None
        self._leaving: list[NestedWorkspace] = []
        self._made = 0
        self._ending = False
        self.on_ready: Callable[[NestedWorkspace], None]
        self.on_inside: Callable[[NestedWorkspace, int], None]
        self.on_gone: Callable[[NestedWorkspace, str], None]
        self.on_desk: Callable[[NestedWorkspace], None]
        self.on_network: Callable[[NestedWorkspace], None]
        self.pages: list[str] = []
        """Origins whose pages may ring, in workspaces that are assigned from now on."""

    def prepare(self) -> None:
        """Keep a spare, look after the limits."""
        self._loop.after(0, "spare", self._make_spare)
        self._limit_watch.begin()

    def why_ended(self, login: str) -> str:
        """As of ``LimitWatch``."""
        return self._limit_watch.why_ended(login)

    def of(self, number: int) -> NestedWorkspace | None:
        """The workspace with that number."""
        return next((workspace for workspace in self.assigned if workspace.number == number), None)

    def add(self, person: Add) -> NestedWorkspace:
        """Let the spare to ``person``, or a new one. The oldest hidden one goes if it is one too many.

        Raises ``OSError``."""
        self._limit_watch.make_room()
        workspace, self._spare = self._spare or self._make(), None
        self.assigned.append(workspace)
        workspace.assign(person, self._policy, self.pages)
        self._rest.assign(workspace)
        self._loop.after(_SPARE_AFTER, "spare", self._make_spare)
        return workspace

    def fit(self) -> None:
        """Containers or monitors have another size."""
        for workspace in [*self.assigned, *([self._spare] if self._spare else [])]:
            workspace.server.fit()

    def take_keymap(self) -> None:
        """The host's keyboard has another layout."""
        for workspace in [*self.assigned, *([self._spare] if self._spare else [])]:
            workspace.server.take_keymap()

    def renew_networks(self) -> None:
        """The station's addresses are others."""
        for workspace in [*self.assigned, *([self._spare] if self._spare else [])]:
            if workspace.network is not None:
                workspace.network.renew()

    def wake(self, workspace: NestedWorkspace) -> None:
        """It is about to be in use."""
        self._rest.wake(workspace)

    def shown(self, workspace: NestedWorkspace) -> None:
        """``workspace`` is in use."""
        self._shown, workspace.seen_at = workspace, time.monotonic()
        workspace.server.rest(False)
        self._sound_switch.begin(workspace.pipes)

    def hidden(self, workspace: NestedWorkspace) -> None:
        """No longer, nor heard."""
        self._sound_switch.silence()
        self._shown, workspace.seen_at = None, time.monotonic()
        self._rest.hidden(workspace)
        workspace.server.rest(True)

    @property
    def empty(self) -> bool:
        """Nothing runs any more."""
        return not self.assigned and not self._leaving and self._spare is None

    def end_all(self) -> None:
        """Every one, the spare too; no new ones."""
        self._ending = True
        self._loop.cancel("spare")
        self._limit_watch.stop()
        for workspace in [*self.assigned, *([self._spare] if self._spare else [])]:
            workspace.end()

    def _make(self) -> NestedWorkspace:
        self._made += 1
        folder = f"{self._folder}/{self._made}"
        workspace = NestedWorkspace(
            *(self._loop, self._containers, folder, self._host, self._keymap),
            self._policy.users,
            self._looks(),
            self._policy.policy.home_mib,
            self._policy.network,
        )
        workspace.on_ready = lambda r: self.on_ready(r)
        workspace.on_inside = lambda r, pid: self.on_inside(r, pid)
        workspace.on_gone = self._gone
        workspace.on_desk = lambda r: self.on_desk(r)
        workspace.on_network = lambda r: self.on_network(r)
        return workspace

    def _looks(self) -> Looks:
        """As the monitor is now."""
        t, glass = self._policy, self._containers.glass()
        return Looks(t.titles, glass.dpi, t.scale or glass.percent, *t.asks)

    def _make_spare(self) -> None:
        if self._spare is None and not self._ending:
            try:
                self._spare = self._make()
            except OSError:
                self._loop.after(_RETRY, "spare", self._make_spare)

    def _gone(self, workspace: NestedWorkspace, reason: str) -> None:
        if workspace is self._spare:
            self._spare = None
            self._loop.after(_RETRY, "spare", self._make_spare)
        elif workspace in self.assigned:
            self.assigned.remove(workspace)
            self._rest.forget(workspace)
            self.on_gone(workspace, reason)
        self._leaving.append(workspace)
        self._sweep()

    def _sweep(self) -> None:
        """Take away the folders of those whose processes have all ended."""
        for workspace in [nested for nested in self._leaving if nested.over]:
            workspace.sweep()
            self._leaving.remove(workspace)
        if self._leaving:
            self._loop.after(_SWEEP, "sweep", self._sweep)
