"""A person's program for the stories: paints its window, and rings the doorbell whenever it is told to.

``workspace_program.py FOLDER LOGIN``: reads lines of JSON from the pipe ``FOLDER/LOGIN.pipe``; each names a ``request``
for ``kiosk step-up``, or other ``words`` of ours, and a file for its exit status and answer. Runs in the workspace, so
the agent knows whose it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from Xlib import X, Xatom, display

RED = 0xC01030


def paint() -> display.Display:
    """One red window over the whole screen; it stays as long as the connection."""
    shown = display.Display()
    screen = shown.screen()
    size = screen.width_in_pixels, screen.height_in_pixels
    window = screen.root.create_window(0, 0, *size, 0, screen.root_depth, X.CopyFromParent, background_pixel=RED)
    window.change_property(shown.intern_atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [os.getpid()])
    window.map()
    shown.sync()
    return shown


def serve(pipe: Path) -> None:
    """Ask as told, until this process is ended."""
    while True:
        for line in pipe.read_text().splitlines():
            told = json.loads(line)
            words = [sys.executable, "-m", "kiosk", *told.get("words", ("step-up", "--request", "-", "--json"))]
            done = subprocess.run(words, input=json.dumps(told["request"]), capture_output=True, text=True, check=False)
            answer = Path(told["answer"])
            answer.with_suffix(".new").write_text(f"{done.returncode}\n{done.stdout}")
            answer.with_suffix(".new").rename(answer)


if __name__ == "__main__":
    window = paint()
    path = Path(sys.argv[1]) / f"{sys.argv[2]}.pipe"
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    serve(path)
