"""An enrolled workstation's agent as its own process, on a virtual display, with a keyboard and cards to use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import ask
from kiosk.client.enrol import enrol
from kiosk.demo.processes import PATIENCE
from kiosk.simulator.badge import badge
from kiosk.simulator.link import Placed, connect_in_process
from tests.fakes.central import KIOSK, ServiceProcess


class Display:
    """An Xvfb on a number of its own choosing."""

    def __init__(self) -> None:
        words = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset", "-r"]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.name = ":" + _line(self._process.stdout)

    def keys(self, *names: str) -> None:
        """Press keys by their X names."""
        self._tool("key", "--delay", "10", *names)

    def type(self, text: str) -> None:
        """Type letters and digits."""
        self._tool("type", "--delay", "10", text)

    def _tool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env={**os.environ, "DISPLAY": self.name}, check=True, timeout=20)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()


class AgentProcess:
    """``home`` is enrolled at ``service`` with an in-process reader; ``settings`` are further lines of agent.toml."""

    def __init__(self, home: Path, service: ServiceProcess, display: Display, *settings: str) -> None:
        self.home = home
        self._display = display
        self._socket = home.parent / f"{home.name}.card"
        self._process: subprocess.Popen[bytes] | None = None
        enrol(home, service.url, service.code(home.name))
        with (home / "agent.toml").open("a") as file:
            file.write("\n".join((f'in_process_reader = "{self._socket}"', "sounds = false", *settings)) + "\n")

    def start(self) -> None:
        """Run it until it says ready."""
        env = {**os.environ, "DISPLAY": self._display.name, "QT_QPA_PLATFORM": "xcb"}
        with (self.home / "stderr.log").open("ab") as errors:
            words = [*KIOSK, "agent", "run", "--home", str(self.home)]
            self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, env=env)
        if _line(self._process.stdout) != "ready":
            self.stop(kill=True)
            raise AssertionError((self.home / "stderr.log").read_text())

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self, kill: bool = False) -> int:
        """End it; its exit status."""
        assert self._process is not None
        (self._process.kill if kill else self._process.terminate)()
        status = self._process.wait(15)
        if self._process.stdout:
            self._process.stdout.close()
        return status

    def status(self) -> dict[str, Any]:
        """What ``kiosk status --json`` shows."""
        return ask(address.doorbell(self.home), {"op": "status"})

    def wait(self, state: str) -> dict[str, Any]:
        """Until the agent is in ``state``; its status."""
        until(lambda: self.status()["state"] == state, lambda: f"{state}, but it is {self.status()}")
        return self.status()

    def tap(self, uid: str) -> Placed:
        """Put a badge on the reader; ``lift`` it."""
        card = Placed(badge(bytes.fromhex(uid)), connect_in_process(self._socket))
        assert card.wait_seen(PATIENCE)
        return card

    def step_up(self, *words: str, typed: str = "", env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """``kiosk step-up --json``, under way."""
        process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "step-up", "--home", str(self.home), "--json", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )
        if typed and process.stdin:
            process.stdin.write(typed)
            process.stdin.close()
            process.stdin = None
        return process

    def log(self) -> str:
        return (self.home / "log" / "agent.log").read_text()


def answer(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON of a step-up."""
    out, _ = process.communicate(timeout=2 * PATIENCE)
    return process.returncode, json.loads(out)


def until(true: Callable[[], bool], what: Callable[[], str]) -> None:
    """Ask again and again, as one does from outside a process. Fails with ``what`` after a while."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"expected {what()}"
        time.sleep(0.02)  # asked again


def _line(stream: IO[bytes] | None) -> str:
    assert stream is not None
    return stream.readline().decode().strip()
