"""The station's own rules over real processes: the sign on a display, the hook, signing out, the longest session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.agent_process import AgentProcess, Display, until
from tests.fakes.central import KIOSK, PIN, UID, ServiceProcess

pytestmark = pytest.mark.display
WRITES = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
THIN = 100
"""Pixels: the bar is less, the bar with its sign is more."""
SETTLED = 3.2
"""Seconds after signing in from which the own badge means leaving (it takes 3)."""


class Station:
    """An agent whose rules are short, its display, and what its hook was told."""

    def __init__(self, agent: AgentProcess, display: Display, heard: Path, service: ServiceProcess) -> None:
        self.agent, self.display, self.heard, self.service = agent, display, heard, service

    def sign_in(self) -> None:
        card = self.agent.tap(UID)
        until(lambda: self.agent.status()["state"] in ("second_factor", "active"), lambda: "the tap to be read")
        card.lift()
        if self.agent.status()["state"] == "second_factor":
            self.display.type(PIN)
            self.display.keys("Return")
        self.agent.wait("active")

    def bar(self) -> int:
        """The height of the agent's window now."""
        words = ["xdotool", "search", "--onlyvisible", "--name", "^kiosk ?$", "getwindowgeometry", "--shell"]
        env = {**os.environ, "DISPLAY": self.display.name}
        said = subprocess.run(words, env=env, capture_output=True, text=True, timeout=20, check=False).stdout
        heights = [int(line.removeprefix("HEIGHT=")) for line in said.splitlines() if line.startswith("HEIGHT=")]
        return max(heights, default=0)

    def calls(self) -> list[dict[str, Any]]:
        """What the hook was told so far."""
        return [json.loads(line) for line in self.heard.read_text().splitlines()] if self.heard.exists() else []

    def trail(self) -> list[dict[str, Any]]:
        """The service's audit rows."""
        words = [*KIOSK, "audit", "export", "--data", str(self.service.data), "--format", "jsonl"]
        said = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout
        return [json.loads(line) for line in said.splitlines()]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("rules")
    service = ServiceProcess(tmp_path_factory.mktemp("hospital"))
    service.person("anna", "Anna Berg")
    service.start()
    display = Display()
    heard = folder / "heard"
    hook = json.dumps([sys.executable, "-S", "-c", WRITES, str(heard)])
    rules = ("sign_after = 1", 'tap_out = "sign_out"', f"hooks = {hook}")
    agent = AgentProcess(folder / "ward-3", service, display, *rules)
    agent.start()
    agent.wait("locked")
    until(lambda: agent.status()["service"] == "online", lambda: "the service to be reached")
    yield Station(agent, display, heard, service)
    agent.stop()
    display.close()
    service.close()


def small_after_a_key(station: Station) -> bool:
    """The watch for touches begins with the sign: as a person would, touch again if nothing happened."""
    station.display.keys("shift")
    return 0 < station.bar() < THIN


def test_the_sign_grows_over_an_untouched_workspace_and_shrinks_at_a_key(station: Station) -> None:
    station.sign_in()
    until(lambda: 0 < station.bar() < THIN, lambda: "the bar")
    until(lambda: THIN < station.bar() < 400, lambda: "the sign")
    assert station.agent.status()["state"] == "active"
    until(lambda: small_after_a_key(station), lambda: "the sign to go")
    until(lambda: station.bar() > THIN, lambda: "the sign to come again")


def test_leaving_signs_out_and_the_hook_and_the_trail_know(station: Station) -> None:
    if station.agent.status()["state"] != "active":
        station.sign_in()
    time.sleep(SETTLED)  # the rule itself: in the first seconds the own badge does not mean leaving
    until(lambda: len(station.calls()) == 1, lambda: "the hook to be told of their coming")
    card = station.agent.tap(UID)
    until(lambda: station.agent.status()["state"] != "active", lambda: "them to be signed out")
    card.lift()
    assert station.agent.wait("locked")["waiting"] == 0
    until(lambda: len(station.calls()) == 2, lambda: "the hook to be told of their leaving")
    came, left = station.calls()
    assert (came["event"], came["login"], came["station"]) == ("tap_in", "anna", "ward-3")
    assert (left["event"], left["reason"], left["session"]) == ("tap_out", "sign_out", came["session"])

    def ended() -> bool:
        return any("session_end" in json.dumps(row) and "sign_out" in json.dumps(row) for row in station.trail())

    until(ended, lambda: "the report to arrive")
