"""An agent that falls silent has an heir before it is given up; nobody hears the heir as long as the other lives."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.demo.processes import PATIENCE
from kiosk.stage import agent_child
from kiosk.stage import protocol as p
from kiosk.stage.agent_child import AgentChild
from kiosk.stage.loop import Loop
from tests.fakes.process_table import alive, until
from tests.fakes.staging import ROOT

LONG = 1000.0


class Station:
    """The stage's end of its agents; each agent's own end is handed to the test (``tests/fakes/puppet_agent.py``)."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[p.Order] = []
        self.lost: list[str] = []
        self.agents: dict[int, socket.socket] = {}
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(folder / "door"))
        self._door.listen()
        self._door.settimeout(PATIENCE)
        self._loop = Loop()
        words = [sys.executable, "-I", "-S", str(ROOT / "tests/fakes/puppet_agent.py"), str(folder / "door")]
        self.child = AgentChild(self._loop, words, self.heard.append, self.lost.append)

    def accept(self) -> int:
        """Process number of the next agent that was started."""
        caller, _ = self._door.accept()
        with caller:
            said, descriptors, _, _ = socket.recv_fds(caller, 64, 1)
            self.agents[int(said)] = socket.socket(fileno=descriptors[0])
            caller.send(b".")
        return int(said)

    def says(self, agent: int, order: p.Order) -> None:
        self.agents[agent].send(p.write(order))

    def turn(self, agent: int) -> bool:
        """Whether it was told that it is its turn."""
        try:
            packet = self.agents[agent].recv(p.MAX_MESSAGE, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except OSError:
            return False
        return bool(packet) and p.read_answer(packet) == p.Begin()

    def run_until(self, what: str, question: Callable[[], object]) -> None:
        """The stage's loop, turn by turn."""

        def turn() -> bool:
            self._loop._ended = False
            self._loop.after(0.001, "test", self._loop.end)
            self._loop.run()
            return bool(question())

        until(what, turn)

    def close(self) -> None:
        self.child.stop()
        self.child.kill()
        self.run_until("all have ended", lambda: not self.child.running)
        for line in (*self.agents.values(), self._door):
            line.close()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    place = Station(tmp_path)
    yield place
    place.close()


@pytest.fixture
def silent(station: Station, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """An agent that said hello and then nothing, and its heir; it is not given up yet."""
    monkeypatch.setattr(agent_child, "SUSPICION", 0.0)
    monkeypatch.setattr(agent_child, "SILENCE", LONG)
    agent = station.accept()
    station.says(agent, p.Hello(p.VERSION))
    station.run_until("heard", lambda: len(station.heard) == 1)
    station.run_until("suspected", lambda: station.child._heir is not None)
    monkeypatch.setattr(agent_child, "SUSPICION", LONG)
    return agent, station.accept()


def test_an_heir_waits_and_is_not_heard(station: Station, silent: tuple[int, int]) -> None:
    agent, heir = silent
    station.says(heir, p.Hello(p.VERSION))
    station.says(heir, p.Show(1))
    assert not station.turn(heir)
    station.says(agent, p.Beat())
    station.run_until("the agent again", lambda: len(station.heard) == 2)
    assert station.heard == [p.Hello(p.VERSION), p.Beat()]


def test_an_heir_goes_when_the_agent_speaks_again(station: Station, silent: tuple[int, int]) -> None:
    agent, heir = silent
    station.says(agent, p.Beat())
    station.run_until("the heir is gone", lambda: not alive(heir))
    assert alive(agent) and station.lost == []
    station.says(agent, p.Beat())
    station.run_until("it is still heard", lambda: len(station.heard) == 3)


@pytest.mark.parametrize("fault", ["SILENT", "AGENT"])
def test_an_heir_s_turn_comes_when_the_agent_has_ended(station: Station, silent: tuple[int, int], fault: str) -> None:
    agent, heir = silent
    if fault == "AGENT":
        os.kill(agent, signal.SIGKILL)
    else:
        station.child._lose("SILENT")
    station.run_until("its turn", lambda: station.turn(heir))
    assert station.lost == [fault] and not alive(agent)
    station.says(heir, p.Hello(p.VERSION))
    station.run_until("heard", lambda: len(station.heard) == 2)


def test_an_heir_that_dies_is_nobody_s_loss(station: Station, silent: tuple[int, int]) -> None:
    agent, heir = silent
    os.kill(heir, signal.SIGKILL)
    station.run_until("forgotten", lambda: station.child._heir is None)
    assert station.lost == [] and alive(agent)
    station.child._lose("SILENT")
    station.run_until("another", lambda: not alive(agent) and station.child.running)
    after = station.accept()
    station.run_until("its turn", lambda: station.turn(after))


def test_no_order_comes_before_hello(station: Station) -> None:
    agent = station.accept()
    station.says(agent, p.Show(1))
    station.run_until("given up", lambda: station.lost)
    assert station.lost == ["MALFORMED"] and station.heard == []


def test_an_agent_that_was_told_to_end_orders_nothing_and_has_its_time(station: Station) -> None:
    agent = station.accept()
    station.says(agent, p.Hello(p.VERSION))
    station.run_until("heard", lambda: station.heard)
    os.kill(agent, signal.SIGSTOP)  # it takes its time
    until("it stands still", lambda: ") T " in Path(f"/proc/{agent}/stat").read_text())
    station.child.stop()
    station.says(agent, p.Add(1, "ada", "Ada", ""))
    station.agents[agent].close()
    station.run_until("the end of its line was seen", lambda: not station.child._agent.listening)  # type: ignore[union-attr]
    assert len(station.heard) == 1 and alive(agent)
    os.kill(agent, signal.SIGCONT)
    station.run_until("ended by the request", lambda: not station.child.running)
