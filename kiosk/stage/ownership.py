"""One stage a display: it owns a selection there, as window managers do, and the X server takes that back at its end.

[ICCCM 2.0, section 2.8, Manager Selections; here nobody replaces the owner: a second stage is refused]
"""

from __future__ import annotations

import time
from typing import Any

from Xlib import X

from kiosk.stage.host import HostDisplay, NoDisplayError

NAME = "_KIOSK_STAGE_S0"
_PATIENCE = 3.0
"""Seconds for a stage before us that was killed: the server has yet to notice that its connection ended."""
_LOOK = 0.05


class DisplayTakenError(NoDisplayError):
    """Another stage has the display; the message is a sentence."""


def take(host: HostDisplay) -> Any:
    """The window that owns it for us, as long as this process lives. Raises ``DisplayTakenError``."""
    display: Any = host.display
    atom = display.intern_atom(NAME)
    window = host.root.create_window(-1, -1, 1, 1, 0, X.CopyFromParent, window_class=X.InputOnly, override_redirect=1)
    end = time.monotonic() + _PATIENCE
    while not _taken(display, window, atom):
        if time.monotonic() > end:
            raise DisplayTakenError(
                f"Another stage has the display {host.name!r}. Stop that one first, or give this one another."
            )
        time.sleep(_LOOK)
    return window


def _taken(display: Any, window: Any, atom: int) -> bool:
    """Two that begin at once ask one after the other: nobody comes in between."""
    display.grab_server()
    try:
        free = bool(display.get_selection_owner(atom) == X.NONE)
        if free:
            window.set_selection_owner(atom, X.CurrentTime)
        return free
    finally:
        display.ungrab_server()
        display.sync()
