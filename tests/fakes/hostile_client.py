"""A hostile program in a workspace: tries what it must not be able to do, and writes what came of it as JSON.

``hostile_client.py LOGIN FIFO HOST_DISPLAY PATH…``: the paths are those of which it should see nothing.
"""

import json
import os
import socket
import sys
import time

from Xlib import X, display

SELECTIONS = ("PRIMARY", "CLIPBOARD")
COLOURS = {"ada": 0xC02020, "ben": 0x20C020}


def reaches(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
        try:
            tried.connect(address)
        except OSError:
            return False
        return True


def opens(name: str) -> bool:
    try:
        display.Display(name).close()
    except Exception:
        return False
    return True


def owned(own: display.Display) -> list[str]:
    """Which selections somebody holds whose text could be pasted here."""
    return [name for name in SELECTIONS if own.get_selection_owner(own.intern_atom(name)) != X.NONE]


def has_network() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        try:
            tried.connect(("192.0.2.1", 9))
        except OSError:
            return False
        return True


def main(login: str, pipe: str, host: str, *paths: str) -> None:
    """Ask, tell, then draw and look at the screen for ever, telling every colour that was never seen before."""
    number = host.removeprefix(":")
    own = display.Display()
    width, height = own.screen().width_in_pixels, own.screen().height_in_pixels
    found = {
        "host": opens(host),
        "abstract": reaches(f"\0/tmp/.X11-unix/X{number}"),
        "sockets": sorted(os.listdir("/tmp/.X11-unix")),
        "seen": [path for path in paths if os.path.exists(path)],
        "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
        "network": has_network(),
        "writable": [path for path in ("/usr", "/etc", "/bin/x", "/opt") if os.access(path, os.W_OK)],
        "environment": sorted(os.environ),
        "homes": os.listdir("/home"),
        "screens": [width, height],
        "clipboards": owned(own),
    }
    notes = os.open(pipe, os.O_WRONLY)
    os.write(notes, json.dumps(found).encode() + b"\n")
    root = own.screen().root
    window = root.create_window(
        0, 0, width, height, 0, X.CopyFromParent, background_pixel=COLOURS[login], override_redirect=1
    )
    window.map()
    for name in SELECTIONS:
        window.set_selection_owner(own.intern_atom(name), X.CurrentTime)
    window.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
    window.grab_pointer(True, X.ButtonPressMask, X.GrabModeAsync, X.GrabModeAsync, 0, 0, X.CurrentTime)
    own.grab_server()
    seen = set()
    while True:
        window.raise_window()
        raw = root.get_image(100, 100, 1, 1, X.ZPixmap, 0xFFFFFFFF).data
        if raw not in seen:
            seen.add(raw)
            os.write(notes, f"{raw[2]:02X}{raw[1]:02X}{raw[0]:02X}\n".encode())
        time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
