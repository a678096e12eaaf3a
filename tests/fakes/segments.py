"""A program in a workspace that shares memory with its X server as a browser does, and reaches for that of others.

``segments.py FIFO SECRET [NUMBER…]``: writes what came of it as JSON. ``SECRET``: what its own segment holds, none for
``-``; the numbers: segments that are another workspace's.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.shmat.restype = ctypes.c_void_p
LIBC.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
SIZE = 4096
CREATE, PRIVATE, READ_ONLY = 0o1000, 0, 0o10000
NOT_ATTACHED = ctypes.c_void_p(-1).value
KERNEL = [f"/proc/sys/kernel/{name}" for name in ("core_pattern", "modprobe", "shmall", "msgmni", "sem", "hostname")]
PIECE, HOARD = 16 << 20, 512 << 20
NEAR = 64
"""The kernel gives small numbers first."""


class Segment(ctypes.Structure):
    """XShmSegmentInfo."""

    _fields_ = [("seg", ctypes.c_ulong), ("number", ctypes.c_int), ("at", ctypes.c_void_p), ("ro", ctypes.c_int)]


class Server:
    """Our own."""

    def __init__(self) -> None:
        self._x, self._shm = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXext.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(None))
        self._errors: list[int] = []
        handler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._handler = handler(self._refused)
        self._x.XSetErrorHandler(self._handler)

    def _refused(self, *_: object) -> int:
        self._errors.append(1)
        return 0

    def attaches(self, number: int) -> bool:
        """Whether it opens that segment for us."""
        before = len(self._errors)
        if not self._shm.XShmQueryExtension(self._display):
            return False
        asked = Segment(0, number, None, 1)
        self._shm.XShmAttach(self._display, ctypes.byref(asked))
        self._x.XSync(self._display, 0)
        return len(self._errors) == before


def read(number: int) -> str:
    """What the segment of that number begins with, as far as it is ours to see."""
    at = LIBC.shmat(number, None, READ_ONLY)
    if at == NOT_ATTACHED:
        return ""
    found = ctypes.string_at(at, SIZE).rstrip(b"\0").decode("latin-1")
    LIBC.shmdt(ctypes.c_void_p(at))
    return found


def made(secret: str, mode: int) -> int:
    number = int(LIBC.shmget(PRIVATE, SIZE, CREATE | mode))
    at = LIBC.shmat(number, None, 0)
    ctypes.memmove(at, secret.encode(), len(secret))
    return number


def opens(path: str) -> bool:
    """Whether it could be written to; nothing is."""
    try:
        os.close(os.open(path, os.O_WRONLY))
    except OSError:
        return False
    return True


def main(pipe: str, secret: str, *others: str) -> None:
    own = Server()
    numbers = [int(word) for word in others]
    told: dict[str, object] = {
        "theirs read": [read(number) for number in numbers],
        "theirs attached": [own.attaches(number) for number in numbers],
        "found": [seen for number in range(NEAR) if (seen := read(number))],
    }
    if secret != "-":
        # For everybody's eyes, and for its own alone, as Chromium's are.
        mine = [made(secret, 0o666), made(secret, 0o600)]
        told |= {"own": mine, "own attached": [own.attaches(number) for number in mine]}
    # Last of all: it leaves no room.
    hoard = 0
    while hoard < HOARD and LIBC.shmget(PRIVATE, PIECE, CREATE | 0o600) >= 0:
        hoard += PIECE
    told |= {"hoard": hoard, "queues": sum(LIBC.msgget(PRIVATE, CREATE | 0o600) >= 0 for _ in range(200))}
    try:
        Path("/proc/sys/kernel/shmall").write_text("999999999")
        told["raised"] = LIBC.shmget(PRIVATE, PIECE, CREATE | 0o600) >= 0
    except OSError:
        told["raised"] = False
    told["settings"] = [path for path in KERNEL if opens(path)]
    notes = os.open(pipe, os.O_WRONLY)
    os.write(notes, json.dumps(told).encode() + b"\n")
    while True:
        signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)
