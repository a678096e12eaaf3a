"""A pcscd that refuses everybody, as Debian 13's does whom polkit does not allow: the answers of the real one.

libpcsclite's protocol (pcsc-lite, ``winscard_msg.h``): a request is its length and its number, 32 bits each in the
machine's order, then a structure; the answer is that structure with its last word, the return code, filled in.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CMD_ESTABLISH_CONTEXT = 0x01
CMD_VERSION = 0x11
SECURITY_VIOLATION = 0x8010006A
SUCCESS = 0


@contextmanager
def refusing_pcscd(path: Path) -> Iterator[None]:
    """Listens at ``path``, where nobody may listen now, until the block is left."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(path))
        door.listen()
        server = threading.Thread(target=_serve, args=(door,), name="refusing pcscd")
        server.start()
        try:
            yield
        finally:
            door.shutdown(socket.SHUT_RDWR)
            server.join()
            path.unlink()


@contextmanager
def dying_pcscd(path: Path) -> Iterator[None]:
    """Listens at ``path``, and dies as the first one connects: its socket file stays behind, and nobody answers."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(str(path))
    door.listen()

    def die() -> None:
        client, _ = door.accept()
        door.close()
        client.close()

    server = threading.Thread(target=die, name="dying pcscd")
    server.start()
    try:
        yield
    finally:
        server.join()
        path.unlink()


def _serve(door: socket.socket) -> None:
    with suppress(OSError):
        while True:
            client, _ = door.accept()
            with client, suppress(ConnectionError):
                while request := client.recv(8, socket.MSG_WAITALL):
                    length, command = struct.unpack("=II", request)
                    body = client.recv(length, socket.MSG_WAITALL)
                    code = SUCCESS if command == CMD_VERSION else SECURITY_VIOLATION
                    client.sendall(body[:-4] + struct.pack("=I", code))
