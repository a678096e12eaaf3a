"""What the service tells systemd: a real process, a real datagram socket in systemd's place."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.service.platform import systemd_notify
from tests.fakes import service_process


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def test_a_supervised_service_says_ready_alive_and_stopping(systemd: socket.socket, tmp_path: Path) -> None:
    folder = service_process.make(tmp_path / "data", int(time.time()))
    with service_process.running(folder, anew=True) as process:
        assert {systemd.recv(64), systemd.recv(64)} == {b"READY=1", b"WATCHDOG=1"}
        assert process.stop(signal.SIGTERM)[0] == 0
        assert systemd.recv(64) == b"STOPPING=1"


def test_an_abstract_address_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"kiosk-notify-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        systemd_notify.tell(systemd_notify.ALIVE)
        assert listener.recv(64) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "nowhere", "/nobody/listens/here"])
def test_nobody_to_tell_is_no_trouble(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    systemd_notify.tell(systemd_notify.READY)
