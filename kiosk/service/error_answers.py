"""How errors are answered: every one is a ``Problem``; none shows a stack trace or repeats what was sent."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from kiosk.service.jobs import integrity_alarms
from kiosk.service.platform import request_ids
from kiosk.service.platform.problems import SCIM, SCIM_TYPE, HttpProblemError, audit_failed, scim_body, tampered
from kiosk.service.shared.context import Service
from kiosk.service.store.errors import (
    StoreBusyError,
    StoreConflictError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    StoreRefusedError,
    StoreStandbyError,
    UnreadableRowError,
    kind_of,
)
from kiosk.service.store.vouching import TamperedError

log = logging.getLogger("kiosk.service")
STORE_DOWN = HttpProblemError(503, "store_down", "The service's database does not answer. Try again soon.")


def answer_errors(app: FastAPI) -> None:
    """Let ``app`` answer what its doors raise; its state holds the service."""

    def answer(problem: HttpProblemError, request: Request) -> Response:
        if getattr(request.state, "signed", None) is not None:  # what strangers are answered is nobody's news
            request_ids.tell(problem.code)
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
    if not error.told:
        log.log(logging.WARNING if isinstance(error, StoreBusyError) else logging.ERROR, "the store failed: %s", error)
    match error:
        case StoreFullError():
            return audit_failed("full")
        case StoreStandbyError():
            return STORE_DOWN
        case StoreReadOnlyError():
            return audit_failed("read_only")
        case StoreBusyError():
            return HttpProblemError(503, "store_busy", "The service's database is busy. Try again in a moment.")
        case _:
            return STORE_DOWN
