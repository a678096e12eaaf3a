"""A request that waits: is there nobody, or has the service only much to do?"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import httpx
import pytest

from kiosk.client.addresses import Addresses
from kiosk.client.errors import ClientError, ServiceProblemError, ServiceUnreachableError
from kiosk.client.lines import HttpLine
from kiosk.client.silence import AnswerWatch

HANGS = ServiceProblemError("http_503", "nobody behind it", 503)


class Line:
    """As ``HttpLine``, without TLS."""

    def __init__(self) -> None:
        self.real = httpx.Client(trust_env=False)

    @contextlib.contextmanager
    def client(self) -> Iterator[httpx.Client]:
        yield self.real


@pytest.fixture
def there() -> Iterator[str]:
    """Somebody who answers what is small."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            asked.set()

        def log_message(self, *_: object) -> None:
            pass

    asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


asked = threading.Event()


def watch(*bases: str) -> tuple[AnswerWatch, list[ClientError], threading.Event]:
    heard: list[ClientError] = []
    told = threading.Event()

    def tell(error: ClientError) -> None:
        heard.append(error)
        told.set()

    return AnswerWatch(Addresses(bases), cast("HttpLine", Line()), tell), heard, told


def test_where_nobody_answers_anything_it_is_told_while_the_request_waits() -> None:
    silence, heard, told = watch("http://127.0.0.1:9")
    with silence.watched():
        assert told.wait(30)
    assert isinstance(heard[0], ServiceUnreachableError)


def test_a_service_that_is_only_slow_is_not_called_away(there: str) -> None:
    silence, heard, _ = watch("http://127.0.0.1:9", there)
    with silence.watched():
        assert asked.wait(30), "it was looked for"
    assert heard == []


@pytest.mark.parametrize("error", [ServiceUnreachableError("gone"), HANGS])
def test_a_request_that_failed_because_nobody_is_there_is_told(error: ClientError) -> None:
    silence, heard, _ = watch("http://127.0.0.1:9")
    with contextlib.suppress(ClientError), silence.watched():
        raise error
    assert heard == [error]


def test_a_refusal_is_somebodys_answer() -> None:
    silence, heard, _ = watch("http://127.0.0.1:9")
    with contextlib.suppress(ClientError), silence.watched():
        raise ServiceProblemError("over_budget", "", 429)
    assert heard == []
