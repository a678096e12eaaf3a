"""The stage itself: what is to be seen, by whose word, and every reason to lock.

Reasons, as the agent hears them: ``KEY`` Super+L, ``AGENT`` its own end, ``SILENT``, ``DEAF``, ``MALFORMED``,
``MONITORS`` came or went, ``IDLE`` for longer than the station allows, ``SUSPEND`` of the machine, ``ORDERED`` through
logind; and why a workspace is gone: ``ENDED`` as ordered, ``PROGRAMS`` ended by themselves, ``SERVER`` its nested one
died, ``HUNG`` it no longer runs, ``START`` it could not be made; and by a limit ``LIMIT_MANY`` others, ``LIMIT_AGE``
hidden too long, ``LIMIT_MEMORY`` its own, ``LIMIT_FULL`` the machine's.
"""

from __future__ import annotations

import os
import re
from typing import assert_never

from kiosk.stage import protocol as p
from kiosk.stage import xhost
from kiosk.stage.agent_child import AgentChild
from kiosk.stage.containers import Containers
from kiosk.stage.host import HostDisplay
from kiosk.stage.idle import IdleWatch
from kiosk.stage.keymap import HostKeymap
from kiosk.stage.keys import BAR, LOCK, GrabbedKeys
from kiosk.stage.logind import Logind
from kiosk.stage.loop import Loop
from kiosk.stage.nested_workspace import NestedWorkspace
from kiosk.stage.network.addresses import AddressWatch
from kiosk.stage.plan import StagePlan
from kiosk.stage.shield import Shield
from kiosk.stage.view import View
from kiosk.stage.workspace_pool import WorkspacePool

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_MAX_PAGES = 200
_STOPPING = 2.0
"""Seconds that the agent is given to end by itself."""


