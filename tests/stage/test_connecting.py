"""A display that cannot be opened leaves no socket behind, whatever Python this is."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kiosk.stage import cookie
from kiosk.stage.connecting import open_display
from tests.fakes.visible_display import xvfb

pytestmark = pytest.mark.display


def sockets() -> set[str]:
    """This process's own, open now."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue  # the one that this loop reads
        if target.startswith("socket:"):
            found.add(target)
    return found


def refused(name: str) -> Exception:
    with pytest.raises(Exception, match=r"Can't connect|uthorization") as caught:  # python-xlib's own, its socket's
        open_display(name)
    return caught.value


def test_nobody_listens_there() -> None:
    before = sockets()
    kept = refused(":4711")  # as long as it is, so are the variables that hold the sockets
    assert sockets() == before
    del kept


def test_the_server_wants_a_cookie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = tmp_path / "authority"
    secret = cookie.new()
    cookie.write(str(authority), secret, socket.gethostname(), 0)
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
    with xvfb(640, 480, "-auth", str(authority)) as display:
        before = sockets()
        kept = refused(display)
        assert sockets() == before
        cookie.write(str(authority), secret, socket.gethostname(), int(display.removeprefix(":")))
        monkeypatch.setenv("XAUTHORITY", str(authority))
        open_display(display).close()
    del kept
