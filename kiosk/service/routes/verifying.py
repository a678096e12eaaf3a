"""A gateway asks yes or no of a token: by ``/v1/verify``, by AuthZEN, or as a proxy that reads nothing but a status.

All are one decision. A gateway is a registered application. It shows an access token with a DPoP proof as everywhere
below ``/v1``, or, as most gateways can do no more, its secret (``client_secret_basic``).
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit import overspent
from kiosk.service.openid import authzen, client_auth, forwarded, verifying
from kiosk.service.openid.verify_faults import Gateway
from kiosk.service.openid.verify_question import VerifyIn, VerifyView, checked
from kiosk.service.platform.problems import HttpProblemError, TokenProblemError
from kiosk.service.routes.door import ALGS, TheService, admit_application, caller_of
from kiosk.service.routes.forms import fields
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.context import Service
from kiosk.service.store.request_budget import OverBudgetError

router = APIRouter(tags=["verify"], route_class=StrictRoute)
MAX_REQUEST_ID = 128
Admit = Callable[[Connection], Gateway]


@router.post("/v1/verify")
async def verify(body: VerifyIn, request: Request, service: TheService) -> VerifyView:
    """Whether a token is enough for what a gateway wants. 200 with yes or no; any other status is a no, too."""
    return await _answered(request, service, lambda _gateway: checked(body))


@router.get("/v1/verify/request", response_class=Response, status_code=204)
async def verify_request(request: Request, service: TheService) -> Response:
    """The same for a proxy's subrequest: 204, 401 or 403. A proxy that is not known is told 400, for a 401 would make
    the client's browser ask its person for a password."""
    headers = {name: value for name, value in request.headers.items() if len(request.headers.getlist(name)) == 1}
    forwarded.check_query(request.url.query)
    query = fields(request.url.query.encode("ascii", "replace"))
    try:
        view = await _answered(request, service, lambda _gateway: forwarded.read(headers, query), keys=False)
    except HttpProblemError as problem:
        if problem.status not in (401, 403):
            raise
        raise HttpProblemError(400, problem.code, problem.detail) from None
    status, told = forwarded.answer(view)
    return Response(status_code=status, headers=told)


@router.post(authzen.EVALUATION)
async def evaluate(request: Request, response: Response, service: TheService) -> dict[str, object]:
    """The same by AuthZEN (Authorization API 1.0, section 6)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HttpProblemError(415, "unsupported_media_type", "Send the body as application/json.")
    named = request.headers.get("x-request-id", "")
    if 0 < len(named) <= MAX_REQUEST_ID and named.isascii() and named.isprintable():
        response.headers["X-Request-ID"] = named
    raw = await request.body()
    said: dict[str, Json] = authzen.answer(
        await _answered(request, service, lambda gateway: authzen.read(raw, gateway.audience))
    )
    return dict(said)


@router.get("/.well-known/authzen-configuration")
async def metadata(service: TheService) -> dict[str, str]:
    """Where AuthZEN is answered."""
    return authzen.metadata(service.issuer)


async def _answered(
    request: Request, service: Service, asked_by: Callable[[Gateway], VerifyIn], *, keys: bool = True
) -> VerifyView:
    """Raises ``HttpProblemError`` for a gateway that is not known, and for a question that is none. ``keys``: it may
    be known by its key; not where a ``DPoP`` header is its client's."""
    by_key = keys and request.headers.get("authorization", "")[:5].lower() == "dpop "
    admit = await _by_key(request) if by_key else _by_secret(request, service)
    now = service.now()
    if not by_key:  # known by its secret alone, which uses nothing up: most questions need no place among the writers
        gateway = await service.db.read(admit)
        asked = asked_by(gateway)
        if not verifying.writes(asked):
            return await service.db.read(verifying.decide, service, gateway, asked, now)

    def run(conn: Connection) -> VerifyView:
        gateway = admit(conn)
        asked = asked_by(gateway)
        return verifying.decide(conn, service, gateway, asked, now)

    try:
        return await service.db.write(run)
    except OverBudgetError as over:
        await service.db.write(overspent.tell, None, over.party, 1, now)
        raise


async def _by_key(request: Request) -> Admit:
    caller = await caller_of(request)

    def admit(conn: Connection) -> Gateway:
        found = admit_application(conn, caller)
        return Gateway(found.id, found.name, found.audience)

    return admit


def _by_secret(request: Request, service: Service) -> Admit:
    """Raises ``TokenProblemError``; what it returns does, too."""
    sent = request.headers.get("authorization", "")
    if sent[:6].lower() != "basic ":
        headers = {"WWW-Authenticate": f'Basic realm="kiosk", DPoP {ALGS}'}
        detail = "Show who asks: an access token with a DPoP proof, or the application's secret."
        raise TokenProblemError(401, "invalid_client", detail, headers)
    shown = client_auth.shown(sent, {})

    def admit(conn: Connection) -> Gateway:
        client = client_auth.check(conn, shown, service.now()).client
        return Gateway(client.id, client.name, client.audience)

    return admit
