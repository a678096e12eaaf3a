"""Whoever opens the host display must show its cookie: nobody is let in for being the station's own user.

Debian's sessions add that user to the display's list (``xhost +si:localuser:…``), and a workspace's programs are that
user. They see no socket of the host's, but with the machine's network they reach its abstract name. [Xsecurity(7),
X Window System Protocol, ChangeHosts]
"""

from __future__ import annotations

import os
from typing import Any

from Xlib import X, error
from Xlib.protocol import rq

from kiosk.stage.connecting import open_display


class _ChangeHosts(rq.Request):  # type: ignore[misc]
    """As of the protocol; the library's own does not know every family."""

    _request = rq.Struct(
        *(rq.Opcode(109), rq.Card8("mode"), rq.RequestLength(), rq.Card8("family"), rq.Pad(1), rq.LengthOf("host", 2)),
        rq.List("host", rq.Card8Obj),
    )


def clear(host: Any, name: str) -> bool:
    """Empty the list of ``host``, a connection to ``name``. Whether there was anybody on it.

    Left as it was if there is no cookie, or if it does not let us in.
    """
    authority = os.environ.get("XAUTHORITY") or os.path.expanduser("~/.Xauthority")
    if not os.path.exists(authority):
        return False
    guests = host.list_hosts().hosts
    host.set_access_control(X.EnableAccess)
    _change(host, X.HostDelete, guests)
    try:
        open_display(name).close()
    except (error.DisplayError, OSError):
        _change(host, X.HostInsert, guests)
        return False
    return bool(guests)


def _change(host: Any, mode: int, guests: list[Any]) -> None:
    for guest in guests:
        _ChangeHosts(display=host.display, mode=mode, family=guest.family, host=list(guest.name))
    host.sync()
