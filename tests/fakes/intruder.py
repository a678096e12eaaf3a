"""A hostile program in a workspace that reaches for what its X server and its kernel could do for it on the host.

``intruder.py LOGIN FIFO SEGMENT KEYRING``: number of a shared memory segment and serial of a keyring of the host's.
Writes what came of it as JSON, and then every touch.
"""

import ctypes
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from Xlib import X, display, error
from Xlib.protocol import rq

COLOURS = {"ada": 0xC02020, "ben": 0x20C020}


class Attach(rq.Request):  # type: ignore[misc]
    """ShmAttach of MIT-SHM 1.1: the segment is said by its number."""

    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(1), rq.RequestLength(), rq.Card32("seg"), rq.Card32("shmid"), rq.Card32("ro")
    )


def attaches(own: display.Display, segment: int) -> bool:
    shm = own.query_extension("MIT-SHM")
    if shm is None or not shm.present:
        return False
    refused = error.CatchError()
    inner = own.display
    number = inner.allocate_resource_id()
    Attach(display=inner, onerror=refused, opcode=shm.major_opcode, seg=number, shmid=segment, ro=1)
    own.sync()
    return refused.get_error() is None


def opened_again() -> list[str]:
    """Files of the host that a process of this workspace holds open."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            for name in folder.iterdir():
                held = str(name.readlink())
                if held.startswith("/") and not held.startswith(("/dev/", "/home/", "/proc/")):
                    os.close(os.open(name, os.O_RDONLY))
                    found.add(held)
    return sorted(found)


def boundless() -> list[str]:
    """File systems in memory that it may write to, and that end only where the machine's memory does."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, kind = line.partition(" - ")
        where, how = mount.split()[4:6]
        if kind.startswith("tmpfs ") and how.startswith("rw") and "size=" not in kind:
            found.append(where)
    return found


def main(login: str, pipe: str, segment: str, keyring: str) -> None:
    own = display.Display()
    kernel = ctypes.CDLL(None).syscall
    told = {
        "attached": attaches(own, int(segment)),
        "files": opened_again(),
        "boundless": boundless(),
        "keys read": kernel(250, 11, ctypes.c_long(int(keyring)), ctypes.create_string_buffer(64), 64) >= 0,
        "keys kept": kernel(248, b"user", b"kiosk-test-left", b"by " + login.encode(), 4, -4) >= 0,
    }
    notes = os.open(pipe, os.O_WRONLY)
    os.write(notes, json.dumps(told).encode() + b"\n")
    window = own.screen().root.create_window(
        0, 0, 4096, 4096, 0, X.CopyFromParent, background_pixel=COLOURS[login], override_redirect=1,
        event_mask=X.ButtonPressMask,
    )  # fmt: skip
    window.map()
    while True:
        event = own.next_event()
        if event.type == X.ButtonPress:
            os.write(notes, f"{event.root_x} {event.root_y}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
