"""A program in a person's workspace that wants what they type: writes down every key, rings and goes away as told.

``hostile_program.py FOLDER LOGIN``: named pipes ``LOGIN.do`` (a line of JSON an order), ``LOGIN.keys`` (a line a key)
and ``LOGIN.said`` (a line of JSON an answer) in FOLDER. Orders: ``ask`` with a ``request``; ``close`` the line of the
last one; ``end`` itself; ``post`` the ``request`` to the web doorbell at ``port`` as a page of ``origin``.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from Xlib import X, Xatom, display

COLOUR = 0xB05010


def main(folder: Path, login: str) -> None:
    """Until the display is gone."""
    keys = os.open(folder / f"{login}.keys", os.O_WRONLY)
    threading.Thread(target=obey, args=(folder, login), daemon=True).start()
    shown = display.Display()
    window = fill(shown)
    while True:
        event = shown.next_event()
        if event.type in (X.KeyPress, X.KeyRelease):
            os.write(keys, f"{'+' if event.type == X.KeyPress else '-'}{event.detail}\n".encode())
        elif event.type == X.FocusOut and event.mode == X.NotifyNormal and os.environ.get("KIOSK_LOGIN"):
            # A window manager that is still beginning takes the keyboard to itself; nested, no other has it to give.
            window.set_input_focus(X.RevertToParent, X.CurrentTime)
            shown.flush()


def fill(shown: Any) -> Any:
    """One window over the whole display, which listens."""
    screen = shown.screen()
    window = screen.root.create_window(
        *(0, 0, screen.width_in_pixels, screen.height_in_pixels, 0, screen.root_depth, X.CopyFromParent),
        background_pixel=COLOUR,
        event_mask=X.KeyPressMask | X.KeyReleaseMask | X.FocusChangeMask,
        override_redirect=1,
    )
    window.change_property(shown.intern_atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [os.getpid()])
    window.map()
    shown.sync()
    if os.environ.get("KIOSK_LOGIN"):
        window.set_input_focus(X.RevertToParent, X.CurrentTime)
        shown.sync()
    return window


def obey(folder: Path, login: str) -> None:
    """What the test orders, line by line."""
    line: socket.socket | None = None
    said = os.open(folder / f"{login}.said", os.O_WRONLY)
    for order in (folder / f"{login}.do").open():
        told = json.loads(order)
        if told["do"] == "end":
            os._exit(0)
        elif told["do"] == "close" and line is not None:
            line.shutdown(socket.SHUT_RDWR)
            line.close()
            line = None
        elif told["do"] in ("ask", "post"):
            line = ring(told["request"]) if told["do"] == "ask" else post(told)
            threading.Thread(target=hear, args=(line, said), daemon=True).start()


def ring(request: dict[str, Any]) -> socket.socket:
    """At this workspace's own doorbell."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.connect(os.environ["KIOSK_DOORBELL"])
    line.sendall(json.dumps({"op": "step_up", **request}).encode() + b"\n")
    return line


def post(told: dict[str, Any]) -> socket.socket:
    """As a browser does for a page."""
    body = json.dumps(told["request"]).encode()
    line = socket.create_connection(("127.0.0.1", told["port"]))
    head = f"POST /step-up HTTP/1.1\r\nHost: 127.0.0.1:{told['port']}\r\nOrigin: {told['origin']}\r\n"
    line.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return line


def hear(line: socket.socket, said: int) -> None:
    """The answer, if one comes."""
    got = b""
    try:
        while piece := line.recv(65536):
            got += piece
    except OSError:
        return
    if got:
        os.write(said, got.rpartition(b"\r\n")[2].strip() + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