class Leader:
    """Begins locked, and with an agent. ``run`` it; any exception that leaves it ends the process, and so locks."""

    def __init__(self, host: HostDisplay, plan: StagePlan) -> None:
        self.loop = Loop()
        self._host, self._plan = host, plan
        if xhost.clear(host.display, host.name):
            _say("Programs of this user could open the display without its cookie. Now they cannot.")
        self._shield = Shield(host)
        self._containers = Containers(host, self._shield, plan.bar)
        self._keys = GrabbedKeys(host)
        self._keymap = HostKeymap(
            self.loop, host, plan.folder, lambda: self._rooms.take_keymap(), lambda: self._view.follow_locks()
        )
        self._rooms = WorkspacePool(
            *(self.loop, self._containers, host.name, plan.folder, plan.tenancy, plan.limits), lambda: self._keymap.now
        )
        self._view = View(self.loop, self._containers, self._rooms, self._shown, plan.patience)
        self._rooms.on_desk, self._letters = self._of_desk, ""
        self._rooms.on_network = self._of_network
        self._rooms.on_ready, self._rooms.on_inside, self._rooms.on_gone = self._view.ready, self._inside, self._gone
        self._containers.on_fit = self._rooms.fit
        self.loop.watch(host.fileno(), self._host_events)
        self.loop.pending(host.fileno(), host.has_news)
        self._idle = IdleWatch(self.loop, "idle", host.idle_seconds, lambda: self._agent.tell(p.Idle()))
        self._limit = IdleWatch(self.loop, "idle limit", host.idle_seconds, lambda: self.lock("IDLE"))
        self._agent = AgentChild(self.loop, plan.agent, self._heard, self._agent_lost)
        self._rooms.prepare()
        if plan.tenancy.network.allowed:
            AddressWatch(self.loop, self._rooms.renew_networks)
        self._logind = Logind(self.loop, plan.bus, self._lock_and_wait, _say)

    def lock(self, reason: str = "") -> None:
        """Nothing of any workspace is to be seen once this returns. ``reason``: by the stage's own will."""
        self._view.cover()
        self._limit.set(0)
        if reason:
            self._agent.tell(p.Locked(reason))

    def _agent_lost(self, reason: str) -> None:
        self.lock(reason)
        _say(f"The agent can no longer be relied on ({reason}). Another one starts.")

    def _lock_and_wait(self, reason: str) -> None:
        """As ``lock``, and the shield is on the screen."""
        self.lock(reason)
        self._host.wait_until_painted()

    def stop(self) -> None:
        """Lock, end the agent and every workspace, then let ``run`` return."""
        self.lock()
        self._agent.stop()
        self._rooms.end_all()
        self.loop.after(_STOPPING, "stop", self._stop_hard)
        self._stop_if_done()

    def _stop_if_done(self) -> None:
        if self._agent.running or not self._rooms.empty:
            self.loop.after(0.02, "stopping", self._stop_if_done)
        else:
            self.loop.end()

    def _stop_hard(self) -> None:
        self._agent.kill()
        self.loop.end()

    # What the agent orders

    def _heard(self, order: p.Order) -> None:
        if isinstance(order, p.Beat):
            return
        if isinstance(order, p.Lock):
            self.lock()
        elif isinstance(order, p.Hello):
            self._greet(order)
        elif isinstance(order, p.Watch):
            self._idle.set(order.seconds)
        elif isinstance(order, p.Stir):
            self._idle.stirred()
            self._limit.stirred()
        elif isinstance(order, p.MayRing):
            self._take_page(order.origin)
        elif isinstance(order, p.Add):
            self._add(order)
        elif isinstance(order, p.Bar):
            self._take_bar(order.height)
        elif isinstance(order, p.Back):
            self._view.leave()
        else:
            self._heard_of_room(order, self._rooms.of(order.number))

    def _heard_of_room(self, order: p.Show | p.Front | p.End, workspace: NestedWorkspace | None) -> None:
        if isinstance(order, p.Front):
            self._bring(workspace, order.program)
        elif isinstance(order, p.End):
            if workspace is not None:
                workspace.end()
        elif not isinstance(order, p.Show):
            assert_never(order)
        elif workspace is None:
            self._agent.tell(p.Gone(order.number, "ENDED"))
        else:
            self._view.show(workspace)
            self._limit.set(self._plan.idle_limit)

    def _greet(self, hello: p.Hello) -> None:
        if hello.version != p.VERSION:
            self._agent.refuse()
            return
        self.lock()
        self._agent.tell(p.Ready(p.VERSION, len(self._rooms.assigned)))
        for program in self._plan.tenancy.programs:
            self._agent.tell(p.Program(program.name, program.icon))
        for workspace in self._rooms.assigned:
            if workspace.person is not None:
                self._agent.tell(p.Have(workspace.number, workspace.person.login))
                if workspace.first:
                    self._inside(workspace, workspace.first)

    def _take_page(self, origin: str) -> None:
        """One more; from anew after an empty one."""
        if not origin:
            self._rooms.pages.clear()
        elif _ORIGIN.fullmatch(origin) and len(self._rooms.pages) < _MAX_PAGES:
            self._rooms.pages.append(origin)
        else:
            self._agent.refuse()

    def _add(self, add: p.Add) -> None:
        taken = any(r.person and (r.number == add.number or r.person.login == add.login) for r in self._rooms.assigned)
        if taken or add.number == 0 or not add.login:
            self._agent.refuse()
            return
        try:
            self._rooms.add(add)
            before = self._rooms.why_ended(add.login)
            if before:
                self._agent.tell(p.Ended(add.number, before))
        except OSError as error:
            _say(f"No workspace could be made: {error.strerror}.")
            self._agent.tell(p.Gone(add.number, "START"))

    def _take_bar(self, height: int) -> None:
        """As high as a bar can be, or it is none."""
        if 0 < height < self._host.monitors()[0].height // 4:
            self._containers.take_bar(height)
        else:
            self._agent.refuse()

    def _bring(self, workspace: NestedWorkspace | None, program: int) -> None:
        if workspace is not None and self._view.concerns(workspace):
            workspace.bring(program)
            self._view.leave()

    # What happens by itself

    def _shown(self, workspace: NestedWorkspace) -> None:
        self._letters = workspace.letters
        self._agent.tell(p.Programs(workspace.number, self._letters))
        self._agent.tell(p.Shown(workspace.number))

    def _of_desk(self, workspace: NestedWorkspace) -> None:
        """Its programs began, ended, opened windows or closed them."""
        if self._view.seen(workspace) and workspace.letters != self._letters:
            self._letters = workspace.letters
            self._agent.tell(p.Programs(workspace.number, self._letters))

    def _inside(self, workspace: NestedWorkspace, pid: int) -> None:
        self._agent.tell(p.Inside(workspace.number, pid))
        if workspace.network is not None and workspace.network.doorbell:
            self._agent.tell(p.Doorbell(workspace.number), workspace.network.doorbell)
        self._of_network(workspace)

    def _of_network(self, workspace: NestedWorkspace) -> None:
        """What its programs may reach they reach, or no longer; nothing to say where they never may."""
        if self._plan.tenancy.network.allowed and workspace.first:
            leads = workspace.network is not None and workspace.network.leads
            self._agent.tell(p.Network(workspace.number, int(leads)))

    def _gone(self, workspace: NestedWorkspace, reason: str) -> None:
        if self._view.concerns(workspace):
            self.lock()
        if workspace.person is not None:
            self._agent.tell(p.Gone(workspace.number, reason))

    def _host_events(self) -> None:
        events = self._host.events()
        self._keymap.notice(events)
        for event in events:
            self._key(self._keys.of(event))
            if self._containers.is_touch(event):
                self._leave_bar()
        if any(self._host.is_change_of_monitors(event) for event in events):
            self.lock("MONITORS")
            self._shield.cover()
            self._containers.fit()
        elif self._containers.waits or any(self._host.is_of_windows(event) for event in events):
            self._view.focus()

    def _key(self, name: str) -> None:
        """One that is the station's own was pressed."""
        if name == LOCK:
            self.lock("KEY")
        elif name == BAR and self._view.reach():
            self._agent.tell(p.Reached())

    def _leave_bar(self) -> None:
        self._view.leave()
        self._agent.tell(p.Left())


def _say(sentence: str) -> None:
    """For the session's log."""
    os.write(2, f"stage: {sentence}\n".encode())
