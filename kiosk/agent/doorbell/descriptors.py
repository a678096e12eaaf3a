"""Who holds the other end of a connection, as ``/proc`` and ``sock_diag(7)`` say it.

A socket outlives the program that opened it: it is inherited by children and by whatever is started in the same
process, and is handed on. One that is marked close-on-exec is different: it cannot have been there before the program
that has it was started, for starting a program (execve(2)) closes it.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST = 1
_UDIAG_SHOW_PEER = 4
_UNIX_DIAG_PEER = 2
_ANY_COOKIE = 0xFFFFFFFF
_ANY_STATE = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")
_ASK_UNIX = struct.Struct("=BBHIIIII")
_UNIX_ANSWER = 16
"""Bytes of ``unix_diag_msg``, which the attributes follow."""
_O_CLOEXEC = 0o2000000
_SECONDS = 1.0


def peer_inode(connection: socket.socket) -> int:
    """Inode of the other end of a local socket (linux/unix_diag.h). Raises ``OSError``."""
    ours = os.fstat(connection.fileno()).st_ino
    asked = _ASK_UNIX.pack(socket.AF_UNIX, 0, 0, _ANY_STATE, ours, _UDIAG_SHOW_PEER, _ANY_COOKIE, _ANY_COOKIE)
    got = _asked_of_the_kernel(asked)
    at = _UNIX_ANSWER
    while at + 4 <= len(got):
        length, kind = struct.unpack_from("=HH", got, at)
        if kind == _UNIX_DIAG_PEER:
            return int(struct.unpack_from("=I", got, at + 4)[0])
        at += max(4, (length + 3) & ~3)
    raise OSError("the other end of the socket is gone")


class NetworkLine:
    """Asks the kernel about another network's sockets than this process's: by ``descriptor``, made there. Thread-safe.

    It is shared with whoever handed it on, and may hold an answer that an agent of before did not wait for."""

    def __init__(self, descriptor: int) -> None:
        self._line = socket.socket(fileno=descriptor)
        self._line.settimeout(_SECONDS)
        self._lock = threading.Lock()
        self._numbers = itertools.count(int.from_bytes(os.urandom(3), "big") + 1)

    def close(self) -> None:
        """Ask no more."""
        self._line.close()

    def ask(self, asked: bytes) -> bytes:
        """Raises ``OSError``."""
        with self._lock:
            return _answered(self._line, asked, next(self._numbers))


def loopback_end(end: tuple[str, int], other: tuple[str, int], line: NetworkLine | None = None) -> tuple[int, int]:
    """User and inode of the socket at ``end`` of a TCP connection over IPv4 (linux/inet_diag.h). Raises ``OSError``.

    ``line``: of the network that they are in, where it is not ours. The user's number is then as that network's makers
    count them."""
    named = struct.pack(">HH4s12x4s12x", end[1], other[1], socket.inet_aton(end[0]), socket.inet_aton(other[0]))
    asked = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, _ANY_STATE) + named
    whole = asked + struct.pack("=III", 0, _ANY_COOKIE, _ANY_COOKIE)
    got = line.ask(whole) if line is not None else _asked_of_the_kernel(whole)
    uid, inode = struct.unpack_from("=II", got, 64)
    if got[4:40] != named or inode == 0:  # a listener, or a socket that nobody has any more
        raise OSError("the other end of the connection is gone")
    return int(uid), int(inode)


def _asked_of_the_kernel(asked: bytes) -> bytes:
    """Its one answer, without the header. Raises ``OSError``."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG) as line:
        line.settimeout(_SECONDS)
        return _answered(line, asked, 1)


def _answered(line: socket.socket, asked: bytes, number: int) -> bytes:
    line.sendto(_HEADER.pack(_HEADER.size + len(asked), _SOCK_DIAG_BY_FAMILY, _REQUEST, number, 0) + asked, (0, 0))
    got = line.recv(8192)
    while _HEADER.unpack_from(got)[3] != number:
        got = line.recv(8192)
    if _HEADER.unpack_from(got)[1] != _SOCK_DIAG_BY_FAMILY:
        raise OSError("the kernel does not say who is at the other end of a socket")
    return got[_HEADER.size :]


def holders(inode: int) -> Iterator[int]:
    """Processes that have socket ``inode`` open, of those that we may look into."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and any(_of(folder, inode)):
            yield int(folder.name)


def opened_by_what_runs(pid: int, inode: int) -> bool:
    """Whether ``pid`` has socket ``inode`` open, and each time so that no program can have been started with it."""
    folder = Path("/proc") / str(pid)
    try:
        marks = [_closes_on_exec(folder / "fdinfo" / number) for number in _of(folder, inode)]
    except (OSError, ValueError):
        return False
    return bool(marks) and all(marks)


def _closes_on_exec(info: Path) -> bool:
    """``flags`` of proc_pid_fdinfo(5) are octal and hold O_CLOEXEC."""
    for line in info.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "flags":
            return bool(int(value, 8) & _O_CLOEXEC)
    return False


def _of(folder: Path, inode: int) -> Iterator[str]:
    wanted = f"socket:[{inode}]"
    try:
        names = [entry.name for entry in os.scandir(folder / "fd")]
    except OSError:
        return  # another user's, or it ended: then it is not ours to name
    for name in names:
        try:
            if os.readlink(f"{folder}/fd/{name}") == wanted:  # noqa: PTH115 - there are thousands to look at
                yield name
        except OSError:
            continue
