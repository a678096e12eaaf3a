"""The stage itself: what is to be seen, by whose word, and every reason to lock.

Reasons, as the agent hears them: ``AGENT`` its own end, ``SILENT``, ``DEAF``, ``MALFORMED``, ``MONITORS`` came or
went, ``IDLE`` for longer than the station allows, ``SUSPEND`` of the machine, ``ORDERED`` through logind; and why a
workspace is gone: ``ENDED`` as ordered,
``PROGRAMS`` ended by themselves, ``SERVER`` the nested server died, ``START`` it could not be made; and by a
limit ``LIMIT_MANY`` others, ``LIMIT_AGE`` hidden too long, ``LIMIT_MEMORY`` its own, ``LIMIT_FULL`` the machine's.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from kiosk.stage import guests
from kiosk.stage import protocol as p
from kiosk.stage.agent_child import AgentChild
from kiosk.stage.containers import Containers
from kiosk.stage.host import Host
from kiosk.stage.idle import IdleWatch
from kiosk.stage.limits import Limits
from kiosk.stage.logind import Logind
from kiosk.stage.loop import Loop
from kiosk.stage.room import Room, Tenancy
from kiosk.stage.rooms import Rooms
from kiosk.stage.shield import Shield

_NUDGE = 0.1
"""Seconds that a touch may at most wait in the nested server that is seen; see ``Inner.nudge``."""
_STOPPING = 2.0
"""Seconds that the agent is given to end by itself."""


class Plan(NamedTuple):
    """All that the stage is told at its start. ``folder``: its own, private. ``idle_limit``: seconds, 0 for none.

    ``bus``: address of the system's message bus, empty for the usual one.
    """

    agent: list[str]
    folder: str
    tenancy: Tenancy
    limits: Limits
    bar: int = 56
    idle_limit: int = 0
    log: int | None = None
    bus: str = ""


class Leader:
    """Begins locked, and with an agent. ``run`` it; any exception that leaves it ends the process, and so locks."""

    def __init__(self, host: Host, plan: Plan) -> None:
        self.loop = Loop()
        self._host, self._plan = host, plan
        if guests.shut_out(host.display, host.name):
            _say("Programs of this user could open the display without its cookie. Now they cannot.")
        self._shield = Shield(host)
        self._containers = Containers(host, self._shield, plan.bar)
        self._wanted: Room | None = None
        self._shown: Room | None = None
        self._unsaid = 0
        self._rooms = Rooms(self.loop, self._containers, host.name, plan.folder, plan.tenancy, plan.limits, plan.log)
        self._rooms.on_ready, self._rooms.on_inside, self._rooms.on_gone = self._ready, self._inside, self._gone
        self._containers.on_fit = self._rooms.fit
        self.loop.watch(host.fileno(), self._host_events)
        self.loop.pending(host.fileno(), host.has_news)
        self._idle = IdleWatch(self.loop, host.idle_seconds, lambda: self._agent.tell(p.Idle()))
        self._agent = AgentChild(self.loop, plan.agent, self._heard, self.lock, plan.log)
        self._rooms.prepare()
        self._logind = Logind(self.loop, plan.bus, self._lock_and_wait, _say)

    def lock(self, reason: str = "") -> None:
        """Nothing of any workspace is to be seen once this returns. ``reason``: by the stage's own will."""
        room, self._shown, self._wanted = self._shown, None, None
        self._unsaid = 0
        self._containers.hide()
        self.loop.cancel("idle limit")
        self.loop.cancel("nudge")
        if room is not None:
            room.server.release_keys()
            self._rooms.hidden(room)
        if reason:
            self._agent.tell(p.Locked(reason))

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
        elif isinstance(order, p.Add):
            self._add(order)
        else:
            room = self._rooms.of(order.number)
            if isinstance(order, p.End):
                if room is not None:
                    room.end()
            elif room is None:
                self._agent.tell(p.Gone(order.number, "ENDED"))
            else:
                self._show(room)

    def _greet(self, hello: p.Hello) -> None:
        if hello.version != p.VERSION:
            self._agent.refuse()
            return
        self.lock()
        self._agent.tell(p.Ready(p.VERSION, len(self._rooms.let)))
        for room in self._rooms.let:
            if room.person is not None:
                self._agent.tell(p.Have(room.number, room.person.login))
                if room.first:
                    self._agent.tell(p.Inside(room.number, room.first))

    def _add(self, add: p.Add) -> None:
        taken = any(r.person and (r.number == add.number or r.person.login == add.login) for r in self._rooms.let)
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

    def _show(self, room: Room) -> None:
        if room.server.is_ready:
            self._now_show(room)
        else:
            self.lock()
            self._wanted = room

    def _now_show(self, room: Room) -> None:
        before, self._shown, self._wanted = self._shown, room, None
        self._containers.show(room.container)
        if before is not None and before is not room:
            before.server.release_keys()
            self._rooms.hidden(before)
        self._rooms.shown(room)
        self._unsaid = room.number
        self._focus()
        self.loop.after(_NUDGE, "nudge", self._nudge)
        if self._plan.idle_limit:
            self.loop.after(self._plan.idle_limit, "idle limit", self._judge_idle)

    def _focus(self) -> None:
        """``Shown`` is said when the keyboard has followed. A key that somebody holds delays it by a nudge at most."""
        self._containers.focus()
        if not self._containers.waits:
            self._say_shown()

    def _say_shown(self) -> None:
        number, self._unsaid = self._unsaid, 0
        if number:
            self._agent.tell(p.Shown(number))

    def _nudge(self) -> None:
        if self._containers.waits:
            self._focus()
        self._say_shown()
        if self._shown is not None:
            if self._containers.covered:  # what was held when a question came would repeat below it
                self._shown.server.release_keys()
            else:
                self._shown.server.nudge()
            self.loop.after(_NUDGE, "nudge", self._nudge)

    def _judge_idle(self) -> None:
        left = self._plan.idle_limit - self._host.idle_seconds()
        if left > 0:
            self.loop.after(left, "idle limit", self._judge_idle)
        else:
            self.lock("IDLE")

    # What happens by itself

    def _ready(self, room: Room) -> None:
        if self._wanted is room:
            self._now_show(room)

    def _inside(self, room: Room, pid: int) -> None:
        self._agent.tell(p.Inside(room.number, pid))

    def _gone(self, room: Room, reason: str) -> None:
        if room in (self._shown, self._wanted):
            self.lock()
        if room.person is not None:
            self._agent.tell(p.Gone(room.number, reason))

    def _host_events(self) -> None:
        events = self._host.events()
        if any(self._host.is_change_of_monitors(event) for event in events):
            self.lock("MONITORS")
            self._shield.cover()
            self._containers.fit()
        elif self._containers.waits or any(self._host.is_of_windows(event) for event in events):
            self._focus()


def _say(sentence: str) -> None:
    """For the session's log."""
    os.write(2, f"stage: {sentence}\n".encode())
