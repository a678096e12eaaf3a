"""The database is stopped for half a minute: stations show downtime, though nobody taps; one line tells of it; then all
goes on, and nothing is restarted."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.agent.link import Link
from kiosk.agent.net import Net
from kiosk.client.enrol import enrol
from kiosk.demo.processes import until
from kiosk.model.proof import UidPresented
from kiosk.service.folder import open_folder
from kiosk.session.facts.ceremony_orders import BeginCeremony
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import CeremonyUpdated, ServiceRefused
from kiosk.session.facts.station_news import Offline, Online
from kiosk.settings import AgentSettings, load
from tests.fakes import postgres, replicas
from tests.fakes.commands import kiosk
from tests.fakes.replicas import Replica

pytestmark = pytest.mark.postgres
STOPPED = 30.0
"""Seconds, as long as a database takes to be started on another machine."""


@pytest.fixture
def server() -> Iterator[postgres.Cluster]:
    with postgres.cluster() as running:
        yield running


@pytest.fixture
def service(server: postgres.Cluster, tmp_path: Path) -> Iterator[Replica]:
    made = replicas.first(tmp_path / "data", server.fresh())
    toml = made.folder.path / "service.toml"
    listen, origin = made.listen, made.folder.origin.rpartition(":")[2]  # no proxy stands before it
    text = toml.read_text(encoding="utf-8").replace(listen, f"127.0.0.1:{origin}")
    toml.write_text(text.replace("[operations]", '[operations]\nlog = "json"'), encoding="utf-8")
    made = Replica(open_folder(made.folder.path))
    made.start()
    yield made
    assert made.process is not None
    made.process.stop(9)


def next_of(heard: queue.Queue[Event], *kinds: type[Event]) -> Event:
    """The next event of these kinds."""
    while not isinstance(event := heard.get(timeout=60), kinds):
        pass
    return event


def test_stations_show_downtime_and_one_line_tells_of_it(
    server: postgres.Cluster, service: Replica, tmp_path: Path
) -> None:
    added = kiosk("admin", "--data", str(service.folder.path), "workstation", "add", "bay-2", "--place", "Ward")
    home, heard = tmp_path / "home", queue.Queue[Event]()
    enrol(home, service.base, added.strip().splitlines()[-1])
    link = Link(home, load(AgentSettings, home / "agent.toml"), heard.put)
    net = Net(link, heard.put)
    net.start()
    link.start()
    try:
        next_of(heard, Online)
        until("it is ready", lambda: service.probe("readyz").status_code == 200)
        server.stop()
        stopped = time.monotonic()
        next_of(heard, Offline)  # nobody has tapped
        assert service.probe("readyz").status_code == 503
        for turn in range(1, 6):
            net.begin(BeginCeremony(turn, turn, UidPresented("04A1B2C3D4E5F6")))
            refused = next_of(heard, ServiceRefused)
            assert isinstance(refused, ServiceRefused)
            assert refused.code == "store_down"
        left = max(0.0, STOPPED - (time.monotonic() - stopped))
        time.sleep(left)  # no line may come in all that time, and nothing tells that none does
        server.start()
        next_of(heard, Online)
        until("it is ready again", lambda: service.probe("readyz").status_code == 200)
        net.begin(BeginCeremony(9, 9, UidPresented("04A1B2C3D4E5F6")))
        assert isinstance(next_of(heard, CeremonyUpdated, ServiceRefused), CeremonyUpdated)
    finally:
        net.stop()
        link.stop()
    assert service.process is not None
    lines = [json.loads(line)["message"] for line in service.process.stop()[1].splitlines()]
    assert [line.partition(":")[0].partition(", after")[0] for line in lines] == [
        "the database cannot be used, and stations are told so until it can",
        "the database can be used again",
    ], lines
