"""The host display lets nobody in for being the station's own user, as a workspace's programs are."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from Xlib import X

from kiosk.stage import cookie
from tests.fakes.process_table import until
from tests.fakes.staging import Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
RED = (0xC0, 0x20, 0x20)
SERVER_INTERPRETED = 5
HELLO = b"l\0\x0b\0\0\0\0\0\0\0\0\0"
"""Of a client that shows no cookie."""


@pytest.fixture
def glass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Glass]:
    """A display with a cookie, whose session said ``xhost +si:localuser:…`` as Debian's do."""
    authority, secret = str(tmp_path / "authority"), cookie.new()
    cookie.write(authority, secret, socket.gethostname(), 0)
    monkeypatch.setenv("XAUTHORITY", authority)
    with xvfb(640, 480, "-auth", authority) as name:
        cookie.write(authority, secret, socket.gethostname(), int(name[1:]))
        seen = Glass(name)
        user = f"localuser\0#{os.getuid()}".encode()
        seen.display.change_hosts(X.HostInsert, SERVER_INTERPRETED, list(user))
        seen.display.sync()
        yield seen
        seen.close()


def lets_in(name: str) -> bool:
    """A client without a cookie, at the name that is there whoever's file system it sees."""
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(f"\0/tmp/.X11-unix/X{name[1:]}")
        stranger.sendall(HELLO)
        return stranger.recv(1) == b"\1"


def test_the_station_s_own_user_needs_the_cookie_too(glass: Glass) -> None:
    assert lets_in(glass.name)
    with Staging(glass) as stage:
        stage.greet()
        assert not lets_in(glass.name)
        stage.open(1, "ada")
        until("red", lambda: glass.pixel(320, 240) == RED)
