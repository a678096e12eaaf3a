"""The agent's end of the stage process: ``Stage`` spoken over the inherited socket, and a watch on who reads there.

The stage watches the agent by its beats, and the agent the stage by whether they are read. Both are counted in beats,
not seconds: a machine that slept, or was too busy to run either of them, is no sign of a stage that hangs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import assert_never

from kiosk.model.people import Person
from kiosk.model.programs import Running, Standing
from kiosk.stage import protocol as p
from kiosk.stage.single_workspace import owner
from kiosk.stage.stage import Audience
from kiosk.stage.stage_socket import MAX_HELD, StageSocket, drop

BEAT_SECONDS = 0.4
"""How often the agent's own thread should call ``beat``; the stage locks after 2 s of silence."""
DOUBTED = 5
"""Beats that found the last word unread, about 2 s, after which the agent covers the screen by itself."""
HUNG = 25
"""The same, about 10 s, after which the stage is ended: everybody's programs with it, so not sooner."""
_NO_FAULT = frozenset({"PROGRAMS", "SERVER", "HUNG", "LIMIT_MANY", "LIMIT_AGE", "LIMIT_MEMORY", "LIMIT_FULL"})
"""Reasons for which a workspace is gone that are nothing for the help desk."""
_STANDINGS: dict[str, Standing] = {p.FRONT: "front", p.OPEN: "open", p.RUNS: "runs", p.OVER: "over"}
log = logging.getLogger("kiosk.stage")


