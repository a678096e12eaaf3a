"""A real stage process, an agent that does what the test says, and eyes and hands of another client.

What is seen is read as pixels from the X server by a connection of the test's own, never asked of the program.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from kiosk.cli.stage import START
from kiosk.demo.processes import PATIENCE
from kiosk.model.reach import read_reach
from kiosk.stage import protocol
from tests.fakes.process_table import server_of, until
from tests.fakes.visible_display import Glass

ROOT = Path(__file__).parents[2]
LOCKED = (0x10, 0x20, 0x2B)
SEPARATOR = "\x1f"
SET_ASIDE = 3_000_000
"""The first of the numbers that another user's stage may give its workspaces."""
T = TypeVar("T")


class Staging:
    """The stage on ``glass``, with ``programs`` for each person. A context manager."""

    def __init__(
        self,
        glass: Glass,
        programs: Sequence[Sequence[str]] = (),
        again: Sequence[Sequence[str]] = (),
        awake: Sequence[Sequence[str]] = (),
        user: int = 0,
        notices: Sequence[str] = (),
        printing: Sequence[str] = (),
        reach: Sequence[str] = (),
        around: Sequence[str] = (),
        proxy: str = "",
        **numbers: int,
    ) -> None:
        """``user``: whose stage it is, where that is not ours; with Debian's Python, which everybody may run.

        ``programs``: none for the painter, whose keys ``keys`` tells; ``again``: those that are started again;
        ``awake``: those that go on while nobody sees them. ``notices``: words of what shows their notices.
        ``printing``: the print server's socket, then queues. ``reach``, ``proxy``: as in ``workspace_reach``
        and ``workspace_proxy``. ``around``: words that begin the stage.

        ``{folder}`` is this staging's."""
        self.glass = glass
        self._programs = programs or [program("painter", "{login}", "{folder}/{login}.keys")]
        self._again, self._awake = again, awake
        self._user, self._notices, self._printing = user, notices, printing
        self._around, self._proxy = around, proxy
        self._reach = [read_reach(entry).words() for entry in reach]
        self._python = "/usr/bin/python3" if user else sys.executable
        self._numbers = numbers
        self.folder = Path(tempfile.mkdtemp(prefix="kiosk-test-"))
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(self.folder / "door"))
        self._door.listen()
        self._door.settimeout(PATIENCE)
        self.process: subprocess.Popen[bytes] | None = None
        self.agent = 0
        self.first: dict[str, int] = {}
        """Each login's first process, as of the last time that ``open`` was called for it."""
        self.doors: dict[int, tuple[int, int]] = {}
        """Each workspace's doorbell for web pages, as it was handed over; whoever takes it closes it."""
        self._line: socket.socket | None = None
        self._beating = threading.Event()
        self._over = threading.Event()
        self._heard: list[protocol.Answer] = []
        self._pipes: dict[str, int] = {}
        self._notes: dict[str, bytes] = {}

    def __enter__(self) -> Staging:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End it all; also what came up of it where it did not start."""
        self._over.set()
        if self.process is not None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            self.process.kill()
            self.process.wait()
        if self._line is not None:
            self._line.close()
        self._door.close()
        for pipe in [*self._pipes.values(), *(held for door in self.doors.values() for held in door)]:
            os.close(pipe)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the stage; it starts the agent."""
        if self._user:
            for path in (self.folder, self.folder / "door"):
                os.chown(path, self._user, self._user)
            self.folder.chmod(0o711)
        code = self._code() if self._user else (ROOT, Path(site.getsitepackages()[0]))
        puppet = SEPARATOR.join([self._python, "-I", "-S", str(code[0] / "tests/fakes/puppet_agent.py"), self.door])
        plan = [f"agent={puppet}", f"folder={self.folder / 'stage'}", f"readable={self.folder}"]
        ours = set() if self._user else {sys.prefix, sys.base_prefix, str(ROOT / "tests")}
        plan += [f"readable={path}" for path in ours]
        kinds = {"program": self._programs, "program_again": self._again, "program_awake": self._awake}
        for name, programs in kinds.items():
            lines = (SEPARATOR.join([words[0], "", *words]) for words in programs)
            plan += [f"{name}={line.replace('{folder}', str(self.folder))}" for line in lines]
        plan += [f"notices={SEPARATOR.join(self._notices)}"]
        plan += [f"{'printer' if n else 'print_server'}={word}" for n, word in enumerate(self._printing)]
        plan += [f"reach={SEPARATOR.join(words)}" for words in self._reach]
        plan += [f"proxy={self._proxy}"]
        # Most programs of these tests have no window, and would be waited for.
        plan += [f"{name}={value}" for name, value in ({"patience_ms": 0} | self._numbers).items()]
        self.process = subprocess.Popen(
            [
                *self._around,
                *self._as_user(),
                self._python,
                "-I",
                "-S",
                "-c",
                START.format(paths=[str(path) for path in code]),
                *plan,
            ],
            env={**os.environ, "DISPLAY": self.glass.name, "PYTHONPATH": ""},
            cwd="/",
        )
        self.accept()

    def _code(self) -> tuple[Path, Path]:
        """What the stage runs of, where another user can read it: a checkout may lie in a folder closed to them.

        Copies of the program and the puppet, and of the libraries it uses.
        """
        program, libraries = self.folder / "program", self.folder / "libraries"
        ignored = shutil.ignore_patterns("__pycache__")
        with _umask(0o022):
            shutil.copytree(ROOT / "kiosk", program / "kiosk", ignore=ignored)
            (program / "tests/fakes").mkdir(parents=True)
            shutil.copy(ROOT / "tests/fakes/puppet_agent.py", program / "tests/fakes")
            for name in ("Xlib", "jeepney"):
                shutil.copytree(Path(site.getsitepackages()[0], name), libraries / name, ignore=ignored)
            shutil.copy(Path(site.getsitepackages()[0], "six.py"), libraries)
        return program, libraries

    def _as_user(self) -> list[str]:
        """Words that begin a program as the stage's user, who has numbers set aside here and nowhere else."""
        if not self._user:
            return []
        names = {"passwd": f"staged:x:{self._user}:{self._user}::/:/bin/sh\n", "group": f"staged:x:{self._user}:\n"}
        names |= {"subuid": f"staged:{SET_ASIDE}:4\n", "subgid": f"staged:{SET_ASIDE}:4\n"}
        script = "mount --make-rprivate /\n"
        if self._reach:  # as on any machine; here it may be root's alone
            script += f"mknod {self.folder / 'tun'} c 10 200; chmod 666 {self.folder / 'tun'}\n"
            script += f"mount --bind {self.folder / 'tun'} /dev/net/tun\n"
        for name, line in names.items():
            before = Path("/etc", name)
            text = before.read_text() if before.exists() else ""
            (self.folder / name).write_text(text + line)
            (self.folder / name).chmod(0o644)  # whatever umask a command in this process has left
            before.touch()
            script += f"mount --bind {self.folder / name} {before}\n"
        who = ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups", "--"]
        return ["unshare", "--mount", "sh", "-ec", script + 'exec "$@"', "sh", *who]

    @property
    def door(self) -> str:
        return str(self.folder / "door")

    def accept(self) -> None:
        """The next agent that the stage starts."""
        caller = until("an agent", self._caller)
        with caller:
            said, fds, _, _ = socket.recv_fds(caller, 64, 1)
            self.agent = int(said)
            if self._line is not None:
                self._line.close()
            self._line = socket.socket(fileno=fds[0])
            self._line.settimeout(PATIENCE)
            caller.send(b".")
        self._heard.clear()

    def _caller(self) -> socket.socket | None:
        """An agent at the door."""
        ended = self.process.poll() if self.process is not None else None
        assert ended is None, f"the stage ended with {ended}"
        return self._door.accept()[0] if select.select([self._door], [], [], 0.05)[0] else None

    def say(self, order: protocol.Order) -> None:
        self.say_raw(protocol.write(order))

    def say_raw(self, packet: bytes) -> None:
        assert self._line is not None
        self._line.send(packet)

    def greet(self, beating: bool = True) -> None:
        """Begin as a proper agent does, and be heard four times a second from then on."""
        self.say(protocol.Hello(protocol.VERSION))
        self.hear(protocol.Ready)
        if beating:
            self._beating.set()
            threading.Thread(target=self._beat, args=(self._line,), daemon=True).start()

    def silence(self) -> None:
        """No more beats."""
        self._beating.clear()

    def _beat(self, line: socket.socket) -> None:
        while self._beating.is_set() and not self._over.wait(0.25):
            try:
                line.send(protocol.write(protocol.Beat()))
            except OSError:
                return

    def hear(self, kind: type[T], patience: float = PATIENCE) -> T:
        """The next answer of ``kind``; others before it are kept for later."""
        for index, answer in enumerate(self._heard):
            if isinstance(answer, kind):
                del self._heard[index]
                return answer
        assert self._line is not None
        self._line.settimeout(patience)
        while True:
            said = self._next()
            assert said is not None, f"the stage closed its line; {kind.__name__} was awaited"
            if isinstance(said, kind):
                return said
            self._heard.append(said)

    def _next(self) -> protocol.Answer | None:
        """The next answer, None at the end. What is handed over with one is kept in ``doors``."""
        assert self._line is not None
        packet, held, _, _ = socket.recv_fds(self._line, protocol.MAX_MESSAGE, 2)
        answer = protocol.read_answer(packet) if packet else None
        if isinstance(answer, protocol.Doorbell):
            self.doors[answer.number] = held[0], held[1]
        return answer

    def said(self, kind: type[protocol.Answer]) -> bool:
        """Whether an answer of ``kind`` is there, without waiting for one; it is kept for ``hear``."""
        assert self._line is not None
        while select.select([self._line], [], [], 0)[0]:
            answer = self._next()
            self._heard += [answer] if answer is not None else []
        return any(isinstance(answer, kind) for answer in self._heard)

    def open(self, number: int, login: str, name: str = "", doorbell: str = "", pages: Sequence[str] = ()) -> int:
        """A workspace, shown; returns the number of its first process. ``pages``: origins that may ring from it."""
        self._listen_to(login)
        for origin in ("", *pages):
            self.say(protocol.MayRing(origin))
        self.say(protocol.Add(number, login, name or login.title(), doorbell))
        self.say(protocol.Show(number))
        first = self.hear(protocol.Inside)
        assert first.number == number
        self.first[login] = first.pid
        assert self.hear(protocol.Shown).number == number
        return first.pid

    def _listen_to(self, login: str) -> None:
        path = self.folder / f"{login}.keys"
        if login not in self._pipes:
            os.mkfifo(path)
            path.chmod(0o622)
            self._pipes[login] = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def keys(self, login: str) -> list[str]:
        """All that the painter of ``login`` heard so far: ``+38 0`` a press, ``-38 0`` a release."""
        with contextlib.suppress(BlockingIOError):
            self._notes[login] = self._notes.get(login, b"") + os.read(self._pipes[login], 65536)
        return self._notes.get(login, b"").decode().splitlines()

    def answers(self, login: str) -> int:
        """The descriptor that ``keys`` reads."""
        return self._pipes[login]

    def presses(self, login: str) -> list[str]:
        return [key for key in self.keys(login) if key.startswith("+")]

    def show(self, number: int) -> None:
        self.say(protocol.Show(number))
        assert self.hear(protocol.Shown).number == number

    def lock(self) -> None:
        self.say(protocol.Lock())

    def server(self, login: str) -> int:
        """The process of ``login``'s nested server."""
        assert self.process is not None
        return server_of(self.process.pid, login)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """The stage itself."""
        assert self.process is not None
        self.process.send_signal(number)


@contextlib.contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def program(name: str, *arguments: str) -> list[str]:
    """Words that run ``tests/fakes/NAME.py`` inside a workspace."""
    return [sys.executable, str(ROOT / "tests/fakes" / f"{name}.py"), *arguments]
