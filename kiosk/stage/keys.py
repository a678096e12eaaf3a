"""Lets go of held keys in a nested server, with five requests of the X protocol and never a wait.

A key that is down when its workspace is hidden would stay down there: the release goes to whoever has the keyboard
next. A library's connection would wait for each answer, and a program inside may hold its server as long as it
likes; so this asks, and goes on when the answer comes. [X Window System Protocol, X11R7.7; XTEST 2.2]
"""

from __future__ import annotations

import contextlib
import socket
import struct

from kiosk.stage.cookie import NAME
from kiosk.stage.loop import Loop

_QUERY_KEYMAP = struct.pack("<BxH", 44, 1)
_GRACE = 2.0
_KEY_RELEASE, _BUTTON_RELEASE = 3, 5
_BUTTONS = (1, 2, 3)


class NestedUnreachable(Exception):
    """The nested server does not let us in."""


class Keys:
    """A connection to the server whose socket is ``path``. Raises ``NestedUnreachable``."""

    def __init__(self, loop: Loop, path: str, cookie: bytes) -> None:
        self._loop = loop
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._got = b""
        try:
            self._socket.settimeout(_GRACE)  # it has just said that it is ready, and nobody else is in yet
            self._socket.connect(path)
            self._set_up(cookie)
            self._xtest = self._opcode_of(b"XTEST")
        except (OSError, struct.error):
            self._socket.close()
            raise NestedUnreachable from None
        self._socket.setblocking(False)
        loop.watch(self._socket.fileno(), self._answered)

    def release(self) -> None:
        """Let go of all that is held. Returns at once."""
        with contextlib.suppress(OSError):  # it does not take a word any more: it is ending, or held by a program
            self._socket.send(_QUERY_KEYMAP)

    def close(self) -> None:
        self._loop.forget(self._socket.fileno())
        self._socket.close()

    def _answered(self) -> None:
        """Only answers to QueryKeymap come here (40 bytes), and events that concern everybody (32)."""
        try:
            piece = self._socket.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._loop.forget(self._socket.fileno())
            return
        self._got += piece
        while len(self._got) >= 32:
            is_reply = self._got[0] == 1
            length = 32 + 4 * struct.unpack_from("<I", self._got, 4)[0] if is_reply else 32
            if len(self._got) < length:
                return
            if is_reply:
                self._let_go(self._got[8:40])
            self._got = self._got[length:]

    def _let_go(self, pressed: bytes) -> None:
        held = [code for code in range(8, 256) if pressed[code // 8] >> code % 8 & 1]
        requests = [self._fake(_KEY_RELEASE, code) for code in held]
        requests += [self._fake(_BUTTON_RELEASE, button) for button in _BUTTONS]
        with contextlib.suppress(OSError):
            self._socket.send(b"".join(requests))

    def _fake(self, kind: int, detail: int) -> bytes:
        """XTestFakeInput."""
        return struct.pack("<BBHBB2xII8xHH8x", self._xtest, 2, 9, kind, detail, 0, 0, 0, 0)

    def _set_up(self, cookie: bytes) -> None:
        hello = struct.pack("<BxHHHHxx", 0x6C, 11, 0, len(NAME), len(cookie))
        self._socket.sendall(hello + NAME + b"\0" * (-len(NAME) % 4) + cookie)
        verdict, length = struct.unpack("<BxxxxxH", self._read(8))
        self._read(4 * length)
        if verdict != 1:
            raise NestedUnreachable

    def _opcode_of(self, extension: bytes) -> int:
        padded = extension + b"\0" * (-len(extension) % 4)
        self._socket.sendall(struct.pack("<BxHHxx", 98, 2 + len(padded) // 4, len(extension)) + padded)
        present, opcode = struct.unpack_from("<BB", self._read(32), 8)
        if not present:
            raise NestedUnreachable
        return int(opcode)

    def _read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self._socket.recv(size - len(got))
            if not piece:
                raise NestedUnreachable
            got += piece
        return got
