"""A connection to a nested server that never waits, once it has been made.

A library's connection would wait for answers, and a program inside may hold its server as long as it likes; so this
asks, and goes on when the answer comes. [X Window System Protocol, X11R7.7]
"""

from __future__ import annotations

import contextlib
import socket
import struct

from kiosk.stage.cookie import NAME
from kiosk.stage.loop import Loop

_GRACE = 2.0
_MAJOR = 9
"""Where QueryExtension's answer says the extension's number."""


class NestedUnreachableError(Exception):
    """The nested server does not let us in."""


class DisplayConnection:
    """To the server whose socket is ``path``: ``_make_known`` asks and waits while nobody else is in yet, then
    ``_answered`` is called whenever something can be read. Raises ``NestedUnreachableError``."""

    def __init__(self, loop: Loop, path: str, cookie: bytes) -> None:
        self._loop = loop
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(_GRACE)  # it has just said that it is ready
            self._socket.connect(path)
            self._set_up(cookie)
            self._make_known()
        except (OSError, struct.error):
            self._socket.close()
            raise NestedUnreachableError from None
        self._socket.setblocking(False)
        loop.watch(self._socket.fileno(), self._answered)

    def _make_known(self) -> None:
        """Numbers of extensions and names. Raises what the socket does."""

    def _answered(self) -> None:
        """Something can be read, or the server has ended."""

    def _piece(self) -> bytes:
        """What can be read now; nothing where there is nothing. The line is no longer watched once it has ended."""
        try:
            piece = self._socket.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            piece = b""
        if not piece:
            self._loop.forget(self._socket.fileno())
        return piece

    def _say(self, requests: bytes) -> None:
        """All or nothing: half a request would make nonsense of whatever is said next.

        It takes no more when it is ending, or when a program has held it for so long that the socket is full.
        """
        with contextlib.suppress(OSError):
            if self._socket.send(requests) != len(requests):
                self.close()

    def close(self) -> None:
        if self._socket.fileno() < 0:
            return
        self._loop.forget(self._socket.fileno())
        self._socket.close()

    def _set_up(self, cookie: bytes) -> None:
        hello = struct.pack("<BxHHHHxx", 0x6C, 11, 0, len(NAME), len(cookie))
        self._socket.sendall(hello + NAME + b"\0" * (-len(NAME) % 4) + cookie)
        verdict, length = struct.unpack("<BxxxxxH", self._read(8))
        about = self._read(4 * length)
        if verdict != 1:
            raise NestedUnreachableError
        self._mask = struct.unpack_from("<I", about, 8)[0]
        vendor, formats = struct.unpack_from("<H", about, 16)[0], about[21]
        self._root = struct.unpack_from("<I", about, 32 + vendor + -vendor % 4 + 8 * formats)[0]

    def _opcode_of(self, extension: bytes, number: int = _MAJOR) -> int:
        padded = extension + b"\0" * (-len(extension) % 4)
        self._socket.sendall(struct.pack("<BxHHxx", 98, 2 + len(padded) // 4, len(extension)) + padded)
        answer = self._read(32)
        if not answer[8]:
            raise NestedUnreachableError
        return answer[number]

    def _atom(self, name: bytes) -> int:
        padded = name + b"\0" * (-len(name) % 4)
        self._socket.sendall(struct.pack("<BxHHxx", 16, 2 + len(padded) // 4, len(name)) + padded)
        return int(struct.unpack_from("<I", self._read(32), 8)[0])

    def _read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self._socket.recv(size - len(got))
            if not piece:
                raise NestedUnreachableError
            got += piece
        return got
