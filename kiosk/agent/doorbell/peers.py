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

from kiosk.agent.doorbell import descriptors
from kiosk.agent.doorbell.programs import Programs, known, none
from kiosk.agent.doorbell.request import DoorbellRequestError
from kiosk.model.consent import check_asker
from kiosk.model.drawable import NotDrawableError
from kiosk.model.stepup import Asker

SO_PEERPIDFD = 77
"""Linux 6.5; without it a pidfd is opened from the number, and the start time is compared."""
Owner = Callable[[int], str | None]
TICKS = os.sysconf("SC_CLK_TCK")
"""A second; start times are counted in them, rounded down."""


@dataclass(frozen=True, slots=True)
class InsideNetwork:
    """A doorbell on the loopback of ``login``'s own workspace: nobody else reaches it. ``line``: about its sockets."""

    login: str
    line: descriptors.NetworkLine


@dataclass(frozen=True, slots=True)
class PeerProcess:
    """From ``/proc/PID``. ``started``: seconds since boot. ``path``: of its executable."""

    pid: int
    uid: int
    started: float
    path: str


def of_socket(connection: socket.socket, owner: Owner, login: str | None = None, programs: Programs = none) -> Asker:
    """Who connected to a local socket. ``owner``: the stage's word for a process; ``login``: whose socket it is;
    ``programs``: those that are known by a name.

    Raises ``DoorbellRequestError("not_yours")`` for another user's program and for one that is gone or not to be told
    apart.
    """
    arrived = time.clock_gettime(time.CLOCK_BOOTTIME)
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", credentials)
    with _held(pid, connection):
        return _asker(pid, uid, arrived, owner, login, programs)


def of_loopback(
    peer: tuple[str, int],
    ours: tuple[str, int],
    owner: Owner,
    origin: str,
    programs: Programs = none,
    inside: InsideNetwork | None = None,
) -> tuple[Asker, int, tuple[int, ...]]:
    """Which browser connected from ``peer`` to our loopback port, with a page of ``origin``; the inode of its socket,
    and the processes that hold it.

    Raises as ``of_socket``, and ``DoorbellRequestError("not_a_browser")`` for anything but a program that is registered
    as one:
    an origin is a browser's word, and any other program can say what it likes. Several processes may hold the socket (a
    browser and its network service); all must be the same person's and run the same program.
    """
    arrived = time.clock_gettime(time.CLOCK_BOOTTIME)
    uid, inode = socket_inode(peer, ours, inside)
    found = []
    for pid in descriptors.holders(inode):
        with _held(pid, None):
            who = uid if inside is None else _user(pid)
            found.append(_asker(pid, who, arrived, owner, None, programs, origin))
    if not found or len({asker.login for asker in found}) != 1:
        raise unknown_asker()
    if inside is not None and found[0].login != inside.login:
        raise unknown_asker()
    browsers = {program.name for program in programs() if program.browser}
    if len({asker.program for asker in found}) != 1 or found[0].program not in browsers:
        raise DoorbellRequestError(
            "not_a_browser", "Only a browser that an administrator registered may say which page asks."
        )
    return found[0], inode, tuple(process.pid for process in found)


def user_of(peer: tuple[str, int], ours: tuple[str, int], inside: InsideNetwork | None = None) -> int:
    """The user of whichever program connected from ``peer`` to our loopback port. Raises ``DoorbellRequestError``."""
    return socket_inode(peer, ours, inside)[0]


def _user(pid: int) -> int:
    """Whose process it is, as this machine counts users. Raises ``DoorbellRequestError``."""
    process = look(pid)
    if process is None:
        raise unknown_asker()
    return process.uid


def _asker(
    pid: int,
    uid: int,
    arrived: float,
    owner: Owner,
    login: str | None,
    programs: Programs,
    origin: str | None = None,
) -> Asker:
    # A workspace may run as a user of its own: then the stage says whose it is.
    if uid != os.geteuid() and owner(pid) is None:
        raise DoorbellRequestError("not_yours", "Only programs of this workstation's own user may ask here.")
    process = look(pid)
    # Start times come in hundredths of a second.
    if process is None or process.uid != uid or process.started > arrived + 0.02:
        raise unknown_asker()
    try:
        check_asker(process.path, origin)
    except NotDrawableError as error:
        raise DoorbellRequestError("bad_request", str(error)) from None
    named = known(pid, process.path, programs)
    name, digest = (named.name, named.sha256) if named else ("", None)
    return Asker(process.path, pid, uid, owner(pid) or login, origin, name, digest)


def look(pid: int) -> PeerProcess | None:
    """What ``/proc`` says about ``pid`` now; None if it is not there (any more).

    Its name, its arguments and its script's name are its own word, and not looked at.
    """
    folder = Path("/proc") / str(pid)
    try:
        since = started(folder)
        uid = folder.stat().st_uid
    except OSError:
        return None
    return PeerProcess(pid, uid, since, path_of(folder))


def started(folder: Path) -> float:
    """Of a process or thread, in seconds since boot (proc_pid_stat(5), field 22). Raises ``OSError``."""
    fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    return int(fields[19]) / TICKS


def path_of(folder: Path) -> str:
    """Of the executable, as the kernel names it; empty where we may not see it."""
    try:
        return str((folder / "exe").readlink())
    except OSError:
        return ""


@contextlib.contextmanager
def _held(pid: int, connection: socket.socket | None) -> Iterator[None]:
    """Hold ``pid`` so that what is read inside is of one process. Raises ``DoorbellRequestError`` if it ended
    meanwhile."""
    try:
        pidfd = _pidfd(pid, connection)
    except OSError:
        raise unknown_asker() from None
    try:
        yield
        try:
            signal.pidfd_send_signal(pidfd, 0)
        except OSError:
            raise unknown_asker() from None
    finally:
        os.close(pidfd)


def _pidfd(pid: int, connection: socket.socket | None) -> int:
    if connection is not None:
        with contextlib.suppress(OSError):  # an older kernel
            return connection.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD)
    return os.pidfd_open(pid)


def socket_inode(peer: tuple[str, int], ours: tuple[str, int], inside: InsideNetwork | None = None) -> tuple[int, int]:
    """Owner and inode of the peer's end of a loopback connection. Raises ``DoorbellRequestError``."""
    try:
        return descriptors.loopback_end(peer, ours, inside.line if inside is not None else None)
    except OSError:
        raise unknown_asker() from None


def unknown_asker() -> DoorbellRequestError:
    """To be raised: which program asks cannot be told."""
    return DoorbellRequestError("not_yours", "It cannot be told which program is asking. Ask again.")
