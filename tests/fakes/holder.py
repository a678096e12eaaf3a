"""Runs inside a workspace: paints it in ``COLOUR``, takes its whole server (GrabServer) and then does nothing."""

from __future__ import annotations

import sys
import time

from Xlib import X, display


def main(colour: str) -> None:
    own = display.Display()
    width, height = own.screen().width_in_pixels, own.screen().height_in_pixels
    window = own.screen().root.create_window(
        0, 0, width, height, 0, X.CopyFromParent, background_pixel=int(colour, 16), override_redirect=1
    )
    window.map()
    own.sync()
    own.grab_server()
    own.sync()
    time.sleep(1_000_000)  # until it is ended


if __name__ == "__main__":
    main(*sys.argv[1:])
