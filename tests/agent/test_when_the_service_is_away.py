"""Whatever stands where the service was, a request that gets no answer is said at once, and the tap goes on here."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.agent.link import Link
from kiosk.agent.net import Net
from kiosk.agent.outgoing_reports import OUTBOX_FILE
from kiosk.agent.own_decisions import JOURNAL
from kiosk.client.enrol import enrol
from kiosk.model.proof import UidPresented
from kiosk.session.facts.ceremony_orders import BeginCeremony
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import Unreachable
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.station_news import Offline, Online
from kiosk.settings import AgentSettings, load
from tests.fakes.agent_process import until
from tests.fakes.central import UID, ServiceProcess

RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` with no time to linger: closing sends RST."""


class Impostor:
    """Listens where the service was, and answers in its own ``way``."""

    def __init__(self, port: int, way: str, folder: Path | None = None) -> None:
        self._way = way
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if folder is not None:
            self._context.load_cert_chain(folder / "portal.pem")
        self._door = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            if self._way == "portal":
                self._greet(line)
                continue
            line.recv(64)  # the beginning of its hello
            if self._way == "garbage":
                line.sendall(b"\x00\xff no service speaks so \r\n" * 8)
            else:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            line.close()

    def _greet(self, line: socket.socket) -> None:
        """As a captive portal or a proxy does that reads along: TLS, by a certificate of its own."""
        with contextlib.suppress(OSError), self._context.wrap_socket(line, server_side=True) as greeted:
            greeted.recv(64)

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)  # whoever waits in accept holds the port
        self._thread.join()
        self._door.close()


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A station whose service was there once; and on which port."""
    folder = tmp_path_factory.mktemp("away")
    service = ServiceProcess(folder)
    service.start()
    enrol(folder / "home", service.url, service.code("away"))
    service.close()
    yield folder / "home", int(service.url.rpartition(":")[2])


def a_certificate(folder: Path) -> None:
    """Of ``localhost``, by nobody whom a station trusts, with its key: ``portal.pem``."""
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    files = ["-addext", "subjectAltName=DNS:localhost", "-keyout", "portal.key", "-out", "portal.crt"]
    subprocess.run(["openssl", *words.split(), *files], cwd=folder, check=True, capture_output=True, timeout=60)
    (folder / "portal.pem").write_text((folder / "portal.key").read_text() + (folder / "portal.crt").read_text())


@pytest.mark.parametrize(
    ("way", "cause"), [("nobody", ""), ("garbage", ""), ("reset", ""), ("portal", "certificate"), ("nameless", "name")]
)
def test_it_is_said_at_the_first_request_and_written_down(
    enrolled: tuple[Path, int], tmp_path: Path, way: str, cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    home, port = enrolled
    a_certificate(tmp_path)
    impostor = Impostor(port, way, tmp_path) if way not in ("nobody", "nameless") else None
    heard: queue.Queue[Event] = queue.Queue()
    settings = load(AgentSettings, home / "agent.toml")
    if way == "nameless":
        settings = replace(settings, service=f"https://no-such-name.invalid:{port}")
    link = Link(home, settings, heard.put)
    net = Net(link, heard.put)
    before = (home / JOURNAL).read_bytes().count(b"\n") if (home / JOURNAL).exists() else 1
    try:
        net.begin(BeginCeremony(7, 1, UidPresented(UID)))  # before anybody looked whether it is there
        net.start()
        link.start()
        seen = [heard.get(timeout=20)]
        while not any(isinstance(event, Unreachable) for event in seen):
            seen.append(heard.get(timeout=20))
        away = [event for event in seen if isinstance(event, Offline)]
        assert len(away) == 1
        assert away[0].cause == cause
        assert (f"NET-{cause.upper()}" in caplog.text) == bool(cause), "the code on the screen finds the log's line"
        link.tell(ReportEvent("tap_failed", reason="mute"))
        until(
            lambda: (home / JOURNAL).exists() and (home / JOURNAL).read_bytes().count(b"\n") >= before + 2,
            lambda: "both to be written down",
        )
    finally:
        net.stop()
        link.stop()
        if impostor is not None:
            impostor.close()
    assert b"service_lost" in (home / JOURNAL).read_bytes()
    assert b"tap_failed" in (home / JOURNAL).read_bytes()


def _taken(home: Path) -> int:
    """How many reports the service has, as the outbox says."""
    path = home / OUTBOX_FILE
    return int(json.loads(json.loads(path.read_bytes().splitlines()[0])["body"])["n"]) if path.exists() else 0


def test_a_lock_alone_shows_that_nobody_is_there_and_lies_signed(tmp_path: Path) -> None:
    """Nobody taps: what is reported is the only request, and whoever stopped answers nothing, and refuses nothing."""
    service = ServiceProcess(tmp_path)
    heard: queue.Queue[Event] = queue.Queue()
    try:
        service.start()
        home = tmp_path / "home"
        enrol(home, service.url, service.code("lock"))
        link = Link(home, load(AgentSettings, home / "agent.toml"), heard.put)
        link.start()
        try:
            while not isinstance(heard.get(timeout=30), Online):
                pass
            link.tell(ReportEvent("agent_start"))
            until(lambda: _taken(home) == 1, lambda: "nothing to wait for its answer")
            with service.stopped():
                link.tell(ReportEvent("lock", "some-session", "button"))
                while not isinstance(heard.get(timeout=12), Offline):  # the stream alone finds out after 20 s
                    pass
                first, *rows = (home / OUTBOX_FILE).read_bytes().splitlines()
                assert [json.loads(json.loads(row)["body"])["action"] for row in rows] == ["lock"]
                assert all(json.loads(line)["signature"] for line in (first, *rows))
                link.tell(ReportEvent("tap_failed", reason="mute"))
                until(
                    lambda: (home / JOURNAL).exists() and b"tap_failed" in (home / JOURNAL).read_bytes(),
                    lambda: "what came later to be in the journal",
                )
            while not isinstance(heard.get(timeout=40), Online):
                pass
        finally:
            link.stop()
    finally:
        service.close()
