"""Serves a data folder: listens by its certificate, says when it is ready, and stops when told to."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from kiosk.service.app import build, service_for
from kiosk.service.folder import DataFolderError, ServiceFolder, listen_address, migrate, upgraded_folder
from kiosk.service.operations.beside import Beside
from kiosk.service.platform import logs, memory, systemd_notify
from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.connection_places import ConnectionGate, HeldConnection, most_connections
from kiosk.service.platform.http_limits import BoundedHttpProtocol
from kiosk.service.platform.listening import Listener
from kiosk.service.platform.operations_settings import operations_from
from kiosk.service.routes.event_hub import Hub
from kiosk.service.store import serving

KEEP_ALIVE = 75
GRACEFUL_SECONDS = 5
CANNOT_START = 3
"""As uvicorn exits; ``serve`` makes a sentence of it."""


class _Server(uvicorn.Server):
    """uvicorn that says when it accepts, ends open streams when told to stop, and then exits with status 0.

    ``beside``: what runs as long as it serves.
    """

    def __init__(self, config: uvicorn.Config, hub: Hub, budgets: Budgets, beside: Beside) -> None:
        super().__init__(config)
        self._hub = hub
        self._budgets = budgets
        self._beside = beside

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then print ``ready``. In place of uvicorn's own: it neither limits TLS nor counts connections."""
        config = self.config
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(CANNOT_START)
        gate = ConnectionGate(self._budgets, most_connections(self._budgets))
        listener = Listener(gate, self._protocol, config.ssl, self._budgets.handshake_seconds)
        try:
            await listener.start(config.host, config.port)
            await self._beside.start(gate)
        except OSError:
            listener.close()
            await self.lifespan.shutdown()
            sys.exit(CANNOT_START)
        self.servers = [listener]  # type: ignore[list-item]  # closes and is waited for as a server of asyncio's
        self.started = True
        print("ready", flush=True)
        systemd_notify.tell(systemd_notify.READY)

    def _protocol(self, place: HeldConnection) -> asyncio.Protocol:
        return BoundedHttpProtocol(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            budgets=self._budgets,
            place=place,
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the event streams end, or they would hold the shutdown up."""
        systemd_notify.tell(systemd_notify.STOPPING)
        self._beside.leave()
        self._hub.close()
        await super().shutdown(sockets)
        await self._beside.stop()
        logs.tell(every=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop cleanly; uvicorn's own would raise them again afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def serve(data: ServiceFolder | Path, look: Callable[[ServiceFolder], None] = lambda folder: None) -> int:
    """Serve a data folder until SIGTERM; prints ``ready`` on standard output once it accepts. The exit status.

    ``look``: says what whoever wrote the settings should know, once the database is brought up to date.

    Raises ``DataFolderError``, ``KeyFileError``, ``SettingsError``, ``StoreError``.
    """
    memory.give_back()
    folder = upgraded_folder(data) if isinstance(data, Path) else data
    with serving.alone(folder.database_url):
        return _serve(folder, look)


def _serve(folder: ServiceFolder, look: Callable[[ServiceFolder], None]) -> int:
    folder.tls.ensure_server(folder.hosts, int(time.time()))
    migrate(folder)
    look(folder)
    db = folder.database()
    service = service_for(folder, db)
    operations = operations_from(folder.settings.operations)
    app, whole = build(service, checkpoints=folder.checkpoints)
    config = _config(folder, whole)
    logs.begin(operations.log)
    config.load()
    if config.ssl is None:
        raise DataFolderError("The service has no certificate to serve.")
    config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    beside = Beside(operations, folder, service, app.state.hub, config.ssl)
    server = _Server(config, app.state.hub, service.budgets, beside)
    gc.freeze()  # what there is now stays; looking for garbage begins here (see cli/service.py)
    gc.enable()
    with contextlib.suppress(SystemExit):  # uvicorn's way to say that it cannot listen
        server.run()
    if not server.started:
        where = beside.refused or folder.settings.listen
        raise DataFolderError(f"The service cannot listen on {where}. Is it running already?")
    return 0


def _config(folder: ServiceFolder, whole: ASGIApp) -> uvicorn.Config:
    """How uvicorn is to serve: TLS by the folder's certificate, and nothing said that need not be."""
    host, port = listen_address(folder.settings.listen)
    return uvicorn.Config(
        whole,
        host=host,
        port=port,
        ssl_certfile=str(folder.tls.server_pem),
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        http=BoundedHttpProtocol,
        ws="none",
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        server_header=False,
        access_log=False,
        log_config=None,
        lifespan="on",
        callback_notify=systemd_notify.beat,
        timeout_notify=systemd_notify.BEAT_SECONDS,
    )
