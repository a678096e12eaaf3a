"""Two replicas on one database: one leads, and a stopped one hands over."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.processes import until
from tests.fakes import service_process
from tests.fakes.postgres import Cluster
from tests.fakes.replicas import Replica, two

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def pair(hospital_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Replica, Replica]]:
    with two(tmp_path_factory.mktemp("replicas"), hospital_cluster.fresh()) as both:
        yield both


def leader(pair: tuple[Replica, Replica]) -> tuple[Replica, Replica]:
    """The one that leads, and the other."""
    until("one leads", lambda: any(replica.leads() for replica in pair))
    first = next(replica for replica in pair if replica.leads())
    return first, next(replica for replica in pair if replica is not first)


def test_a_replica_that_is_stopped_no_longer_leads_and_takes_no_place_back(pair: tuple[Replica, Replica]) -> None:
    first, other = leader(pair)
    assert first.process is not None
    assert not other.leads()
    assert "ok  leader: Another replica" in other.probe("readyz").text
    assert other.probe("readyz").status_code == 200
    os.kill(first.process.pid, signal.SIGSTOP)
    try:
        until("the other one leads", other.leads)
    finally:
        os.kill(first.process.pid, signal.SIGCONT)
    until("it answers again", lambda: first.probe("livez").status_code == 200)
    until("one leads", lambda: other.leads() and not first.leads())


def test_a_second_service_on_one_sqlite_file_is_refused_on_another_port(tmp_path: Path) -> None:
    folder = service_process.make(tmp_path / "data", int(time.time()))
    toml = folder.path / "service.toml"
    with service_process.running(folder):
        toml.write_text(toml.read_text().replace(folder.settings.listen, f"127.0.0.1:{service_process.free_port()}"))
        with pytest.raises(AssertionError, match=r"Another service uses .*one service"):
            service_process.Running(folder)
    with service_process.running(folder):
        pass