class NestedStage:
    """``descriptor``: the socket inherited from the stage. ``doorbell_for(login)``: path of that person's doorbell.

    ``pages()``: origins whose pages may ring from inside. ``lost()``: the stage is no more, the agent must end.
    ``hung()``: it is there and does nothing, and must be ended. Raises ``StageError`` if there is no stage to speak to.
    """

    def __init__(
        self,
        descriptor: int,
        audience: Audience,
        doorbell_for: Callable[[str], str],
        lost: Callable[[], None],
        hung: Callable[[], None],
        pages: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._pages = pages
        self._audience, self._doorbell_for, self._lost, self._hung = audience, doorbell_for, lost, hung
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._leaders: dict[int, tuple[int, str]] = {}
        self._next = 1
        self._wanted = 0
        self._shown = 0
        self._closed = False
        self._unread = 0
        self._programs: list[p.Program] = []
        self._socket = StageSocket(descriptor, self._give_up)
        self._socket.greet(self._heard)
        self._thread = threading.Thread(target=self._listen, name="stage", daemon=True)
        self._thread.start()

    def beat(self) -> None:
        """The thread that decides is alive; to be called on it, every ``BEAT_SECONDS``. Also looks after the stage."""
        if not self._socket.unread():
            self._unread = 0
            self._socket.send(p.Beat())
            return
        self._unread += 1
        if self._unread == DOUBTED:
            log.warning("the stage does not listen")
            self._audience.locked("silent")
        elif self._unread == HUNG:
            self._give_up()

    def _give_up(self) -> None:
        log.error("the stage hangs: it is ended")
        self._hung()

    def show(self, person: Person) -> None:
        # Also for a workspace that outlived an earlier agent: its programs ring at this agent's door from now on.
        doorbell = self._doorbell_for(person.login)
        with self._lock:
            number = self._numbers.get(person.login)
            if number is None:
                number, self._next = self._next, self._next + 1
                self._numbers[person.login] = number
                for origin in ("", *self._pages()):
                    self._socket.send(p.MayRing(origin))
                self._socket.send(p.Add(number, person.login, person.name, doorbell))
            self._wanted = number
            self._socket.send(p.Show(number))

    def cover(self) -> None:
        with self._lock:
            self._wanted = self._shown = 0
            self._socket.send(p.Lock())

    def end(self, login: str) -> None:
        with self._lock:
            number = self._numbers.pop(login, None)
            if number is not None:
                self._socket.send(p.End(number))

    def bring(self, login: str, program: int) -> None:
        with self._lock:
            number = self._numbers.get(login)
        if number is not None:
            self._socket.send(p.Front(number, program))

    def leave_bar(self) -> None:
        self._socket.send(p.Back())

    def take_bar(self, height: int) -> None:
        self._socket.send(p.Bar(height))

    def watch_idle(self, seconds: int) -> None:
        self._socket.send(p.Watch(max(0, seconds)))

    def stop_watching_idle(self) -> None:
        self._socket.send(p.Watch(0))

    def stirred(self) -> None:
        """A tap: the stage counts it as a touch."""
        self._socket.send(p.Stir())

    def owner_of(self, pid: int) -> str | None:
        return owner(pid, {leader: login for leader, (_, login) in list(self._leaders.items())})

    def close(self) -> None:
        """The workspaces stay: they are the stage's, and outlive the agent."""
        with self._lock:
            self._closed = True
            self._socket.send(p.Lock())
            self._socket.shut()
        self._thread.join(2)
        self._socket.close()

    def _listen(self) -> None:
        while True:
            held: list[int] = []
            try:
                packet, held = self._socket.receive()
                answer = p.read_answer(packet) if packet else None
            except (OSError, p.MalformedMessageError):
                answer = None
            if answer is None:
                drop(held)
                if not self._closed:
                    log.error("the stage is gone")
                    self._lost()
                return
            self._heard(answer, held)

    def _heard(self, answer: p.Answer, held: list[int]) -> None:
        if isinstance(answer, p.Doorbell):
            self._open_door(answer, held)
            return
        drop(held)
        if isinstance(answer, p.Idle):
            self._audience.idle()
        elif isinstance(answer, p.Locked):
            log.warning("the stage locked: %s", answer.reason)
            with self._lock:
                self._wanted = self._shown = 0
            self._audience.locked(answer.reason.lower())
        elif isinstance(answer, p.Gone):
            self._forget(answer)
        elif isinstance(answer, p.Ended):
            self._audience.ended(self._login_of(answer.number) or "", answer.reason.lower())
        elif isinstance(answer, p.Have):
            with self._lock:
                self._numbers[answer.login] = answer.number
                self._next = max(self._next, answer.number + 1)
        elif isinstance(answer, p.Inside):
            self._leaders[answer.pid] = answer.number, self._login_of(answer.number) or ""
        elif isinstance(answer, p.Shown):
            self._now_shown(answer.number)
        elif isinstance(answer, p.Network):
            self._audience.network(self._login_of(answer.number) or "", bool(answer.leads))
        elif isinstance(answer, p.Program):
            self._programs.append(answer)
        elif isinstance(answer, p.Programs):
            self._say_programs(answer)
        elif isinstance(answer, p.Reached):
            self._audience.reached()
        elif isinstance(answer, p.Left):
            self._audience.left()
        elif not isinstance(answer, p.Begin | p.Ready):  # each was heard once, before this client listened
            assert_never(answer)

    def _open_door(self, door: p.Doorbell, held: list[int]) -> None:
        login = self._login_of(door.number)
        if login is None or len(held) != MAX_HELD:
            drop(held)
        else:
            self._audience.door(login, held[0], held[1])

    def _say_programs(self, said: p.Programs) -> None:
        login = self._login_of(said.number)
        if login is not None:
            pairs = zip(self._programs, said.letters, strict=False)
            running = tuple(Running(pair.name, pair.icon, _STANDINGS.get(letter, "over")) for pair, letter in pairs)
            self._audience.programs(login, running)

    def _login_of(self, number: int) -> str | None:
        with self._lock:
            return next((login for login, n in self._numbers.items() if n == number), None)

    def _now_shown(self, number: int) -> None:
        login = self._login_of(number)
        with self._lock:
            current = number == self._wanted
            if current:
                self._shown = number
        if current and login is not None:
            self._audience.shown(login)

    def _forget(self, gone: p.Gone) -> None:
        login = self._login_of(gone.number)
        log.info("workspace %d is gone: %s", gone.number, gone.reason)
        with self._lock:
            if login is not None and self._numbers.get(login) == gone.number:
                del self._numbers[login]
        # By its number: one that was ended by order has no login any more, and the process's number is used again.
        for pid in [pid for pid, (number, _) in self._leaders.items() if number == gone.number]:
            del self._leaders[pid]
        with self._lock:
            concerned = gone.number == self._wanted
            if concerned:
                self._wanted = self._shown = 0
        if login is not None:
            self._audience.gone(login)
        if not concerned:
            return
        if gone.reason in _NO_FAULT:
            self._audience.locked(gone.reason.lower())
        else:
            self._audience.failed(f"WORKSPACE-{gone.reason}")
