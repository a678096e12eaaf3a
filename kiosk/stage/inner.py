"""The stage's own word with a nested server: lets go of held keys, says where the monitors are, and never waits.

A key that is down when its workspace is hidden would stay down there: the release goes to whoever has the keyboard
next. And the nested screen spans all monitors: its programs are told where one ends, so that a maximised window fills
one. A library's connection would wait for answers, and a program inside may hold its server as long as it likes; so
this asks, and goes on when the answer comes. [X Window System Protocol, X11R7.7; XTEST 2.2; RandR 1.5, RRSetMonitor]
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

from kiosk.stage.display_connection import DisplayConnection
from kiosk.stage.host import Area
from kiosk.stage.loop import Loop

_QUERY_KEYMAP = struct.pack("<BxH", 44, 1)
_GRAB_SERVER, _UNGRAB_SERVER = struct.pack("<BxH", 36, 1), struct.pack("<BxH", 37, 1)
_GET_INPUT_FOCUS = struct.pack("<BxH", 43, 1)
_NO_OPERATION = struct.pack("<BxH", 127, 1)
_KEYMAP = 40
"""Bytes of QueryKeymap's answer; GetInputFocus has 32."""
_PEER = struct.Struct("3i")
_KEY_RELEASE, _DEVICE_BUTTON_RELEASE = 3, 4
"""An event of the core, and the number of one of XInput's."""
_FIRST_EVENT = 10
"""Where QueryExtension's answer says it."""
_MOUSE = 7
"""The server's own devices are 2 to 5; Xephyr adds its keyboard and then this. A button stays down as long as the
device that pressed it holds it: XTEST's own pointer cannot let go for it."""
_BUTTONS = range(1, 10)
_SCREEN_RESOURCES, _SET_OUTPUT_PRIMARY, _SET_MONITOR, _DELETE_MONITOR = 8, 30, 43, 44
_SEND_EVENT, _CLIENT_MESSAGE = 25, 33
_CHANGE_PROPERTY, _STRING = 18, 31
_CORE = 0x100
_SUBSTRUCTURE = 1 << 19 | 1 << 20
_MAX_MONITORS = 8
"""That programs are told of. More than these are left to themselves."""
_GENERATIONS = 8
"""Sets of names for them. A program that is slow may sleep through some changes, and must not find old names again."""
_MILLIMETRES = 25.4 / 96


