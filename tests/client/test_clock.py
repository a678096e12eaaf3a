"""A workstation whose clock is days or years off: what it says of a service that it cannot believe because of that."""

from __future__ import annotations

import email.utils
import queue
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.agent.link import Link
from kiosk.cli import doctor_station
from kiosk.client import clock
from kiosk.client.api import Api
from kiosk.client.enrol import enrol
from kiosk.client.errors import ClockWrongError, UntrustedServiceError
from kiosk.client.keystore import open_keystore
from kiosk.client.trust import Trust
from kiosk.model import enrolment_code
from kiosk.service.platform.tls import Tls, spki_pin
from kiosk.session.facts.events import Event
from kiosk.session.facts.station_news import ClockChecked, Offline
from kiosk.settings import AgentSettings, load, save
from tests.fakes.certificates import authority

YEAR = 365.25 * 86_400


@contextmanager
def service(folder: Path, made: float, says: float | None) -> Iterator[tuple[str, Tls]]:
    """A TLS server whose certificates are of ``made``, and whose answers have the time ``says``. Epoch seconds."""
    tls = Tls.make(folder / "tls", "localhost", int(made))
    tls.ensure_server(["localhost"], int(made))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(404)
            if says is not None:
                self.send_header("Date", email.utils.formatdate(says, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A handshake that the other side broke off."""

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.server_pem)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}", tls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def opened(folder: Path, url: str, pem: str) -> Api:
    (folder / "trust.pem").write_text(pem)
    return Api(url, "w1", ec.generate_private_key(ec.SECP256R1()), Trust(folder / "trust.pem"))


def enrolled(folder: Path, url: str, tls: Tls) -> Path:
    """A workstation's folder."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    open_keystore("file", home).create()
    (home / "trust.pem").write_text("\n".join(tls.trust()))
    save(AgentSettings(url, "w1", "file"), home / "agent.toml")
    return home


def test_hours_off_are_told_once_and_taken_back(tmp_path: Path) -> None:
    said: list[ClockChecked] = []
    link = Link(tmp_path, AgentSettings("https://localhost:1", "w1"), lambda event: said.append(cast("Any", event)))
    for off in (0.0, 90.0, 3 * 3600.0, 3 * 3600.0 + 20, 3 * 3600.0 + 90, -7200.0, 0.0, 30.0):
        link._clock(off)
    assert [fact.off for fact in said] == [3 * 3600, 3 * 3600 + 90, -7200, 0]


@pytest.mark.parametrize(
    ("off", "said"), [(-4 * YEAR, "4 years ahead"), (5 * YEAR, "5 years behind"), (40 * YEAR, "40 years behind")]
)
def test_years_off_is_said_with_both_times_and_told_to_the_screen(tmp_path: Path, off: float, said: str) -> None:
    there = time.time() + off
    with service(tmp_path, there, there) as (url, tls):
        api = opened(tmp_path, url, "\n".join(tls.trust()))
        with pytest.raises(ClockWrongError, match=said) as caught:
            api.station()
        assert abs(caught.value.off - off) < 60
        for year in (time.gmtime().tm_year, time.gmtime(there).tm_year):
            assert str(year) in str(caught.value)
        api.close()
        home = enrolled(tmp_path, url, tls)
        told: queue.Queue[Event] = queue.Queue()
        link = Link(home, load(AgentSettings, home / "agent.toml"), told.put)
        link.start()
        first, second = told.get(timeout=60), told.get(timeout=60)
        link.stop()
        assert isinstance(first, ClockChecked)
        assert (abs(first.off - off) < 60, first.stops) == (True, True)
        assert isinstance(second, Offline)


def test_doctor_and_enrolment_say_so_too(tmp_path: Path) -> None:
    there = time.time() - 4 * YEAR
    with service(tmp_path, there, there) as (url, tls):
        home = enrolled(tmp_path, url, tls)
        found = {check.name: check for check in doctor_station.checks(home, central=False)}
        assert not found["clock"].ok
        assert "4 years ahead" in found["clock"].detail
        assert not found["service"].ok
        code = enrolment_code.make(b"\0" * 10, spki_pin(tls.current().certificate))
        with pytest.raises(ClockWrongError, match="4 years ahead"):
            enrol(tmp_path / "new", url, code)


def test_a_certificate_that_has_really_ended_is_not_put_down_to_the_clock(tmp_path: Path) -> None:
    with service(tmp_path, time.time() - 2 * YEAR, time.time()) as (url, tls):
        api = opened(tmp_path, url, "\n".join(tls.trust()))
        with pytest.raises(
            UntrustedServiceError, match=r"is good from .* to .*tell whoever runs the service"
        ) as caught:
            api.station()
        assert not isinstance(caught.value, ClockWrongError)
        api.close()


def test_both_may_be_wrong_and_a_service_without_a_clock_says_what_is_known(tmp_path: Path) -> None:
    for name, says, said in (
        ("both", time.time() + 9 * YEAR, "9 years behind.*And the service's certificate is good from"),
        ("none", None, "is good from .* to .*, and this computer's clock says"),
    ):
        (tmp_path / name).mkdir()
        with service(tmp_path / name, time.time() - 2 * YEAR, says) as (url, tls):
            api = opened(tmp_path, url, "\n".join(tls.trust()))
            with pytest.raises(UntrustedServiceError, match=said):
                api.station()
            api.close()


def test_the_clock_is_not_asked_of_anybody_of_another_ca(tmp_path: Path) -> None:
    there = time.time() - 4 * YEAR
    with service(tmp_path, there, there) as (url, tls):
        assert clock.ask(url, authority("Somebody else")) is None
        heard = clock.ask(url, "\n".join(tls.trust()))
        assert heard is not None
        assert heard.at == int(there)
        assert clock.ask(url.replace("localhost", "127.0.0.1"), "\n".join(tls.trust())) is None, "the name still counts"
        error = ssl.SSLCertVerificationError(1, "x")
        error.verify_code = clock.ENDED
        assert "may be wrong" in str(clock.untrusted(error, url, authority("Somebody else")))


@pytest.mark.parametrize(
    ("off", "said"),
    [(90, "90 s behind"), (-300, "5 min ahead"), (3 * 3600, "3 h behind"), (-86_400 * 40, "40 days ahead")],
)
def test_how_far_clocks_are_apart_is_said_as_people_say_it(off: float, said: str) -> None:
    assert clock.apart(off) == said
