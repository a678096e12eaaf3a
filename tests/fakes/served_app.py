"""A fake hospital's service behind a real TLS listener of this process, for programs that are not ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from kiosk.service.platform.request_limits import Headers
from tests.fakes.process_table import until
from tests.fakes.service import Hospital
from tests.fakes.service_process import free_port, listens


@asynccontextmanager
async def served(service: Hospital) -> AsyncIterator[int]:
    """Its port on loopback."""
    service.folder.tls.ensure_server(service.folder.hosts, int(service.clock()))
    whole = Headers(service.app, lambda: service.service.nonces.issue(service.clock()))
    port = free_port()
    config = uvicorn.Config(
        whole,
        port=port,
        ssl_certfile=str(service.folder.tls.server_pem),
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    try:
        await asyncio.to_thread(until, "it listens", lambda: listens(port))
        yield port
    finally:
        server.should_exit = True
        await serving
