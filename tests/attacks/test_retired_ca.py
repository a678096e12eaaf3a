"""The key of the service's CA was stolen, and the CA exchanged. Does a running station still believe the thief?"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.client.enrol import enrol
from kiosk.client.errors import UntrustedServiceError
from kiosk.client.trust import split
from kiosk.demo.processes import until
from kiosk.service.platform.tls import Tls
from tests.fakes.central import ServiceProcess
from tests.fakes.headless import Headless


class Thief:
    """Serves TLS at the service's own address, with a certificate that the stolen CA signed. ``heard``: requests."""

    def __init__(self, port: int, folder: Path, names: list[str]) -> None:
        stolen = Tls(folder)
        stolen.ensure_server(names, 1_900_000_000)
        self.heard: list[bytes] = []
        self.tried = threading.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(stolen.server_pem)
        self._listener = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, ssl.SSLError), self._context.wrap_socket(raw, server_side=True) as line:
                line.settimeout(5)
                self.heard.append(line.recv(4096))
            self.tried.set()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    process = ServiceProcess(tmp_path)
    process.start()
    yield process
    process.close()


def known(agent: Headless) -> int:
    """How many CAs the station has on its disk."""
    return len(split((agent.home / "trust.pem").read_text()))


def test_a_running_station_drops_a_retired_ca_at_once(service: ServiceProcess, tmp_path: Path) -> None:
    enrol(home := tmp_path / "station", service.url, service.code("ward-3"))
    folder = tmp_path / "stolen"
    folder.mkdir(mode=0o700)
    for name in ("ca-1.crt", "ca-1.key", "current"):
        (folder / name).write_bytes((service.data / "tls" / name).read_bytes())
        (folder / name).chmod(0o600)
    with Headless(home) as agent:
        until("contact", lambda: agent.online)
        service.admin("ca", "next")
        until("it to know the next CA", lambda: "present + next" in service.admin("workstation", "list"))
        assert known(agent) == 2
        service.admin("ca", "switch")
        service.stop()
        service.start()
        until("contact", lambda: agent.online and agent.link.api().station().place == "Ward 3")
        service.admin("ca", "retire")
        until("it to drop the one before", lambda: known(agent) == 1)
        until("contact under the present CA", lambda: agent.online and agent.link.api().generation == 1)
        assert agent.link.api().station().place == "Ward 3"
        service.stop()
        thief = Thief(int(service.url.rpartition(":")[2]), folder, ["localhost"])
        try:
            with pytest.raises(UntrustedServiceError):
                agent.link.api().station()
            thief.tried.clear()
            assert thief.tried.wait(30), "the event stream comes by itself"
            until("it to say that nobody answers", lambda: not agent.online)
            assert [message for message in thief.heard if message] == []
        finally:
            thief.close()


def test_a_ca_that_is_retired_too_early_cuts_nobody_off(service: ServiceProcess, tmp_path: Path) -> None:
    enrol(home := tmp_path / "station", service.url, service.code("ward-3"))
    with Headless(home) as agent:
        until("contact", lambda: agent.online)
        service.admin("ca", "next")
        until("it to know the next CA", lambda: "present + next" in service.admin("workstation", "list"))
        service.admin("ca", "switch")
        assert "Where it was not, restart it now" in service.admin("ca", "retire")
        # The service still serves what the CA before has signed, and says so.
        assert len(agent.link.api().station().trust) == 2
        service.stop()
        service.start()
        until("it to drop the one before", lambda: known(agent) == 1)
        until("contact under the present CA", lambda: agent.online and agent.link.api().station().trust)
