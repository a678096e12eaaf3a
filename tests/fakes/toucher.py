"""A program in a workspace that fills the display with its person's colour and tells where it is touched.

``toucher.py LOGIN FIFO``: a line for each press, ``+X Y``, by the workspace's own coordinates.
"""

import os
import sys

from Xlib import X, display

COLOURS = {"ada": 0xC02020, "ben": 0x20C020}


def main(login: str, pipe: str) -> None:
    """Until the display is gone."""
    shown = display.Display()
    root = shown.screen().root
    size = root.get_geometry()
    window = root.create_window(
        *(0, 0, size.width, size.height, 0, X.CopyFromParent),
        background_pixel=COLOURS[login],
        event_mask=X.ButtonPressMask,
        override_redirect=1,
    )
    window.map()
    shown.flush()
    notes = os.open(pipe, os.O_WRONLY)
    while True:
        event = shown.next_event()
        if event.type == X.ButtonPress:
            os.write(notes, f"+{event.root_x} {event.root_y}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
