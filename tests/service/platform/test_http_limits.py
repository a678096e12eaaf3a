"""What a connection may send, and for how long, before anybody knows whose it is: over real TLS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from kiosk.service.platform import http_limits
from kiosk.service.platform.budgets import Budgets
from tests.fakes import service_process

BEGIN = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[service_process.Running]:
    folder = service_process.make(tmp_path_factory.mktemp("patience") / "data", int(time.time()))
    with service_process.running(folder, anew=True) as running:
        yield running


async def answer(service: service_process.Running, *pieces: bytes) -> bytes:
    """Whatever comes back until the service closes, or has answered."""
    port = int(service.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("localhost", port, ssl=service.trust())
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await reader.readuntil(b"\r\n")
    except (ConnectionError, asyncio.IncompleteReadError):
        return b""
    finally:
        writer.transport.abort()


async def test_an_endless_header_is_not_kept_in_memory(service: service_process.Running) -> None:
    head = await answer(service, BEGIN + b"X-Endless: ", *[b"a" * 64_000] * 40)
    assert head in (b"", b"HTTP/1.1 400 Bad Request\r\n")


async def test_endless_headers_are_not_either(service: service_process.Running) -> None:
    head = await answer(service, BEGIN, *[b"X: a\r\n" * 10_000] * 40)
    assert head in (b"", b"HTTP/1.1 400 Bad Request\r\n")


async def test_a_fair_head_and_a_body_of_the_limit_pass(service: service_process.Running) -> None:
    assert await answer(service, BEGIN + b"X: " + b"a" * 8000 + b"\r\n\r\n") == b"HTTP/1.1 200 OK\r\n"
    post = b"POST /v1/workstations/enroll HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    body = b" " * 65_536
    assert b"400" in await answer(service, post + b"Content-Length: 65536\r\n\r\n" + body)  # read whole, and no JSON


async def test_who_says_nothing_or_only_half_is_hung_up_on() -> None:
    """In this process, without TLS."""
    budgets = Budgets(request_seconds=1)

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    config = uvicorn.Config(app, http=http_limits.BoundedHttpProtocol, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: http_limits.BoundedHttpProtocol(config, state, {}, budgets=budgets), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    async with server:
        for said in (b"", BEGIN, BEGIN + b"Content-Length: 9\r\n\r\nhalf"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            rest = await asyncio.wait_for(reader.read(), 10)
            assert rest == b"" or rest.startswith(b"HTTP/1.1 204")
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(BEGIN + b"\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 204")
        writer.close()
