"""Prepares a workspace's network from within, a process of its own: ``inside RULES PORT``, in a new network namespace.

Rules first, then the doorbell's socket, then word to the stage, with both; there is no way out before that. Then
``cat`` takes this process's place: it is there so that the network has a name (``/proc/PID/ns/net``) for the way out,
and ends with the stage. ``RULES``: a file for ``nft``; empty where there never is a way out. ``PORT``: 0 for none.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import sys

from kiosk.stage.network import addresses

LINE = 3
"""Descriptor of the socket to the stage."""
HERE = b"here"
"""With descriptors: the network itself, news of its routes and, where there is a doorbell, its socket and the kernel's
word on who is at the other end of its connections (sock_diag(7)). The kernel speaks of the network alone in which such
a socket was made."""
MAX_HELD = 4
NFT = "/usr/sbin/nft"
_SETS_FLAGS, _UP_FLAG = 0x8914, 0x1
_INTERFACE = struct.Struct("=16sh22x")
_ROUTES = 0x40 | 0x400
"""RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_ROUTE."""
_NEW_ROUTE, _MAIN_TABLE = 24, 254
_BACKLOG = 128
_SOCK_DIAG = 4


def main(arguments: list[str]) -> int:
    """Exit status 1, with a sentence, where something is missing: then this network stays without a way out."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    rules, port = arguments[0], int(arguments[1])
    line = socket.socket(fileno=LINE)
    try:
        _begin_loopback()
        if rules and os.spawnv(os.P_WAIT, NFT, ["nft", "-f", rules]):  # noqa: S606 # one path, without a shell
            os.write(2, b"stage: nft could not load what may leave a workspace.\n")
            return 1
        held = [os.open("/proc/self/ns/net", os.O_RDONLY), addresses.open_line(_ROUTES).detach()]
        socket.send_fds(line, [HERE], held + (_doorbell(port) if port else []))
    except OSError as error:
        os.write(2, f"stage: A workspace's network could not be prepared: {error.strerror}.\n".encode())
        return 1
    _stay()
    return 0


def _stay() -> None:
    """As little as there is: until the stage closes its end, or has gone."""
    os.dup2(LINE, 0)
    os.execv("/usr/bin/cat", ["cat"])  # noqa: S606 # becomes it


def _begin_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SETS_FLAGS, _INTERFACE.pack(b"lo", _UP_FLAG))


def _doorbell(port: int) -> list[int]:
    """Bound before any program is there, and held by the stage: no program ever has this port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", port))
    listener.listen(_BACKLOG)
    asking = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG)
    return [listener.detach(), asking.detach()]


def is_way_out(packet: bytes) -> bool:
    """Whether news of routes says that there is one to anywhere. [rtnetlink(7): a header, then family, lengths of both
    prefixes, type of service, table]"""
    if len(packet) < 28 or struct.unpack_from("=H", packet, 4)[0] != _NEW_ROUTE:
        return False
    return packet[17] == 0 and packet[20] == _MAIN_TABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
