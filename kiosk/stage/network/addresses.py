"""The station's own addresses, and a sign when they are others: the kernel's word, by netlink. [rtnetlink(7)]"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

from kiosk.stage.loop import Loop

_NEW_ADDRESS, _GET_ADDRESS, _DONE, _ERROR = 20, 22, 3, 2
_REQUEST_ALL = 0x301
"""NLM_F_REQUEST and NLM_F_DUMP."""
_IPV4_CHANGES, _IPV6_CHANGES = 0x10, 0x100
_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_ADDRESS_OF_PEER, _ADDRESS_OF_OURS = 1, 2
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_BYTES = 65536
_SECONDS = 1.0


def own_addresses() -> list[str]:
    """Of every interface, without those of loopback. Raises ``OSError``."""
    found: set[str] = set()
    with open_line(0) as line:
        line.settimeout(_SECONDS)
        asked = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        line.send(_HEADER.pack(_HEADER.size + len(asked), _GET_ADDRESS, _REQUEST_ALL, 1, 0) + asked)
        while _more(line.recv(_BYTES), found):
            pass
    return sorted(address for address in found if not address.startswith("127.") and address != "::1")


def _more(answer: bytes, found: set[str]) -> bool:
    """Read one packet of the answer; whether another follows. Raises ``OSError``."""
    at = 0
    while at + _HEADER.size <= len(answer):
        length, kind, *_ = _HEADER.unpack_from(answer, at)
        if kind == _DONE:
            return False
        if kind == _ERROR or length < _HEADER.size:
            raise OSError(0, "the kernel does not say which addresses this machine has")
        if kind == _NEW_ADDRESS:
            _read(answer[at + _HEADER.size : at + length], found)
        at += (length + 3) & ~3
    return True


def _read(said: bytes, found: set[str]) -> None:
    family = _ADDRESS.unpack_from(said)[0]
    at = _ADDRESS.size
    while family in _FAMILIES and at + _ATTRIBUTE.size <= len(said):
        length, kind = _ATTRIBUTE.unpack_from(said, at)
        if kind in (_ADDRESS_OF_PEER, _ADDRESS_OF_OURS):  # the same, but for a line between two
            found.add(socket.inet_ntop(family, said[at + _ATTRIBUTE.size : at + length]))
        at += max(_ATTRIBUTE.size, (length + 3) & ~3)


class AddressWatch:
    """``changed()`` from the loop, after an address came or went. Raises ``OSError``."""

    def __init__(self, loop: Loop, changed: Callable[[], None]) -> None:
        self._loop, self._changed = loop, changed
        self._line = open_line(_IPV4_CHANGES | _IPV6_CHANGES)
        self._line.setblocking(False)
        loop.watch(self._line.fileno(), self._heard)

    def _heard(self) -> None:
        try:
            while self._line.recv(_BYTES):
                pass
        except OSError:  # all are read; or there were more than it holds, which says the same
            pass
        self._changed()

    def close(self) -> None:
        """No more signs."""
        self._loop.forget(self._line.fileno())
        self._line.close()


def open_line(groups: int) -> socket.socket:
    line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    try:
        line.bind((0, groups))
    except OSError:
        line.close()
        raise
    return line
