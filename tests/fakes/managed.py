"""A program with an ordinary window of one colour, which a window manager looks after. It ends on the key q.

``managed.py COLOUR FIFO``: the keys that it hears go to the pipe, a line each, as the painter's do; and once, what it
was told of its display: ``frame LEFT RIGHT TOP BOTTOM``, ``resources …`` and ``scale …``.
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
        background_pixel=COLOURS[sys.argv[1]], event_mask=X.KeyPressMask | X.KeyReleaseMask | X.PropertyChangeMask,
    )  # fmt: skip
    extents, delete = shown.intern_atom("_NET_FRAME_EXTENTS"), shown.intern_atom("WM_DELETE_WINDOW")
    window.set_wm_protocols([delete])
    window.set_wm_name("Pay here now")
    window.map()
    shown.sync()
    notes = os.open(sys.argv[2], os.O_RDWR)
    resources = root.get_full_property(shown.intern_atom("RESOURCE_MANAGER"), X.AnyPropertyType)
    os.write(notes, b"resources " + bytes(resources.value).replace(b"\n", b" ") + b"\n" if resources else b"")
    os.write(notes, f"scale {os.environ.get('QT_SCALE_FACTOR')} {os.environ.get('GDK_SCALE')}\n".encode())
    while True:
        event = shown.next_event()
        if event.type == X.ClientMessage and event.data[1][0] == delete:
            sys.exit()
        if event.type == X.PropertyNotify and event.atom == extents:
            frame = window.get_full_property(extents, X.AnyPropertyType)
            os.write(notes, b"frame " + b" ".join(b"%d" % side for side in frame.value) + b"\n" if frame else b"")
        if event.type in (X.KeyPress, X.KeyRelease):
            os.write(notes, f"{'+' if event.type == X.KeyPress else '-'}{event.detail} {event.state}\n".encode())
            if event.type == X.KeyRelease and shown.keycode_to_keysym(event.detail, 0) == XK.XK_q:
                sys.exit()
