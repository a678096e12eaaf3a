"""One workspace: a container, a nested server in it and, once it belongs to somebody, a sandbox with their programs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from kiosk.stage import kerberos, sandbox, window_manager
from kiosk.stage import sound as sounds
from kiosk.stage.containers import Containers
from kiosk.stage.folder import remove
from kiosk.stage.keymap import Keymap
from kiosk.stage.loop import Loop
from kiosk.stage.nested import NestedServer
from kiosk.stage.network import pages
from kiosk.stage.network.own import NetworkPolicy, OwnNetwork
from kiosk.stage.printing import door as printers
from kiosk.stage.printing.door import PrinterDoor
from kiosk.stage.programs import ProgramWatch
from kiosk.stage.protocol import Add
from kiosk.stage.shared_ipc import Common
from kiosk.stage.sound import Pipes
from kiosk.stage.users import Users
from kiosk.stage.window_manager import Looks
from kiosk.stage.workspace_policy import WorkspacePolicy, environment, programs_command
from kiosk.stage.workspace_programs import WorkspacePrograms

_MODE_PRIVATE = 0o700


class NestedWorkspace:
    """Begins without a person, as the spare. ``users``: whom its programs will run as. Raises ``OSError``.

    ``ready(room)``: the nested server listens. ``inside(room, pid)``: the first process of the programs.
    ``gone(room, reason)``: nested server or programs ended, by themselves or by ``end``. ``desk(room)``: ``letters``
    may be others. ``network(room)``: what its programs may reach they reach, or no longer. ``networked``: what its own
    network has; it begins with the server. ``looks``: of what is inside. ``shared_mib``: memory that its programs may
    share.
    """

    def __init__(
        self,
        loop: Loop,
        containers: Containers,
        folder: str,
        host: str,
        keymap: Callable[[], Keymap | None],
        users: Users | None,
        looks: Looks,
        shared_mib: int,
        networked: NetworkPolicy,
    ) -> None:
        self._networked = networked
        self.network: OwnNetwork | None = None
        self.pages: tuple[str, ...] = ()
        self._loop, self._containers, self._folder, self._users = loop, containers, folder, users
        self._looks = looks
        self.person: Add | None = None
        self.seen_at = time.monotonic()
        self.on_ready: Callable[[NestedWorkspace], None] = _nothing
        self.on_inside: Callable[[NestedWorkspace, int], None] = _nothing
        self.on_gone: Callable[[NestedWorkspace, str], None] = _nothing
        self.on_desk: Callable[[NestedWorkspace], None] = _nothing
        self.on_network: Callable[[NestedWorkspace], None] = _nothing
        self.desk: ProgramWatch | None = None
        self.assigned_at = 0.0
        self.pipes: Pipes | None = None
        """Its sound's, once it belongs to somebody, where the station has any."""
        self._printers: PrinterDoor | None = None
        self._programs = WorkspacePrograms(loop, lambda pid: self.on_inside(self, pid), self._over)
        self._policy: WorkspacePolicy | None = None
        self._gone = False
        os.mkdir(folder, _MODE_PRIVATE)
        try:
            self._user = users.take() if users is not None else None
        except OSError:
            remove(folder)
            raise
        self.container: Any = containers.make()
        try:
            self.server = self._begin_server(host, keymap, shared_mib)
        except OSError:
            containers.drop(self.container)
            self.sweep()
            raise

    def _begin_server(self, host: str, keymap: Callable[[], Keymap | None], shared_mib: int) -> NestedServer:
        return NestedServer(
            self._loop,
            self._folder,
            host,
            self.container.id,
            self._user,
            self._containers.layout,
            keymap,
            self._server_ready,
            lambda: self._end("SERVER"),
            window_manager.resources(self._looks),
            self._look,
            shared_mib,
        )

    @property
    def number(self) -> int:
        """Zero for the spare."""
        return self.person.number if self.person else 0

    @property
    def first(self) -> int:
        """Number of the first process inside, 0 before there is one."""
        return self._programs.first

    def assign(self, person: Add, workspace_policy: WorkspacePolicy, pages_: Iterable[str] = ()) -> None:
        """It belongs to ``person`` now; their programs start as soon as the server listens. ``pages_``: origins whose
        pages its browsers let to its doorbell."""
        self.person, self._policy, self.assigned_at = person, workspace_policy, time.monotonic()
        self.pages = tuple(pages_)
        if self.server.is_ready:
            self._move_in()

    @property
    def letters(self) -> str:
        """How its programs stand, as in ``protocol.ProgramWatch``."""
        return self.desk.letters if self.desk is not None else ""

    @property
    def painted(self) -> bool:
        """Whether one of its programs has had a window; a workspace without any has nothing to wait for."""
        windows = self.server.windows
        nothing_comes = self._policy is not None and not self._policy.programs
        return nothing_comes or (self.desk is not None and windows is not None and windows.any)

    def bring(self, program: int) -> None:
        """Its window to the front; started again, if it has ended. Never waits."""
        if self.desk is None:
            return
        window = self.desk.window_of(program)
        if window:
            self.server.bring(window)
        else:
            self.desk.start(program)

    def end(self, reason: str = "ENDED") -> None:
        """Kill the programs with all their descendants, and the server."""
        self._end(reason)

    def _server_ready(self) -> None:
        self._begin_network()
        if self.person is not None:
            self._move_in()
        self.on_ready(self)

    def _begin_network(self) -> None:
        """Where it cannot begin, its programs have a network that leads nowhere."""
        if self._gone or not self._networked.needed or self.server.common is None:
            return
        try:
            self.network = OwnNetwork(
                self._loop,
                f"{self._folder}/network",
                self.server.common.user_words(),
                self._networked,
                self._move_in,
                lambda _leads: self.on_network(self),
            )
        except OSError as error:
            os.write(2, f"stage: A workspace has no network: {error.strerror}.\n".encode())

    def _move_in(self) -> None:
        """No room on the disk, or no process more: that is this one's end, and not the stage's."""
        if self.person is None or self._policy is None or self.server.common is None or self._programs.running:
            return
        if self._gone or (self.network is not None and not self.network.settled):
            return
        try:
            self._start_programs(self.person, self._policy, self.server.common)
        except OSError as error:
            os.write(2, f"stage: A workspace's programs could not be started: {error.strerror}.\n".encode())
            self._end("START")

    def _start_programs(self, person: Add, workspace_policy: WorkspacePolicy, common: Common) -> None:
        env = environment(person, workspace_policy, self._looks)
        command = programs_command(person, workspace_policy, self._looks, env["HOME"])
        sandbox.accounts(self._folder, person.login)
        if workspace_policy.sound.on:
            self.pipes = Pipes(f"{self._folder}/sound")
        if workspace_policy.printing.queues:
            self._printers = PrinterDoor(
                self._loop, f"{self._folder}/printing", person.login, workspace_policy.printing
            )
        self._start(self._sandboxed(person, workspace_policy, common, env, command), workspace_policy)

    def _sandboxed(
        self, person: Add, workspace_policy: WorkspacePolicy, common: Common, env: dict[str, str], command: list[str]
    ) -> list[str]:
        """``command`` inside its sandbox, with the doors of sound and printing that are there."""
        own, folder, sockets = self._user is not None, self._folder, self.server.sockets
        also_seen = {sounds.INSIDE: self.pipes.folder} if self.pipes is not None else {}
        also_seen |= {printers.INSIDE: self._printers.folder} if self._printers is not None else {}
        also_seen |= kerberos.seen(workspace_policy.kerberos)
        network = self.network.path if self.network is not None else ""
        settings = pages.write(f"{folder}/pages", self.pages) if workspace_policy.network.port else {}
        settings |= {"/etc/resolv.conf": self.network.names} if self.network is not None else {}
        rest = (common, own, also_seen, network, settings)
        return sandbox.words(workspace_policy.policy, env, folder, sockets, person.doorbell, command, *rest)

    def _start(self, words: list[str], workspace_policy: WorkspacePolicy) -> None:
        wishes, news = self._programs.start(words, workspace_policy.policy.namespaces)
        self.desk = ProgramWatch(
            self._loop, workspace_policy.programs, wishes, news, lambda: self.on_desk(self), self._over
        )
        self._look()

    def _look(self) -> None:
        """The windows inside are others."""
        windows = self.server.windows
        if self.desk is not None and windows is not None:
            self.desk.see(windows.all, windows.front)

    def _over(self) -> None:
        """All of them; with their display, if that is why."""
        self._end("SERVER" if self.server.ending else "PROGRAMS")

    def _end(self, reason: str) -> None:
        if self._gone:
            return
        self._gone = True
        self._programs.hang_up()
        if self.desk is not None:
            self.desk.close()
            self.desk = None
        if self.pipes is not None:
            self.pipes.close()
            self.pipes = None
        if self._printers is not None:
            self._printers.close()
        if self.network is not None:
            self.network.close()
        self._programs.kill()
        self.server.end()
        self._containers.drop(self.container)
        self.on_gone(self, reason)

    @property
    def over(self) -> bool:
        """Everything that it started has ended."""
        networked = self.network is not None and self.network.running
        return self._gone and not self._programs.running and not self.server.running and not networked

    def sweep(self) -> None:
        """Take its folder away, and give its user back."""
        if self._user is not None and self._users is not None:
            self._users.give_back(self._user[0])
        remove(self._folder)


def _nothing(*_: Any) -> None:
    """Until somebody listens."""
