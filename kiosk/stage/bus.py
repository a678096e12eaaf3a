"""A connection to a message bus that never waits: words go out at once, what comes is told by the loop.

jeepney knows the bytes of D-Bus; the socket is ours, because its own connections wait for answers.
[D-Bus Specification 0.43, "Message Protocol", "Authentication Protocol"]
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import NamedTuple

from jeepney import DBusAddress, HeaderFields, Message, MessageType, Parser, new_method_call
from jeepney.auth import BEGIN, Authenticator

from kiosk.stage.loop import Loop

MAX_MESSAGE = 65536
"""Bytes of a message that anybody we listen to might send."""
MAX_DESCRIPTORS = 16
_INT = memoryview(b"\0" * 4).cast("i")
ITSELF = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")


class BusMessage(NamedTuple):
    """What came. ``answers``: number of the call it answers, 0 for none. ``failed``: the name of its error.

    ``descriptors``: of files, closed after it was heard unless ``keep`` took them.
    """

    sender: str
    path: str
    name: str
    body: tuple[object, ...]
    answers: int
    failed: str
    descriptors: list[int]

    def keep(self) -> int:
        """Its only descriptor is the caller's from now on; -1 if it has none."""
        return self.descriptors.pop(0) if self.descriptors else -1


class Bus:
    """``ready()`` once words may be sent, ``heard(word)`` for each that comes, ``lost()`` once when it is over.

    ``path``: of its socket; a leading NUL for an abstract one. Raises ``OSError`` if nobody listens there.
    """

    def __init__(
        self,
        loop: Loop,
        path: str,
        ready: Callable[[], None],
        heard: Callable[[BusMessage], None],
        lost: Callable[[], None],
    ) -> None:
        self._loop, self._ready, self._heard, self._lost = loop, ready, heard, lost
        self._greeting = Authenticator(enable_fds=True)
        self._parser = Parser()
        self._descriptors: list[int] = []
        self._serial = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            self._socket.connect(path)
            self._socket.send(self._greeting.data_to_send() or b"")
        except OSError:
            self._socket.close()
            raise
        loop.watch(self._socket.fileno(), self._readable)

    def call(self, whom: DBusAddress, method: str, signature: str | None = None, body: tuple[object, ...] = ()) -> int:
        """Ask; the number by which the answer says what it answers."""
        self._serial += 1
        packet = new_method_call(whom, method, signature, body).serialise(self._serial)
        try:
            whole = self._socket.send(packet) == len(packet)
        except OSError:
            whole = False
        if not whole:  # it does not read any more
            self._loop.after(0, "bus", self._end)
        return self._serial

    def close(self) -> None:
        """No more of it; ``lost`` is not called."""
        self._loop.cancel("bus")
        if self._socket.fileno() >= 0:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()

    def _end(self) -> None:
        self.close()
        self._lost()

    def _readable(self) -> None:
        word = None
        try:
            if self._greeting.authenticated:
                word = self._next_word()
            else:
                self._greet()
        except BlockingIOError:
            return
        except Exception:
            # Whatever another program sends us, or jeepney makes of it: it must not end the stage.
            self._end()
            return
        if word is not None:
            self._heard(word)
            _close(word.descriptors)

    def _greet(self) -> None:
        self._greeting.feed(self._received(4096))
        if not self._greeting.authenticated:
            self._socket.send(self._greeting.data_to_send() or b"")
            return
        self._socket.send(BEGIN)
        self.call(ITSELF, "Hello")
        self._ready()

    def _next_word(self) -> BusMessage | None:
        """One message at most: no more bytes than of one are asked for, so its descriptors are all that came."""
        wanted = self._parser.bytes_desired()
        if wanted > MAX_MESSAGE:
            raise OSError
        self._parser.add_data(self._received(wanted))
        self._parser.fds = list(self._descriptors)
        message = self._parser.get_next_message()
        if message is None:
            return None
        mine, self._descriptors = self._descriptors, []
        return _word(message, mine)

    def _received(self, size: int) -> bytes:
        # socket.recv_fds forgets its flags (Python 3.11), and a workspace would inherit what logind lent us.
        workspace = socket.CMSG_SPACE(MAX_DESCRIPTORS * _INT.itemsize)
        piece, extras, _, _ = self._socket.recvmsg(size, workspace, socket.MSG_CMSG_CLOEXEC)
        for level, kind, data in extras:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                self._descriptors += memoryview(data[: len(data) // _INT.itemsize * _INT.itemsize]).cast("i").tolist()
        if not piece:
            raise OSError
        return piece


def _word(message: Message, descriptors: list[int]) -> BusMessage:
    fields, kind = message.header.fields, message.header.message_type
    return BusMessage(
        sender=fields.get(HeaderFields.sender, ""),
        path=fields.get(HeaderFields.path, ""),
        name=fields.get(HeaderFields.member, "") if kind == MessageType.signal else "",
        body=message.body,
        answers=fields.get(HeaderFields.reply_serial, 0),
        failed=fields.get(HeaderFields.error_name, "") if kind == MessageType.error else "",
        descriptors=descriptors,
    )


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
