"""``/livez``, ``/readyz`` and ``/metrics``: plain HTTP on a port of their own, for probes and Prometheus.

They name no person and no workstation, change nothing, and need no password: the port is to be reached by operations
staff alone (loopback, or a network of theirs).
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.server import ServerState

from kiosk.service.operations.readiness import said
from kiosk.service.operations.service_state import ServiceState
from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.connection_places import ConnectionGate, HeldConnection
from kiosk.service.platform.http_limits import BoundedHttpProtocol
from kiosk.service.platform.listening import Listener

MAX_CONNECTIONS = 32
NO_STORE = {"Cache-Control": "no-store"}


class _Exposition:
    """All metrics as text, made at most once a second, whoever asks how often: people sign in on the same event
    loop."""

    def __init__(self, present: ServiceState, clock: Callable[[], float] = time.monotonic) -> None:
        self._present = present
        self._clock = clock
        self._made: tuple[float, bytes] | None = None
        self._making = asyncio.Lock()

    async def now(self) -> bytes:
        """At most a second old."""
        async with self._making:
            if self._made is None or self._clock() - self._made[0] >= 1:
                from kiosk.service.operations.metrics import exposition

                text = exposition(self._present.service.tally, await self._present.now())
                self._made = self._clock(), text
            return self._made[1]


def probes(present: ServiceState) -> Starlette:
    """The three doors."""

    async def livez(_request: Request) -> Response:
        """That this is answered says it: the event loop turns."""
        return PlainTextResponse("ok\n", headers=NO_STORE)

    async def readyz(_request: Request) -> Response:
        looks = await present.readiness.now()
        well = all(look.ok for look in looks)
        return PlainTextResponse(said(looks), 200 if well else 503, NO_STORE)

    written = _Exposition(present)

    async def metrics(_request: Request) -> Response:
        text = await written.now()
        return Response(text, headers=NO_STORE, media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route(f"/{metric.__name__}", metric) for metric in (livez, readyz, metrics)])


class ProbeServer:
    """Serves ``probes`` from ``start`` to ``stop``, on the event loop that is there."""

    def __init__(self, present: ServiceState, host: str, port: int) -> None:
        budgets = Budgets()
        config = uvicorn.Config(probes(present), lifespan="off", log_config=None, access_log=False, server_header=False)
        config.load()
        self._state = ServerState()
        self._where = (host, port)

        def protocol(place: HeldConnection) -> asyncio.Protocol:
            return BoundedHttpProtocol(
                config=config, server_state=self._state, app_state={}, budgets=budgets, place=place
            )

        self._listener = Listener(ConnectionGate(budgets, MAX_CONNECTIONS), protocol, None, budgets.handshake_seconds)

    async def start(self) -> None:
        """Raises ``OSError`` where it cannot listen."""
        await self._listener.start(*self._where)
        # Beside the event loop, not at the first question: meanwhile nobody could sign in.
        await asyncio.to_thread(importlib.import_module, "kiosk.service.operations.metrics")

    async def stop(self) -> None:
        """Take no more, and end what is under way."""
        self._listener.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        await self._listener.wait_closed()
