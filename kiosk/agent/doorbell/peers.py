"""Who is at the other end of a doorbell's connection, as the operating system says it.

A process is named by a number that is used again after it ends. So it is held by a pidfd while we look at it, and what
we read counts only if it still lives afterwards and was there before the connection came.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.agent.doorbell.request import BadRequest
from kiosk.model.stepup import Asker

SO_PEERPIDFD = 77
"""Linux 6.5; without it a pidfd is opened from the number, and the start time is compared."""
Owner = Callable[[int], str | None]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """From ``/proc/PID``. ``started``: seconds since boot."""

    pid: int
    uid: int
    parent: int
    started: float
    program: str


def of_socket(connection: socket.socket, owner: Owner, login: str | None = None) -> Asker:
    """Who connected to a local socket. ``owner``: the stage's word for a process; ``login``: whose socket it is.

    Raises ``BadRequest("not_yours")`` for another user's program and for one that is gone or not to be told apart.
    """
    arrived = time.clock_gettime(time.CLOCK_BOOTTIME)
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", credentials)
    with _held(pid, connection):
        return _asker(pid, uid, arrived, owner, login)


def of_loopback(peer: tuple[str, int], ours: tuple[str, int], owner: Owner, origin: str) -> Asker:
    """Who connected from ``peer`` to our loopback port. Raises as ``of_socket``.

    Several processes may hold the socket (a browser and its network service); all must belong to the same person.
    """
    arrived = time.clock_gettime(time.CLOCK_BOOTTIME)
    uid, inode = _socket_inode(peer, ours)
    found = []
    for pid in _holders(inode):
        with _held(pid, None):
            found.append(_asker(pid, uid, arrived, owner, None, origin))
    if not found or len({asker.login for asker in found}) != 1:
        raise _stranger()
    return found[0]


def _asker(pid: int, uid: int, arrived: float, owner: Owner, login: str | None, origin: str | None = None) -> Asker:
    # A workspace may run as a user of its own: then the stage says whose it is.
    if uid != os.geteuid() and owner(pid) is None:
        raise BadRequest("not_yours", "Only programs of this workstation's own user may ask here.")
    process = look(pid)
    # Start times come in hundredths of a second.
    if process is None or process.uid != uid or process.started > arrived + 0.02:
        raise _stranger()
    return Asker(named(process), pid, uid, owner(pid) or login, origin)


def look(pid: int) -> Process | None:
    """What ``/proc`` says about ``pid`` now; None if it is not there (any more)."""
    folder = Path("/proc") / str(pid)
    try:
        stat = (folder / "stat").read_text(errors="replace")
        uid = folder.stat().st_uid
        words = (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    comm, _, rest = stat.partition("(")[2].rpartition(")")
    fields = rest.split()
    return Process(pid, uid, int(fields[1]), int(fields[19]) / _TICKS, _program(comm, words))


def named(process: Process) -> str:
    """The program to show. For our own command that is whoever ran it."""
    if process.program == "kiosk":
        parent = look(process.parent)
        if parent is not None and parent.pid > 1:
            return parent.program
    return process.program


def _program(comm: str, words: list[bytes]) -> str:
    """A script by its own name instead of its interpreter's; at most 60 characters, printable."""
    name = comm
    if comm.startswith("python") or comm == "kiosk":
        texts = [word.decode(errors="replace") for word in words[1:]]
        if texts[:1] == ["-m"]:
            name = texts[1].partition(".")[0] if len(texts) > 1 else comm
        elif texts and not texts[0].startswith("-"):
            name = Path(texts[0]).stem or comm
    return "".join(c for c in name if c.isprintable())[:60] or "?"


@contextlib.contextmanager
def _held(pid: int, connection: socket.socket | None) -> Iterator[None]:
    """Hold ``pid`` so that what is read inside is of one process. Raises ``BadRequest`` if it ended meanwhile."""
    try:
        pidfd = _pidfd(pid, connection)
    except OSError:
        raise _stranger() from None
    try:
        yield
        try:
            signal.pidfd_send_signal(pidfd, 0)
        except OSError:
            raise _stranger() from None
    finally:
        os.close(pidfd)


def _pidfd(pid: int, connection: socket.socket | None) -> int:
    if connection is not None:
        with contextlib.suppress(OSError):  # an older kernel
            return connection.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD)
    return os.pidfd_open(pid)


def _socket_inode(peer: tuple[str, int], ours: tuple[str, int]) -> tuple[int, int]:
    """Owner and inode of the peer's end of a loopback connection, from ``/proc/net/tcp``."""
    wanted = [_hex(peer), _hex(ours)]
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == wanted and fields[9] != "0":
            return int(fields[7]), int(fields[9])
    raise _stranger()


def _hex(address: tuple[str, int]) -> str:
    packed = struct.unpack("=I", socket.inet_aton(address[0]))[0]
    return f"{packed:08X}:{address[1]:04X}"


def _holders(inode: int) -> Iterator[int]:
    wanted = Path(f"socket:[{inode}]")
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and any(_points_to(fd, wanted) for fd in _descriptors(folder)):
            yield int(folder.name)


def _descriptors(folder: Path) -> list[Path]:
    try:
        return list((folder / "fd").iterdir())
    except OSError:
        return []  # another user's, or it ended: then it is not ours to name


def _points_to(descriptor: Path, wanted: Path) -> bool:
    try:
        return descriptor.readlink() == wanted
    except OSError:
        return False


def _stranger() -> BadRequest:
    return BadRequest("not_yours", "It cannot be told which program is asking. Ask again.")
