"""Opening an X display so that nothing is left open where that fails."""

from __future__ import annotations

import socket
from typing import Any


def open_display(name: str | None) -> Any:
    """python-xlib's ``Display(name)``; None for the one that ``DISPLAY`` names. Raises whatever python-xlib does.

    When it cannot connect, or is refused, python-xlib 0.33 leaves the sockets that it tried to the garbage collector:
    they are closed here.
    """
    from Xlib.display import Display

    try:
        return Display(name)
    except Exception as failure:
        _close_sockets(failure)
        raise


def _close_sockets(failure: BaseException | None) -> None:
    """Those in the variables of the functions that ``failure``, or what led to it, came out of."""
    while failure is not None:
        at = failure.__traceback__
        while at is not None:
            known = at.tb_frame.f_locals
            own = getattr(known.get("self"), "__dict__", {})
            for held in (*known.values(), own.get("socket")):
                if isinstance(held, socket.socket):
                    held.close()
            at = at.tb_next
        failure = failure.__context__
