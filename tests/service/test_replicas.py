"""Two replicas on one database: one leads, a stopped one hands over, and either may go while workstations tap."""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from kiosk.demo.processes import until
from tests.fakes import service_process
from tests.fakes.commands import kiosk
from tests.fakes.postgres import Cluster
from tests.fakes.replicas import Replica, two
from tests.fakes.tapping import Tapping, be_patient

pytestmark = pytest.mark.postgres
PROXIES = Path(__file__).parents[2] / "installer" / "proxies"
STATIONS = 12


@pytest.fixture(scope="module")
def pair(hospital_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Replica, Replica]]:
    with two(tmp_path_factory.mktemp("replicas"), hospital_cluster.fresh()) as both:
        yield both


@pytest.fixture(scope="module")
def tapping(pair: tuple[Replica, Replica], tmp_path_factory: pytest.TempPathFactory) -> Tapping:
    return Tapping(pair[0], STATIONS, tmp_path_factory.mktemp("stations"))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch)


def written(name: str, pair: tuple[Replica, Replica], folder: Path) -> Path:
    """The configuration as it is handed out, with this machine's ports in place of a hospital's."""
    text = (PROXIES / name).read_text(encoding="utf-8")
    for at, replica in enumerate(pair, 1):
        probes = str(replica.folder.settings.operations["listen"]).rpartition(":")[2]
        text = re.sub(rf"auth-{at}\.hospital\.example:8443( port 9464)?", rf"{replica.listen}\1", text)
        text = text.replace(f"{replica.listen} port 9464", f"{replica.listen} port {probes}")
    port = pair[0].folder.origin.rpartition(":")[2]
    text = text.replace("bind :443", f"bind 127.0.0.1:{port}").replace("listen 443", f"listen 127.0.0.1:{port}")
    assert "hospital.example:" not in text
    path = folder / name
    path.write_text(text.replace("/run/nginx-kiosk.pid", f"{folder}/nginx.pid"), encoding="utf-8")
    return path


@contextmanager
def proxy(words: list[str], port: int) -> Iterator[None]:
    """It runs until the end of the block."""
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        until("the proxy listens", lambda: service_process.listens(port))
        yield
    finally:
        child.terminate()
        child.wait(20)


@pytest.fixture(params=["haproxy", "nginx"])
def before_both(request: pytest.FixtureRequest, pair: tuple[Replica, Replica], tmp_path: Path) -> Iterator[str]:
    """The address of a proxy before both replicas."""
    origin = pair[0].folder.origin
    program = shutil.which(str(request.param), path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "it is in installer/setup.sh"
    if request.param == "haproxy":
        words = [program, "-db", "-f", str(written("haproxy.cfg", pair, tmp_path))]
    else:
        words = [program, "-g", "daemon off;", "-c", str(written("nginx-stream.conf", pair, tmp_path))]
    with proxy(words, int(origin.rpartition(":")[2])):
        until("both are ready", lambda: all(replica.probe("readyz").status_code == 200 for replica in pair))
        until("the proxy sees one", lambda: passes(origin, pair[0]))
        yield origin


def passes(origin: str, replica: Replica) -> bool:
    """Whether the service answers through the proxy, under its own certificate."""
    trust = ssl.create_default_context(cadata="\n".join(replica.folder.tls.trust()))
    try:
        return httpx.get(f"{origin}/.well-known/jwks.json", verify=trust, timeout=20).is_success
    except httpx.TransportError:
        return False


def test_no_tap_is_lost_or_doubled_where_a_replica_behind_a_proxy_is_killed(
    pair: tuple[Replica, Replica], tapping: Tapping, before_both: str
) -> None:
    with tapping.at((before_both,)):
        pair[0].again(signal.SIGKILL)
    assert tapping.taps >= STATIONS


def test_each_restarts_in_turn_and_nobody_at_a_workstation_is_told(
    pair: tuple[Replica, Replica], tapping: Tapping
) -> None:
    with tapping.at((pair[0].base, pair[1].base)):
        for replica in pair:
            replica.again(signal.SIGTERM)
    kiosk("audit", "checkpoint", "--data", str(pair[0].folder.path))
    kiosk("audit", "verify", "--data", str(pair[0].folder.path))


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
