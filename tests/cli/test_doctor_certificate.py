"""What ``kiosk doctor`` says of the certificate that is served: read from the door itself, not from the folder."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from kiosk.cli import doctor_central
from kiosk.service.folder import ServiceFolder
from kiosk.service.platform.tls import DAY, LEAF_DAYS
from tests.fakes import service_process


@pytest.fixture
def folder(tmp_path: Path) -> ServiceFolder:
    return service_process.make(tmp_path / "data", int(time.time()))


@contextmanager
def serving(folder: ServiceFolder, days_left: int) -> Iterator[None]:
    """Somebody serves a certificate with so many days left where the service would listen."""
    folder.tls.server_pem.unlink()
    assert folder.tls.ensure_server(folder.hosts, int(time.time()) - (LEAF_DAYS - days_left) * DAY + 600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder.tls.server_pem)
    host, _, port = folder.settings.listen.rpartition(":")

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                with suppress(OSError), line, context.wrap_socket(line, server_side=True) as secured:
                    secured.recv(1)

    with socket.create_server((host, int(port))) as listener:
        thread = threading.Thread(target=serve, name="serving")
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("days", "well", "said"),
    [
        (300, True, "lasts 300 days more"),
        (29, True, "lasts 29 days more"),
        (27, False, "has 27 days left, and the service has not renewed it"),
        (-3, False, "ended 3 days ago, and the service has not renewed it"),
    ],
)
def test_the_days_of_the_served_certificate_are_told(folder: ServiceFolder, days: int, well: bool, said: str) -> None:
    with serving(folder, days):
        (check,) = doctor_central._certificate(folder, folder.path)
    assert (check.name, check.ok) == ("certificate", well)
    assert said in check.detail


def test_where_nothing_listens_nothing_is_said_of_it(folder: ServiceFolder) -> None:
    assert doctor_central._certificate(folder, folder.path) == []
