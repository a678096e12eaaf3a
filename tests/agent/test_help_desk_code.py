"""What a station tells its person to say to the help desk finds the line of the service's log, on the real path."""

from __future__ import annotations

import json
import queue
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.agent.link import Link
from kiosk.agent.net import Net
from kiosk.agent.status import status_of
from kiosk.client.enrol import enrol
from kiosk.model import request_id
from kiosk.model.proof import UidPresented
from kiosk.session.facts.ceremony_orders import BeginCeremony, SendSecret
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import CeremonyUpdated, ServiceRefused
from kiosk.settings import AgentSettings, load
from tests.fakes.central import PIN, UID, ServiceProcess
from tests.session.shift import Shift


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    running = ServiceProcess(tmp_path)
    toml = running.data / "service.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[operations]\nlog = "json"\n', encoding="utf-8")
    running.person("ann", "Ann Archer")
    running.start()
    yield running
    running.close()


@pytest.fixture
def heard() -> queue.Queue[Event]:
    return queue.Queue()


@pytest.fixture
def net(service: ServiceProcess, heard: queue.Queue[Event], tmp_path: Path) -> Iterator[Net]:
    home = tmp_path / "home"
    enrol(home, service.url, service.code("bay-2"))
    link = Link(home, load(AgentSettings, home / "agent.toml"), heard.put)
    made = Net(link, heard.put)
    made.start()
    yield made
    made.stop()
    link.stop()


def refused(service: ServiceProcess, net: Net, heard: queue.Queue[Event]) -> str:
    """Somebody taps, and what the service began for them is gone when they type their PIN, as after a restore; what
    the screen then asks to tell the help desk."""
    shift = Shift()
    shift.tap()
    shift.reads(UidPresented(UID))
    net.begin(shift.asked(BeginCeremony))
    shift.happens(answer(heard, CeremonyUpdated))
    with closing(sqlite3.connect(service.data / "kiosk.db", timeout=20)) as store:
        store.execute("DELETE FROM ceremony")
        store.commit()
    shift.types(PIN)
    net.send_secret(shift.asked(SendSecret))
    shift.happens(answer(heard, ServiceRefused))
    code = status_of(shift.watch.state, shift.screen)["code"]
    assert isinstance(code, str)
    return code


def answer(heard: queue.Queue[Event], kind: type[Event]) -> Event:
    """The next event of this kind."""
    while not isinstance(event := heard.get(timeout=20), kind):
        pass
    return event


def test_the_number_on_the_screen_is_that_of_the_line(
    service: ServiceProcess, net: Net, heard: queue.Queue[Event], tmp_path: Path
) -> None:
    first, second = refused(service, net, heard), refused(service, net, heard)
    assert first == request_id.read(first) != second == request_id.read(second)
    service.stop()  # what is left out of the log is told at the end
    lines = [json.loads(line) for line in (tmp_path / "service.log").read_text().splitlines()]
    (told,) = [line for line in lines if line.get("request") == first]
    assert told["message"] == "a workstation was answered not_found"
    (rest,) = [line for line in lines if second in line["message"]]
    assert rest["message"] == f"{told['message']} (1 more like it were left out, requests {second})"