class Inner(DisplayConnection):
    """A connection to the server whose socket is ``path``. Raises ``NestedUnreachableError``."""

    def __init__(self, loop: Loop, path: str, cookie: bytes) -> None:
        self._got = b""
        self._answers = False
        super().__init__(loop, path, cookie)

    def _make_known(self) -> None:
        self._xtest = self._opcode_of(b"XTEST")
        self._button_release = self._opcode_of(b"XInputExtension", _FIRST_EVENT) + _DEVICE_BUTTON_RELEASE
        self._randr = self._opcode_of(b"RANDR")
        self._outputs = self._outputs_of_randr()
        self._xkb = self._opcode_of(b"XKEYBOARD")
        self._use_xkb()
        self._rules = self._atom(b"_XKB_RULES_NAMES")
        self._desktops = self._atom(b"_NET_NUMBER_OF_DESKTOPS")
        self._names = [self._atoms_of(generation) for generation in range(_GENERATIONS)]

    def release_keys(self) -> None:
        """Let go of all that is held: of buttons now, of keys when it has said which. Returns at once."""
        buttons = [self._fake(self._button_release, button, _MOUSE) for button in _BUTTONS]
        self._say(b"".join(buttons) + _QUERY_KEYMAP)

    def nudge(self) -> None:
        """Wake it, for nothing. Xephyr sometimes takes a key or a touch that comes while it paints, and then sleeps
        over it until anything else happens; whatever a client asks is such a thing.
        """
        self._say(_NO_OPERATION)

    @property
    def pid(self) -> int:
        """Whoever listens there: the server itself, under whatever it was started."""
        peer = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        return int(_PEER.unpack(peer)[0])

    def answered(self) -> bool:
        """Whether anything was heard since the last time this was called; asks for the next answer. Never waits."""
        heard, self._answers = self._answers, False
        self._say(_GET_INPUT_FOCUS)
        return heard

    def set_monitors(self, areas: Sequence[Area]) -> None:
        """Where the monitors are inside, the primary first. One alone needs no word: it is the whole screen."""
        told = areas[:_MAX_MONITORS] if len(areas) > 1 else []
        # New names each time: one that is there cannot be set again, and Qt looks at a monitor anew only by its name.
        before = self._names[0]
        self._names.append(self._names.pop(0))
        requests = [self._monitor(*pair) for pair in enumerate(told)]
        # Those that are not there cannot be deleted; that error does not matter.
        requests += [struct.pack("<BBHII", self._randr, _DELETE_MONITOR, 3, self._root, name) for name in before]
        # Programs are not told of monitors that were set, but of another primary output; then they look again.
        for output in (0, *self._outputs[:1]):
            requests.append(struct.pack("<BBHII", self._randr, _SET_OUTPUT_PRIMARY, 3, self._root, output))
        # Between the two grabs nobody sees a moment without monitors, in which windows would go astray.
        self._say(b"".join([_GRAB_SERVER, *requests, _UNGRAB_SERVER, self._tell_manager()]))

    def set_layout_names(self, names: bytes) -> None:
        """What programs are told of the keyboard, as in the host's property. Never waits."""
        padded = names + b"\0" * (-len(names) % 4)
        head = (_CHANGE_PROPERTY, 0, 6 + len(padded) // 4, self._root, self._rules, _STRING, 8, len(names))
        self._say(struct.pack("<BBHIIIB3xI", *head) + padded)

    def set_locks(self, locked: int, group: int) -> None:
        """XkbLatchLockState: ``locked`` modifiers and no others, the layout's ``group``. Never waits."""
        self._say(struct.pack("<BBHHBBBB6x", self._xkb, 5, 4, _CORE, 0xFF, locked, 1, group))

    def _use_xkb(self) -> None:
        """XkbUseExtension, 1.0."""
        self._socket.sendall(struct.pack("<BBHHH", self._xkb, 0, 2, 1, 0))
        self._read(32)

    def _answered(self) -> None:
        """Only answers to QueryKeymap and GetInputFocus come here, and events that concern everybody (32 bytes)."""
        piece = self._piece()
        if not piece:
            return
        self._got += piece
        self._answers = True
        while len(self._got) >= 32:
            is_reply = self._got[0] == 1
            length = 32 + 4 * struct.unpack_from("<I", self._got, 4)[0] if is_reply else 32
            if len(self._got) < length:
                return
            if is_reply and length == _KEYMAP:
                self._let_go(self._got[8:40])
            self._got = self._got[length:]

    def _let_go(self, pressed: bytes) -> None:
        held = [code for code in range(8, 256) if pressed[code // 8] >> code % 8 & 1]
        self._say(b"".join(self._fake(_KEY_RELEASE, code) for code in held))

    def _fake(self, kind: int, detail: int, device: int = 0) -> bytes:
        """XTestFakeInput."""
        return struct.pack("<BBHBB2xII8xHH7xB", self._xtest, 2, 9, kind, detail, 0, 0, 0, 0, device)

    def _monitor(self, index: int, area: Area) -> bytes:
        """RRSetMonitor. The first stands for every output, so that none of them makes a monitor of the whole screen."""
        outputs = self._outputs if index == 0 else ()
        width, height = round(area.width * _MILLIMETRES), round(area.height * _MILLIMETRES)
        return struct.pack(
            f"<BBHIIBBHhhHHII{len(outputs)}I",
            *(self._randr, _SET_MONITOR, 8 + len(outputs), self._root, self._names[0][index]),
            *(index == 0, False, len(outputs), *area, width, height, *outputs),
        )

    def _tell_manager(self) -> bytes:
        """openbox looks for monitors only when the screen's size changes, or how many desktops it has: so two, and one.

        It then gives every maximised window its new place. [openbox/screen.c; EWMH, _NET_NUMBER_OF_DESKTOPS]
        """
        words = (
            struct.pack("<BBHII5I", _CLIENT_MESSAGE, 32, 0, self._root, self._desktops, n, 0, 0, 0, 0) for n in (2, 1)
        )
        send = struct.pack("<BBHII", _SEND_EVENT, 0, 11, self._root, _SUBSTRUCTURE)
        return b"".join(send + word for word in words)

    def _atoms_of(self, generation: int) -> list[int]:
        """Names of the monitors."""
        return [self._atom(f"kiosk-{number}-{generation}".encode()) for number in range(_MAX_MONITORS)]

    def _outputs_of_randr(self) -> tuple[int, ...]:
        # A client that has not said which version it knows gets none of its notifications, and needs none.
        self._socket.sendall(struct.pack("<BBHI", self._randr, _SCREEN_RESOURCES, 2, self._root))
        answer = self._read(32)
        rest = self._read(4 * struct.unpack_from("<I", answer, 4)[0])
        crtcs, outputs = struct.unpack_from("<HH", answer, 16)
        return struct.unpack_from(f"<{outputs}I", rest, 4 * crtcs)
