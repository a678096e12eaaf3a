"""One nested X server (Xephyr) that draws in a container, alone in a folder of its own.

Its socket lies in a private folder, not in ``/tmp/.X11-unix``: no other program of the machine finds it, display
numbers never clash, and a workspace is given exactly this one. It listens on nothing else, neither TCP nor an abstract
name.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

from kiosk.stage import cookie, users
from kiosk.stage import keymap as keymaps
from kiosk.stage.display_connection import NestedUnreachableError
from kiosk.stage.host import Area
from kiosk.stage.inner import Inner
from kiosk.stage.keymap import Keymap
from kiosk.stage.loop import ChildProcess, Loop
from kiosk.stage.pulse import Pulse
from kiosk.stage.shared_ipc import Common, bounded
from kiosk.stage.windows import Windows

NUMBER = 907
"""Of the display inside. Each has its own folder, so all have the same; no host display has one so high."""
HOST_NAME = "workspace"
"""Of the machine, as a workspace sees it."""
_SHARED = "/tmp/.X11-unix"  # noqa: S108 # where X servers put their sockets, in the server's own view of it
_FLAGS, _EXITING = 6, 0x4
"""In proc(5)'s ``stat``: which field behind the name, and the kernel's PF_EXITING in it."""
_READY = 60
"""Descriptor in the server on which it says that it listens."""


class NestedServer:
    """Starts at once. ``ready()`` when programs may come, ``gone()`` when it has ended, each at most once.

    ``folder``: empty and private. ``window``: number of the container.
    ``user``: numbers of the user and group whose programs will draw; None for the station's own. ``layout()``: where
    the monitors are in it. ``keymap()``: the host's, once it is known. ``resources``, ``seen()``: as of ``Windows``,
    which is there once it is ready. ``shared_mib``: as of ``common.bounded``.
    Raises ``OSError`` if it cannot be started.
    """

    def __init__(
        self,
        loop: Loop,
        folder: str,
        host: str,
        window: int,
        user: tuple[int, int] | None,
        layout: Callable[[], Sequence[Area]],
        keymap: Callable[[], Keymap | None],
        ready: Callable[[], None],
        gone: Callable[[], None],
        resources: bytes,
        seen: Callable[[], None],
        shared_mib: int,
    ) -> None:
        self._loop, self._on_ready, self._on_gone = loop, ready, gone
        self._resources, self._on_seen = resources, seen
        self.windows: Windows | None = None
        self.sockets = f"{folder}/x11"
        self.authority = f"{folder}/authority"
        self._cookie = cookie.new()
        self.is_ready = False
        self._layout, self._keymap = layout, keymap
        self._setting: ChildProcess | None = None
        self._again = False
        self._locks: tuple[int, int] | None = None
        self._inner: Inner | None = None
        self._pulse: Pulse | None = None
        self.common: Common | None = None
        """There once it listens."""
        # Its folder is private; this one is seen inside, by a user who may be another.
        os.mkdir(self.sockets, 0o711)
        cookie.write(self.authority, self._cookie, HOST_NAME, NUMBER)
        ours, theirs = os.pipe2(os.O_CLOEXEC)
        words = _words(self.sockets, self.authority, host, window, user, shared_mib)
        try:
            self._child = ChildProcess(loop, words, keymaps.environment(host), self._ended, {theirs: _READY}, null())
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        self._says = ours
        loop.watch(ours, self._said)

    @property
    def socket(self) -> str:
        """Path of the socket on which it listens."""
        return f"{self.sockets}/X{NUMBER}"

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def ending(self) -> bool:
        """Whether it has ended, or is about to: its programs may hear of that before the stage does."""
        if not self.running or self._inner is None:
            return not self.running
        try:
            return _exits(self._inner.pid)
        except OSError:  # it was given up before, as one that hangs
            return False

    def release_keys(self) -> None:
        """It was hidden: let go of every key and button that is held down there. Never waits for it."""
        if self._inner is not None:
            self._inner.release_keys()

    def nudge(self) -> None:
        """It is in use: let no touch wait in it. Never waits for it."""
        if self._inner is not None:
            self._inner.nudge()

    def bring(self, window: int) -> None:
        """That window of a program's to the front. Never waits."""
        if self.windows is not None:
            self.windows.bring(window)

    def rest(self, wanted: bool) -> None:
        """As of ``Windows``."""
        if self.windows is not None:
            self.windows.rest(wanted)

    def stopped(self) -> bool:
        """Whether it no longer runs, though it has not ended; to be asked as of ``Pulse``. Never waits for it."""
        return self._inner is not None and self._pulse is not None and self._pulse.stopped(self._inner.answered())

    def fit(self) -> None:
        """The monitors changed, or its window: tell its programs. Never waits for it."""
        if self._inner is not None:
            self._inner.set_monitors(self._layout())

    def end(self) -> None:
        """Kill it; ``gone`` follows."""
        self._child.kill(signal.SIGKILL)

    def _said(self) -> None:
        """The number comes in one piece, the end of its line in another; who closes before that kills it."""
        said = os.read(self._says, 16)
        if said and not said.endswith(b"\n"):
            return
        self._loop.forget(self._says)
        os.close(self._says)
        if not said:
            return  # it ended before it was ready: ``_ended`` follows
        try:
            self._inner = Inner(self._loop, self.socket, self._cookie)
            self._pulse = Pulse(self._inner.pid)
            self.common = Common(self._inner.pid)  # it has just answered: the number is still its own
            self.windows = Windows(self._loop, self.socket, self._cookie, self._resources, self._on_seen)
        except (NestedUnreachableError, OSError):
            self.end()
            return
        self.fit()
        self.take_keymap()
        if self._setting is None:
            self._listens()

    def _listens(self) -> None:
        self.is_ready = True
        self._on_ready()

    def take_keymap(self) -> None:
        """The host's layout is another, or the server is new. Never waits for it."""
        keymap = self._keymap()
        if self._inner is None or keymap is None:
            return
        if self._setting is not None:
            self._again = True
            return
        words = ["--unshare-uts", "--hostname", HOST_NAME, "--", keymaps.XKBCOMP, "-w", "0", keymap.path, f":{NUMBER}"]
        env = keymaps.environment(f":{NUMBER}", self.authority)
        try:
            self._setting = ChildProcess(self._loop, [*_view(self.sockets), *words], env, self._took_keymap, {}, null())
        except OSError:  # its programs have the layout that it began with
            os.write(2, b"stage: A workspace could not be given the keyboard's layout.\n")

    def _took_keymap(self) -> None:
        self._setting = None
        keymap = self._keymap()
        if self._inner is None or keymap is None:
            return
        if self._again:
            self._again = False
            self.take_keymap()
            return
        self._inner.release_keys()  # a key that was pressed under the map before may mean AltGr no more, and stay down
        self._inner.set_layout_names(keymap.names)
        if self._locks is not None:  # a group that the map before did not have
            self._inner.set_locks(*self._locks)
        if not self.is_ready:
            self._listens()

    def set_locks(self, locked: int, group: int) -> None:
        """Caps Lock, Num Lock and the layout's group as on the host. Never waits for it."""
        self._locks = locked, group
        if self._inner is not None:
            self._inner.set_locks(locked, group)

    def _ended(self) -> None:
        self.is_ready = False
        if self._setting is not None:
            self._setting.kill(signal.SIGKILL)
        if self._inner is not None:
            self._inner.close()
            self._inner = None
        if self.common is not None:
            self.common.close()
            self.common = None
        if self.windows is not None:
            self.windows.close()
            self.windows = None
        self._on_gone()


