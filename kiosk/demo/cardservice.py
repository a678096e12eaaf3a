"""A card service of our own: pcscd with virtual readers, where neither it nor they can be reached by others.

vpcd, the virtual reader, listens on every address of the machine, and pcscd knows one fixed socket path. So
both run in mount, network and PID namespaces of their own; programs outside reach pcscd through a
path socket in a private folder, named to them by ``PCSCLITE_CSOCK_NAME``.

libpcsclite reads that variable once, at a process's first SCardEstablishContext: set it before, and use one
card service a process.

    with VirtualCardService(readers=2) as service:
        subprocess.run(["pcsc_scan", "-r"], env={**os.environ, **service.environment})
        card = service.connect(0)          # TCP to the first reader: speak the vpicc protocol
        service.restart()
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

FIRST_PORT = 0x8C7B
SLOTS_AN_ENTRY = 2
PCSCD = Path("/usr/sbin/pcscd")
"""By its path: an ordinary user's PATH has no sbin."""
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
MACHINE_SOCKET = Path("/run/pcscd/pcscd.comm")
KEEPER = Path(__file__).with_name("cardkeeper.py")
UNSHARE = ("-mnp", "--fork", "--kill-child", "--propagation", "private", "--")
STARTING = 30.0
"""Seconds that anything here may take to start."""


class CardServiceFailedError(Exception):
    """The card service cannot be run or asked; the message is a sentence that says what to do next."""


def readers_config(readers: int, directory: Path) -> str:
    """reader.conf text for that many virtual readers; their drivers are copied into ``directory``.

    An entry has two slots, each with a port of its own. The driver keeps its slots in global variables, so
    two entries of one library would share them and the first would go dead: each entry gets its own copy.
    """
    entries = []
    for entry, first in enumerate(range(0, readers, SLOTS_AN_ENTRY), start=1):
        channel = f"0x{FIRST_PORT + first:X}"
        driver = shutil.copy(DRIVER, directory / f"vpcd{entry}.so")
        # pcscd numbers slots, but gives two entries of one name the same reader names.
        name = "Virtual PCD" if entry == 1 else f"Virtual PCD {entry}"
        entries.append(
            f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{channel}\nLIBPATH {driver}\nCHANNELID {channel}\n'
        )
    return "\n".join(entries)


