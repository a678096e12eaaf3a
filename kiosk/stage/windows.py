"""Which windows there are in a nested server, whose they are, and which one is in front.

The list is the window manager's, as properties of the root window that any program inside can change: it is a hint.
Whose a window is says the server itself, by the process that opened the connection. What a window calls itself is never
read. A program that changes the properties all the time is looked at ten times a second, and no more.
[EWMH 1.5, _NET_CLIENT_LIST_STACKING, _NET_ACTIVE_WINDOW; X-Resource 1.2, XResQueryClientIds]
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from kiosk.stage.display_connection import DisplayConnection
from kiosk.stage.loop import Loop

MAX_WINDOWS = 64
"""Windows that are looked at, the lowest first. More than these have no button."""
_PAUSE = 0.1
"""Seconds from one look to the next, at least."""
_MAX_ANSWER = 65_536
"""Bytes of an answer: more is none to what was asked here."""
_CHANGE_ATTRIBUTES, _CLEAR_AREA, _GET_PROPERTY, _SEND_EVENT, _CHANGE_PROPERTY = 2, 61, 20, 25, 18
_BACK_PIXEL, _EVENT_MASK, _PROPERTY_CHANGE = 1 << 1, 1 << 11, 1 << 22
_SUBSTRUCTURE = 1 << 19 | 1 << 20
_WINDOW, _STRING, _RESOURCE_MANAGER = 33, 31, 23
_MAP_NOTIFY, _PROPERTY_NOTIFY, _CLIENT_MESSAGE = 19, 28, 33
_SUBSTRUCTURE_NOTIFY = 1 << 19
_GET_GEOMETRY = 14
_SEEN = 10_000
"""Pixels of a window that is something to be seen. The window manager has smaller ones of its own."""
_TRIES = 200
"""Windows that are looked at for that."""
_CLIENT_IDS, _PID = 4, 1 << 1
_PAGER = 2
"""EWMH, source indication: a direct act of the person."""
GROUND = 0x5C6B75
"""Of the screen inside where no window is: neither black, as a server begins, nor bright."""


class ClientWindow(NamedTuple):
    """``pid``: of whoever opened the connection that it belongs to, as this machine numbers it; 0 unknown."""

    number: int
    pid: int


class Windows(DisplayConnection):
    """As of ``DisplayConnection``. ``changed()``: ``all``, from the lowest to the one on top, or ``front`` is another,
    or ``any`` window came for the first time, also of those that the window manager leaves alone.

    ``resources``: of all programs inside, as ``xrdb`` would set them.
    """

    def __init__(self, loop: Loop, path: str, cookie: bytes, resources: bytes, changed: Callable[[], None]) -> None:
        self.all: tuple[ClientWindow, ...] = ()
        self.front = 0
        self.any = False
        self._tries = 0
        self._on_change = changed
        self._got = b""
        self._said = 0
        self._waiting: dict[int, Callable[[bytes], None]] = {}
        self._found: tuple[int, ...] = ()
        self._next_front = 0
        self._due = False
        self._rests = False
        self._resources = resources
        super().__init__(loop, path, cookie)
        self._moment = f"windows {path}"
        self._look()

    def _make_known(self) -> None:
        self._resource = self._opcode_of(b"X-Resource")
        self._list, self._active = self._atom(b"_NET_CLIENT_LIST_STACKING"), self._atom(b"_NET_ACTIVE_WINDOW")
        padded = self._resources + b"\0" * (-len(self._resources) % 4)
        head = (_CHANGE_PROPERTY, 0, 6 + len(padded) // 4, self._root, _RESOURCE_MANAGER, _STRING, 8)
        self._socket.sendall(struct.pack("<BBHIIIB3xI", *head, len(self._resources)) + padded)
        ground = struct.pack("<BxHIII", _CHANGE_ATTRIBUTES, 4, self._root, _BACK_PIXEL, GROUND)
        clear = struct.pack("<BxHIhhHH", _CLEAR_AREA, 4, self._root, 0, 0, 0, 0)
        self._socket.sendall(ground + clear)
        self._said = 6
        """Requests since the server let us in; answers say which one they are to."""

    def bring(self, window: int) -> None:
        """To the front, with the keyboard; the window manager does it. Never waits."""
        words = struct.pack("<BBHII5I", _CLIENT_MESSAGE, 32, 0, window, self._active, _PAGER, 0, 0, 0, 0)
        self._send(struct.pack("<BBHII", _SEND_EVENT, 0, 11, self._root, _SUBSTRUCTURE) + words)

    def rest(self, wanted: bool) -> None:
        """Nobody sees it: look no more, however often something changes, until it is seen again."""
        if self._rests and not wanted and self._due:
            self._loop.after(_PAUSE, self._moment, self._look)
        self._rests = wanted

    def close(self) -> None:
        self._loop.cancel(self._moment)
        super().close()

    def _send(self, request: bytes, answer: Callable[[bytes], None] | None = None) -> None:
        """One request."""
        self._said = self._said + 1 & 0xFFFF
        if answer is not None:
            self._waiting[self._said] = answer
        self._say(request)

    def _listen(self, wanted: bool) -> None:
        """For the next change of a property; not while one is being looked at, or a program could flood us."""
        mask = (_PROPERTY_CHANGE if wanted else 0) | (0 if self.any else _SUBSTRUCTURE_NOTIFY)
        self._send(struct.pack("<BxHIII", _CHANGE_ATTRIBUTES, 4, self._root, _EVENT_MASK, mask))

    def _look(self) -> None:
        """Ask anew; listen from before that on, so that nothing is missed."""
        if self._waiting:  # a program holds the server: later
            self._loop.after(_PAUSE, self._moment, self._look)
            return
        self._due = False
        self._listen(True)
        self._send(self._property(self._list, MAX_WINDOWS), self._listed)
        self._send(self._property(self._active, 1), self._activated)

    def _property(self, name: int, most: int) -> bytes:
        return struct.pack("<BBHIIIII", _GET_PROPERTY, 0, 6, self._root, name, _WINDOW, 0, most)

    def _listed(self, answer: bytes) -> None:
        self._found = _windows_of(answer)

    def _activated(self, answer: bytes) -> None:
        self._next_front = next(iter(_windows_of(answer)), 0)
        specs = b"".join(struct.pack("<II", window, _PID) for window in self._found)
        head = struct.pack("<BBHI", self._resource, _CLIENT_IDS, 2 + 2 * len(self._found), len(self._found))
        self._send(head + specs, self._owned)

    def _owned(self, answer: bytes) -> None:
        pids = _pids_of(answer)
        known = tuple(ClientWindow(window, pids.get(window & ~self._mask, 0)) for window in self._found)
        if (known, self._next_front) != (self.all, self.front):
            self.all, self.front = known, self._next_front
            self._on_change()

    def _measured(self, answer: bytes) -> None:
        """One that came, unless it has gone again."""
        width, height = struct.unpack_from("<HH", answer, 16)
        if not self.any and ((answer[0] == 1 and width * height >= _SEEN) or self._tries >= _TRIES):
            self.any = True
            self._listen(not self._due)
            self._on_change()

    def _answered(self) -> None:
        self._got += self._piece()
        while len(self._got) >= 32:
            length = 32 + (4 * struct.unpack_from("<I", self._got, 4)[0] if self._got[0] == 1 else 0)
            if length > _MAX_ANSWER:
                self.close()
                return
            if len(self._got) < length:
                return
            packet, self._got = self._got[:length], self._got[length:]
            self._take(packet)

    def _take(self, packet: bytes) -> None:
        if packet[0] in (0, 1):  # an error, or an answer
            answer = self._waiting.pop(struct.unpack_from("<H", packet, 2)[0], None)
            if answer is not None:
                answer(packet)
        elif packet[0] & 0x7F == _MAP_NOTIFY and not self.any:
            self._tries += 1
            self._send(struct.pack("<BxHI", _GET_GEOMETRY, 2, struct.unpack_from("<I", packet, 8)[0]), self._measured)
        elif packet[0] & 0x7F == _PROPERTY_NOTIFY and not self._due:
            self._due = True
            self._listen(False)
            if not self._rests:
                self._loop.after(_PAUSE, self._moment, self._look)


def _windows_of(answer: bytes) -> tuple[int, ...]:
    """GetProperty's, of type WINDOW; nothing where that is not so."""
    if answer[0] != 1 or answer[1] != 32 or struct.unpack_from("<I", answer, 8)[0] != _WINDOW:
        return ()
    count = min(struct.unpack_from("<I", answer, 16)[0], MAX_WINDOWS, (len(answer) - 32) // 4)
    return struct.unpack_from(f"<{count}I", answer, 32)


def _pids_of(answer: bytes) -> dict[int, int]:
    """XResQueryClientIds': the first number of each client → its process."""
    found: dict[int, int] = {}
    if answer[0] != 1:
        return found
    at = 32
    for _ in range(struct.unpack_from("<I", answer, 8)[0]):
        if at + 16 > len(answer):
            break
        client, kind, length, pid = struct.unpack_from("<IIII", answer, at)
        if kind == _PID and length == 4:
            found[client] = pid
        at += 12 + length
    return found
