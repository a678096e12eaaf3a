"""The window on a display and an accessibility bus of its own, and somebody who listens there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.demo.screen import VirtualScreen
from tests.fakes.listener import Listener


class Station:
    """The window on a display of its own, heard by ``listener``."""

    def __init__(self, screen: VirtualScreen, listener: Listener) -> None:
        self.screen, self.listener = screen, listener
        words = [sys.executable, "-m", "tests.fakes.live_window"]
        env = {**os.environ, **listener.environment, "QT_QPA_PLATFORM": "xcb"}
        root = Path(__file__).parents[2]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, cwd=root, env=env, stdin=pipe, stdout=pipe, text=True, bufsize=1)
        self.keys: dict[str, tuple[int, int]] = {}

    def at(self, field: str) -> str:
        """That field stands on the screen and has the keyboard; what it is called."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(field + "\n")
        answer = self.process.stdout.readline()
        assert answer, "the window ended"
        told = json.loads(answer)
        self.keys = {name: (x, y) for name, (x, y) in told["keys"].items()}
        return str(told["name"])

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        self.process.kill()
        self.process.wait()


@contextmanager
def a_station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """For a module's tests."""
    if shutil.which("dbus-daemon") is None or not Path("/usr/share/dbus-1/services/org.a11y.Bus.service").exists():
        pytest.fail("installer/setup.sh test installs what is missing here: dbus, at-spi2-core")
    screen = VirtualScreen(tmp_path_factory.mktemp("screen"))
    screen.start()
    listener = Listener(tmp_path_factory.mktemp("bus"), screen.display)
    listener.start()
    station = Station(screen, listener)
    yield station
    station.close()
    listener.stop()
    screen.stop()
