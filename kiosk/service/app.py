"""The service as an ASGI application, and ``serve``: the same over TLS until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from kiosk.service.channels.rules import rules_from as message_rules_from
from kiosk.service.directory import pulling
from kiosk.service.folder import DataFolderError, ServiceFolder, listen_address, migrate, upgraded_folder
from kiosk.service.jobs import housekeeping, integrity_alarms, message_delivery
from kiosk.service.jobs.checkpoint_signing import CheckpointSealer
from kiosk.service.jose.dpop import Nonces
from kiosk.service.jose.tokens import Mint
from kiosk.service.openid import logout_delivery
from kiosk.service.operations.beside import Beside
from kiosk.service.platform import logs, memory, systemd_notify
from kiosk.service.platform.budgets import Budgets, budgets_from
from kiosk.service.platform.connection_places import ConnectionGate, HeldConnection, most_connections
from kiosk.service.platform.http_limits import BoundedHttpProtocol
from kiosk.service.platform.listening import Listener
from kiosk.service.platform.openid_settings import openid_from
from kiosk.service.platform.operations_settings import operations_from
from kiosk.service.platform.pin_turns import PinTurns
from kiosk.service.platform.problems import SCIM, SCIM_TYPE, HttpProblemError, audit_failed, scim_body, tampered
from kiosk.service.platform.request_limits import BodyLimit, Headers
from kiosk.service.policy import book_of, rules_from
from kiosk.service.routes import (
    ceremonies,
    enrolments,
    events,
    oauth,
    offline,
    openid,
    openid_tokens,
    reports,
    resets,
    scim,
    tokens,
    verifying,
    workstations,
)
from kiosk.service.routes.event_hub import Hub
from kiosk.service.shared.context import Service, own_bases
from kiosk.service.shared.measuring import Measured
from kiosk.service.store import disk, serving
from kiosk.service.store.database import Database
from kiosk.service.store.errors import (
    StoreBusyError,
    StoreConflictError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    StoreRefusedError,
    UnreadableRowError,
    kind_of,
)
from kiosk.service.store.request_budget import Storage
from kiosk.service.store.vouching import TamperedError

log = logging.getLogger("kiosk.service")
KEEP_ALIVE = 75
GRACEFUL_SECONDS = 5
DOORS = (
    oauth,
    openid,
    openid_tokens,
    workstations,
    ceremonies,
    enrolments,
    reports,
    offline,
    tokens,
    verifying,
    resets,
    events,
    scim,
)
CANNOT_START = 3
"""As uvicorn exits; ``serve`` makes a sentence of it."""


def service_for(folder: ServiceFolder, db: Database, clock: Callable[[], float] = time.time) -> Service:
    """What the doors share, for an opened data folder. Raises ``SettingsError`` for a policy that makes no sense."""
    budgets = budgets_from(folder.settings.limits)
    rules = rules_from(folder.settings.policy_table())
    return Service(
        settings=folder.settings,
        rules=rules,
        usual=book_of(rules),
        budgets=budgets,
        db=db,
        keys=folder.keys,
        mint=Mint(folder.keys.tokens, folder.keys.rsa),
        nonces=Nonces(folder.keys.nonce),
        trust=folder.tls.trust,
        clock=clock,
        storage=Storage(disk.folder_of(db.url), budgets.reserve_mib),
        pins=PinTurns(budgets),
        lead=db.leadership(),
        openid=openid_from(folder.settings.openid),
    )


def build(service: Service, *, checkpoints: Path | None = None) -> tuple[FastAPI, ASGIApp]:
    """The application, and the same behind its limits, which is what is to be served.

    ``checkpoints``: where the trail's checkpoints are appended; None for no housekeeping (tests). Raises
    ``SettingsError`` for messages that make no sense.
    """
    messaging = message_rules_from(service.settings.messages)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        keepers: list[asyncio.Task[None]] = []
        leading: list[asyncio.Task[None]] = []
        if checkpoints is not None:
            leading.append(asyncio.create_task(service.lead.keep()))
            keepers.append(
                asyncio.create_task(housekeeping.run(service, checkpoints, messaging.keep_days, app.state.hub.stations))
            )
            keepers.append(asyncio.create_task(message_delivery.run(service, messaging)))
            keepers.append(asyncio.create_task(pulling.run(service)))
            keepers.append(asyncio.create_task(logout_delivery.run(service)))
        try:
            yield
        finally:
            await app.state.hub.stop()
            await _end(keepers)
            if checkpoints is not None:
                await CheckpointSealer(service, checkpoints).once()
            await _end(leading)
            await service.db.close()

    app = _bare(lifespan)
    app.state.service = service
    app.state.bases = own_bases(service.settings)
    app.state.hub = Hub(service.db)
    _answer_errors(app)
    measured = Measured(BodyLimit(app), service.tally)
    return app, Headers(measured, lambda: service.nonces.issue(service.clock()))


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _answer_errors(app: FastAPI) -> None:
    """Every error is a ``Problem``; none shows a stack trace or repeats what was sent."""

    def answer(problem: HttpProblemError, request: Request) -> Response:
        if request.url.path.startswith(SCIM):
            return Response(scim_body(problem), problem.status, problem.headers, SCIM_TYPE)
        return Response(problem.body(), problem.status, problem.headers, "application/json")

    @app.exception_handler(HttpProblemError)
    async def known(request: Request, error: HttpProblemError) -> Response:
        return answer(error, request)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, _error: RequestValidationError) -> Response:
        return answer(HttpProblemError(422, "bad_request", "The request is not of the right form."), request)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        names = {404: "not_found", 405: "method_not_allowed"}
        detail = "There is nothing at this address." if error.status_code == 404 else "This cannot be done here."
        return answer(HttpProblemError(error.status_code, names.get(error.status_code, "bad_request"), detail), request)

    @app.exception_handler(StoreError)
    async def store(request: Request, error: StoreError) -> Response:
        service: Service = app.state.service
        service.tally.troubles[kind_of(error)] += 1
        if isinstance(error, TamperedError):
            await integrity_alarms.tell(service.db, service.now())
            return answer(tampered(at_token_endpoint=request.url.path == "/oauth/token"), request)
        if isinstance(error, UnreadableRowError):
            log.error("%s", error)
            return answer(
                HttpProblemError(409, "unreadable", "What was begun here cannot be read any more. Begin again."),
                request,
            )
        if isinstance(error, StoreConflictError):
            return answer(
                HttpProblemError(409, "conflict", "Somebody else did this at the same moment. Try again."), request
            )
        if isinstance(error, StoreRefusedError):
            return answer(
                HttpProblemError(422, "bad_text", "A text or number of this request cannot be stored."), request
            )
        # That others were first is no fault of the store's; what was asked is asked again.
        log.log(logging.WARNING if isinstance(error, StoreBusyError) else logging.ERROR, "the store failed: %s", error)
        if isinstance(error, StoreFullError | StoreReadOnlyError):
            return answer(audit_failed("full" if isinstance(error, StoreFullError) else "read_only"), request)
        if isinstance(error, StoreBusyError):
            return answer(
                HttpProblemError(503, "store_busy", "The service's database is busy. Try again in a moment."), request
            )
        return answer(
            HttpProblemError(503, "store_down", "The service's database does not answer. Try again soon."), request
        )

    @app.exception_handler(Exception)
    async def unexpected(request: Request, _error: Exception) -> Response:
        return answer(HttpProblemError(500, "internal", "The service failed here. Tell the help desk."), request)


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


def openapi() -> dict[str, object]:
    """The description of the interface, as served and as in ``docs/openapi.json``."""
    return _bare(None).openapi()


def _bare(lifespan: Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]] | None) -> FastAPI:
    """The doors as their files made them: ``include_router`` would make each once more, for every application."""
    return FastAPI(
        title="kiosk",
        summary="Tap-and-go sign-in and step-up for shared clinical workstations",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        routes=[route for door in DOORS for route in door.router.routes],
    )