def _words(
    sockets: str, authority: str, host: str, window: int, user: tuple[int, int] | None, shared_mib: int
) -> list[str]:
    view = []
    host_socket = f"{_SHARED}/X{host.removeprefix(':').partition('.')[0]}"
    if os.path.exists(host_socket):
        view += ["--bind", host_socket, host_socket]
    server = [
        *("Xephyr", f":{NUMBER}", "-displayfd", str(_READY), "-parent", str(window), "-resizeable"),
        *("-auth", authority, "-nolisten", "tcp", "-nolisten", "local", "-listen", "unix", "-noreset"),
        # Ctrl+Shift would let the workspace take keyboard and pointer of the whole host.
        "-no-host-grab",
        # Nobody draws with the server's own software GL, and it would load 30 MB of it.
        *("-extension", "GLX", "-dpi", "96"),
    ]
    # Of MIT-SHM's segments a program says the number, and the server opens it: so it may only find its own. They lie in
    # a namespace that its programs enter (``shared_ipc``). Those of another user are opened by a right that ends there.
    rights: tuple[str, ...] = () if user is None else ("--cap-drop", "ALL", "--cap-add", "CAP_IPC_OWNER")
    if user is None and os.getuid():
        # Its root alone may say how much such a namespace holds; outside it is the station's user all the same.
        rights = ("--unshare-user", "--uid", "0", "--gid", "0", "--cap-drop", "ALL")
    own = (*_view(sockets), "--unshare-ipc", *rights, *view, "--")
    return [*users.words(user), *own, *bounded(shared_mib), *server]


def _view(sockets: str) -> list[str]:
    """Of somebody for whom the server's socket lies where those of X servers do."""
    return ["/usr/bin/bwrap", "--die-with-parent", "--dev-bind", "/", "/", "--bind", sockets, _SHARED]


_NULL: list[int] = []


def null() -> int:
    """A descriptor of /dev/null, opened once."""
    if not _NULL:
        _NULL.append(os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC))
    return _NULL[0]


def _exits(pid: int) -> bool:
    """By the flags of proc(5), ``stat``; a process lets go of its connections while it has this one."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return True
    return bool(int(fields[_FLAGS]) & _EXITING)
