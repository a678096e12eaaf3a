"""A program with an ordinary window of one colour, which a window manager looks after. It ends on the key q.

``managed.py COLOUR FIFO``: the keys that it hears go to the pipe, a line each, as the painter's do.
"""

import os
import sys

from Xlib import XK, X, display

COLOURS = {"red": 0xC02020, "green": 0x20C020}

if __name__ == "__main__":
    shown = display.Display()
    root = shown.screen().root
    size = root.get_geometry()
    window = root.create_window(
        0, 0, size.width, size.height - 100, 0, X.CopyFromParent,
        background_pixel=COLOURS[sys.argv[1]], event_mask=X.KeyPressMask | X.KeyReleaseMask,
    )  # fmt: skip
    window.set_wm_name("Pay here now")
    window.map()
    shown.sync()
    notes = os.open(sys.argv[2], os.O_RDWR)
    while True:
        event = shown.next_event()
        if event.type in (X.KeyPress, X.KeyRelease):
            os.write(notes, f"{'+' if event.type == X.KeyPress else '-'}{event.detail} {event.state}\n".encode())
            if event.type == X.KeyRelease and shown.keycode_to_keysym(event.detail, 0) == XK.XK_q:
                sys.exit()