class VirtualCardService:
    """pcscd with ``readers`` virtual readers (rounded up to pairs), private where this machine allows it.

    ``isolated``: False where namespaces are refused; then ``warning`` is the sentence to show. ``directory``:
    a private folder, made and removed here if None; its path must be short (socket paths end at 107 bytes).
    ``stop`` ends pcscd alone, ``close`` everything. Methods raise ``CardServiceFailedError``. Not thread-safe.
    """

    def __init__(self, readers: int = SLOTS_AN_ENTRY, directory: Path | None = None) -> None:
        self.isolated = True
        self.warning: str | None = None
        self.readers = readers
        self.directory = directory or Path(tempfile.mkdtemp(prefix="kiosk-cards-"))
        # Also where this is never started, or never closed: nothing stays behind in the temporary folder.
        self._tidy = None if directory else weakref.finalize(self, shutil.rmtree, self.directory, ignore_errors=True)
        self._keeper: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._keeper_pid = 0
        self._user_namespace = False

    @property
    def socket_path(self) -> Path:
        """Where pcscd is reached."""
        return self.directory / "run" / "pcscd.comm" if self.isolated else MACHINE_SOCKET

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to reach this pcscd; the same over restarts."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket_path)}

    @property
    def enter(self) -> list[str]:
        """Put before a command to run it where vpcd's ports are: 127.0.0.1:35963 for slot 0, then upwards."""
        if not self.isolated:
            return []
        spaces = f"/proc/{self._keeper_pid}/ns"
        user = [f"--user={spaces}/user", "--preserve-credentials"] if self._user_namespace else []
        return ["nsenter", *user, f"--net={spaces}/net", "--"]

    def start(self) -> None:
        """Start pcscd, and the namespaces if they are not there; returns once it accepts clients."""
        if self._keeper is None:
            self._open()
        self._ask("start")
        _until(self.is_running, f"pcscd did not start; see {self.directory / 'log'}.")

    def is_running(self) -> bool:
        """Whether pcscd accepts clients now."""
        return _accepts(self.socket_path)

    def stop(self) -> None:
        """End pcscd as an operator would; cards that lie there lose their line."""
        self._ask("stop")

    def restart(self) -> None:
        """Stop, then start with the same path and readers."""
        self.stop()
        self.start()

    def kill9(self) -> None:
        """End pcscd with SIGKILL: its socket file stays behind and refuses."""
        self._ask("kill")

    def connect(self, slot: int = 0) -> socket.socket:
        """A TCP connection to reader ``slot``: its holder is the card (vpicc protocol). Closing it lifts it.

        Waits for pcscd to open the reader's port.
        """
        lent: list[socket.socket] = []

        def connected() -> bool:
            lent.extend(self._connect(FIRST_PORT + slot))
            return bool(lent)

        try:
            _until(connected, f"Virtual reader {slot} does not take a card")
        except CardServiceFailedError as refused:
            said = (self.directory / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
            raise CardServiceFailedError("\n".join((f"{refused}; the card service said:", *said))) from None
        lent[0].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return lent[0]

    def close(self) -> None:
        """End pcscd and leave the namespaces; removes the folder if it was made here. May be called twice."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._keeper is not None:
            try:
                self._keeper.wait(STARTING)
            except subprocess.TimeoutExpired:
                self._keeper.kill()
                self._keeper.wait()
            self._keeper = None
        if self._tidy:
            self._tidy()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        if not DRIVER.exists() or not PCSCD.exists():
            raise CardServiceFailedError("pcscd or the virtual reader is missing; install pcscd and vsmartcard-vpcd.")
        (self.directory / "run").mkdir(parents=True, exist_ok=True)
        config = self.directory / "readers"
        config.mkdir(exist_ok=True)
        (config / "vpcd").write_text(readers_config(self.readers, self.directory), encoding="ascii")
        for self._user_namespace in (False, True):
            if self._keep(["unshare", *(["-Ur"] if self._user_namespace else []), *UNSHARE], "private"):
                return
        self.isolated = False
        if _accepts(MACHINE_SOCKET):
            raise CardServiceFailedError(
                "This machine refuses private namespaces and its own pcscd is running; stop that one "
                "(systemctl stop pcscd.socket pcscd), or use the in-process reader."
            )
        if not self._keep([], "plain"):
            raise CardServiceFailedError(f"The card service could not be started; see {self.directory / 'log'}.")
        self.warning = (
            "This machine refuses private namespaces, so the virtual readers listen on every address of it, and every "
            "user of it may use its card service: run this on a trusted network only."
        )

    def _keep(self, prefix: list[str], mode: str) -> bool:
        """Start the keeper behind ``prefix``; False if it did not come up."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, (self.directory / "log").open("ab") as log:
            command = [*prefix, sys.executable, "-I", str(KEEPER), mode, str(self.directory.resolve())]
            keeper = subprocess.Popen(command, stdin=theirs.fileno(), stdout=log, stderr=log, start_new_session=True)
        ours.settimeout(STARTING)
        try:
            hello = ours.recv(200).decode().split()
        except OSError:
            hello = []
        if hello[:1] != ["ready"]:
            ours.close()
            keeper.kill()
            keeper.wait()
            return False
        self._keeper, self._line, self._keeper_pid = keeper, ours, int(hello[1])
        return True

    def _exchange(self, request: str) -> tuple[str, list[socket.socket]]:
        if self._line is None:
            raise CardServiceFailedError("The card service is closed; start it first.")
        try:
            self._line.send(request.encode())
            answer, numbers, _, _ = socket.recv_fds(self._line, 200, 1)
        except OSError as error:
            raise CardServiceFailedError(
                "The card service's keeper does not answer; close it and start anew."
            ) from error
        if not answer:
            raise CardServiceFailedError("The card service's keeper has ended; close it and start anew.")
        return answer.decode(), [socket.socket(fileno=number) for number in numbers]

    def _ask(self, request: str) -> None:
        answer, _ = self._exchange(request)
        if answer != "ok":
            raise CardServiceFailedError(f"The card service could not {request}: {answer}.")

    def _connect(self, port: int) -> list[socket.socket]:
        """The socket, or none while nobody listens there."""
        return self._exchange(f"connect {port}")[1]


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _until(done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + STARTING
    while not done():
        if time.monotonic() > deadline:
            raise CardServiceFailedError(complaint)
        time.sleep(0.01)
