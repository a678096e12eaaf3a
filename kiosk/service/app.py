"""The service as an ASGI application: its doors, what runs beside them, and how errors are answered."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from kiosk.service.channels.rules import rules_from as message_rules_from
from kiosk.service.directory import pulling
from kiosk.service.folder import ServiceFolder
from kiosk.service.jobs import housekeeping, integrity_alarms, message_delivery
from kiosk.service.jobs.checkpoint_signing import CheckpointSealer
from kiosk.service.jose.dpop import Nonces
from kiosk.service.jose.tokens import Mint
from kiosk.service.openid import logout_delivery
from kiosk.service.platform.budgets import budgets_from
from kiosk.service.platform.openid_settings import openid_from
from kiosk.service.platform.pin_turns import PinTurns
from kiosk.service.platform.problems import SCIM, SCIM_TYPE, HttpProblemError, audit_failed, scim_body, tampered
from kiosk.service.platform.request_limits import BodyLimit, Headers
from kiosk.service.policy import book_of, rules_from
from kiosk.service.policy.review_rules import review_from
from kiosk.service.routes import (
    ceremonies,
    emergencies,
    enrolments,
    events,
    oauth,
    offline,
    openid,
    openid_tokens,
    reports,
    resets,
    reviews,
    scim,
    tokens,
    verifying,
    workstations,
)
from kiosk.service.routes.event_hub import Hub
from kiosk.service.shared.context import Service, own_bases
from kiosk.service.shared.measuring import Measured
from kiosk.service.store import disk
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
DOORS = (
    oauth,
    openid,
    openid_tokens,
    workstations,
    ceremonies,
    enrolments,
    reports,
    emergencies,
    offline,
    tokens,
    verifying,
    resets,
    reviews,
    events,
    scim,
)


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
        review=review_from(folder.settings.review),
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
        return answer(_problem_of(error), request)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, _error: Exception) -> Response:
        return answer(HttpProblemError(500, "internal", "The service failed here. Tell the help desk."), request)


def _problem_of(error: StoreError) -> HttpProblemError:
    """What is answered where the store could not do it; what is a fault of the store's is logged."""
    match error:
        case UnreadableRowError():
            log.error("%s", error)
            return HttpProblemError(409, "unreadable", "What was begun here cannot be read any more. Begin again.")
        case StoreConflictError():
            return HttpProblemError(409, "conflict", "Somebody else did this at the same moment. Try again.")
        case StoreRefusedError():
            return HttpProblemError(422, "bad_text", "A text or number of this request cannot be stored.")
        case _:
            pass
    # That others were first is no fault of the store's; what was asked is asked again.
    log.log(logging.WARNING if isinstance(error, StoreBusyError) else logging.ERROR, "the store failed: %s", error)
    match error:
        case StoreFullError():
            return audit_failed("full")
        case StoreReadOnlyError():
            return audit_failed("read_only")
        case StoreBusyError():
            return HttpProblemError(503, "store_busy", "The service's database is busy. Try again in a moment.")
        case _:
            return HttpProblemError(503, "store_down", "The service's database does not answer. Try again soon.")


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
