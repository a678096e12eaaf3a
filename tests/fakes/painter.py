"""A program in a workspace: fills the display with its person's colour and writes down every key that it hears.

``painter.py LOGIN FOLDER``: keys go to ``FOLDER``/LOGIN.keys` if it can be written there, and into the window's title.
"""

import os
import sys

from Xlib import X, display

COLOURS = {"ada": 0xC02020, "ben": 0x20C020, "cleo": 0x2020C0, "dan": 0xC0C020, "eve": 0xC020C0, "fay": 0x20C0C0}


def main(login: str, pipe: str) -> None:
    """Until the display is gone."""
    shown = display.Display()
    root = shown.screen().root
    size = root.get_geometry()
    window = root.create_window(
        0,
        0,
        size.width,
        size.height,
        0,
        X.CopyFromParent,
        background_pixel=COLOURS[login],
        override_redirect=1,
        event_mask=X.KeyPressMask | X.KeyReleaseMask | X.StructureNotifyMask,
    )
    root.change_attributes(event_mask=X.StructureNotifyMask)
    window.map()
    shown.sync()
    window.set_input_focus(X.RevertToParent, X.CurrentTime)
    shown.sync()
    notes = os.open(pipe, os.O_WRONLY) if pipe else 2
    while True:
        event = shown.next_event()
        if event.type in (X.KeyPress, X.KeyRelease):
            os.write(
                notes, f"{login} {'+' if event.type == X.KeyPress else '-'}{event.detail} {event.state}\n".encode()
            )
        elif event.type == X.ConfigureNotify and event.window == root:
            window.configure(width=event.width, height=event.height)
            shown.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
