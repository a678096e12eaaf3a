"""The doors of a sign-in to an application: for the browser, for the application that begins, for the workstation."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response

from kiosk.model.attest import AttestIn, AttestView
from kiosk.service.openid import attesting, levels, page, parameters, releasing, signing_out
from kiosk.service.openid.authorize_error import AuthorizeError, answer_at
from kiosk.service.openid.tickets import PUSHED_SECONDS, AuthorizationRequest, TicketError, fingerprint
from kiosk.service.platform.problems import HttpProblemError, TokenProblemError
from kiosk.service.routes.door import TheCaller, TheService, decide, service_of
from kiosk.service.routes.forms import fields, read_form
from kiosk.service.routes.openid_tokens import known_client, shown_proof
from kiosk.service.routes.own_page import check_own_page
from kiosk.service.routes.sign_in_page import COOKIE, language, tickets_of, told
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.context import Service
from kiosk.service.store import openid_clients
from kiosk.service.store.openid_clients import OpenIdClient

router = APIRouter(tags=["openid"], route_class=StrictRoute)
PUSHED = "urn:ietf:params:oauth:request_uri:"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ContinueIn:
    """Body of ``POST /oauth/continue``. ``receipt``: what the doorbell gave. ``failed``: why there is none."""

    ticket: str
    receipt: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class WhereView:
    """Where the browser goes."""

    location: str


@dataclass(frozen=True, slots=True)
class PushedView:
    """RFC 9126 section 2.2."""

    request_uri: str
    expires_in: int


@router.get("/oauth/authorize", response_class=Response)
async def authorize(request: Request) -> Response:
    """The sign-in page (OpenID Connect Core section 3.1.2); or the application's error, or a page that says what is
    wrong with the request."""
    return await _authorize(request, request.url.query.encode("ascii", "replace"))


@router.post("/oauth/authorize", response_class=Response)
async def authorize_by_form(request: Request) -> Response:
    """The same for a form."""
    return await _authorize(request, await request.body())


async def _authorize(request: Request, raw: bytes) -> Response:
    service = service_of(request)
    try:
        sent = fields(raw)
        client = await service.db.read(openid_clients.find, sent.get("client_id", ""))
        if client is None or not client.active:
            raise AuthorizeError("invalid_request", "There is no application of this client_id.")
        asked = _asked(service, client, sent)
    except TokenProblemError as problem:
        return told(request, "wrong", problem.detail, 400)
    except AuthorizeError as error:
        return told(request, "wrong", str(error), 400)
    if isinstance(asked, str):
        return Response(status_code=303, headers={"Location": asked})
    return _page(request, client, asked)


def _asked(service: Service, client: OpenIdClient, sent: Mapping[str, str]) -> AuthorizationRequest | str:
    """The request; or where its error goes. Raises ``AuthorizeError`` for what is shown here, and sent nowhere."""
    if "request_uri" in sent:
        return _pushed(service, client, sent["request_uri"])
    where = parameters.check_redirect(client, sent.get("redirect_uri"))
    try:
        if client.rules.pushed:
            raise AuthorizeError("invalid_request", "This application has to push its requests (RFC 9126).")
        asked = parameters.read(client, sent, service.mint, service.issuer, service.now())
        levels.least(asked, client.rules.acr)
    except AuthorizeError as error:
        answer = {"error": error.error, "error_description": str(error)}
        return answer_at(where, service.issuer, sent.get("state"), **answer)
    return asked


def _pushed(service: Service, client: OpenIdClient, uri: str) -> AuthorizationRequest:
    try:
        asked = tickets_of(service).open(uri.removeprefix(PUSHED), service.now(), PUSHED_SECONDS)
    except TicketError as error:
        raise AuthorizeError("invalid_request", f"The request_uri is not accepted: {error}.") from None
    if not uri.startswith(PUSHED) or asked.client_id != client.id or asked.browser:
        raise AuthorizeError("invalid_request", "The request_uri is another application's, or none that was pushed.")
    parameters.check_redirect(client, asked.redirect_uri)
    return asked


def _page(request: Request, client: OpenIdClient, asked: AuthorizationRequest) -> Response:
    service = service_of(request)
    cookie = request.cookies.get(COOKIE, "")
    known = bool(_TOKEN.fullmatch(cookie))
    cookie = cookie if known else secrets.token_urlsafe(32)
    ticket = tickets_of(service).seal(replace(asked, browser=fingerprint(cookie)))
    port, elsewhere = service.openid.doorbell_port, service.upstream
    other = elsewhere.name if elsewhere is not None and not asked.silent else None
    html = page.sign_in(language(request), client.rules.title, ticket, port, silent=asked.silent, other=other)
    answer = Response(html, media_type="text/html", headers=page.headers(port))
    if not known:
        answer.set_cookie(COOKIE, cookie, path="/", secure=True, httponly=True, samesite="lax")
    return answer


@router.post("/oauth/par", status_code=201)
async def push(request: Request) -> PushedView:
    """An application's authorization request, under its own key (RFC 9126)."""
    service = service_of(request)
    form = await read_form(request)
    who, proof = await known_client(request, form), shown_proof(request)
    if "request_uri" in form:
        raise TokenProblemError(400, "invalid_request", "A pushed request has no request_uri.")
    if proof is not None and form.setdefault("dpop_jkt", proof.jkt) != proof.jkt:  # RFC 9449 section 10.1
        raise TokenProblemError(400, "invalid_dpop_proof", "dpop_jkt and the DPoP proof are of different keys.")
    try:
        parameters.check_redirect(who.client, form.get("redirect_uri"))
        asked = parameters.read(who.client, form, service.mint, service.issuer, service.now())
        levels.least(asked, who.client.rules.acr)
    except AuthorizeError as error:
        raise TokenProblemError(400, error.error, str(error)) from None
    if who.assertion is not None:
        await service.db.write(who.use)
    return PushedView(PUSHED + tickets_of(service).seal(asked), PUSHED_SECONDS)


@router.post("/oauth/continue")
async def go_on(request: Request, body: ContinueIn) -> WhereView:
    """For the sign-in page alone: where the browser goes, with its code or with an error."""
    service, now = service_of(request), service_of(request).now()
    check_own_page(request)
    asked = releasing.opened(tickets_of(service), body.ticket, request.cookies.get(COOKIE, ""), now)
    if body.receipt is not None:
        return WhereView(await service.db.write(releasing.release, asked, body.receipt, service.issuer, now))
    if body.failed not in releasing.FAILURES:
        raise HttpProblemError(422, "bad_request", "Say what the workstation gave, or why there is none.")
    return WhereView(releasing.failed(asked, body.failed, service.issuer))


@router.post("/v1/openid/attest")
async def attest(body: AttestIn, service: TheService, caller: TheCaller) -> AttestView:
    """A workstation attests whose session a browser's authorization request belongs to."""
    return await decide(service, caller, lambda frame: attesting.attest(frame, tickets_of(service), body))


@router.get("/oauth/logout", response_class=Response)
async def sign_out(request: Request) -> Response:
    """An application signs its person out of itself (OpenID Connect RP-Initiated Logout 1.0)."""
    return await _sign_out(request, request.url.query.encode("ascii", "replace"))


@router.post("/oauth/logout", response_class=Response)
async def sign_out_by_form(request: Request) -> Response:
    """The same for a form."""
    return await _sign_out(request, await request.body())


async def _sign_out(request: Request, raw: bytes) -> Response:
    service = service_of(request)
    try:
        sent = fields(raw)
        whose = signing_out.read(service, sent)  # before any transaction: anybody may ask
        where = await service.db.write(signing_out.sign_out, whose, sent, service.now())
    except TokenProblemError as problem:
        return told(request, "wrong", problem.detail, 400)
    except AuthorizeError as error:
        return told(request, "wrong", str(error), 400)
    if where is None:
        return told(request, "signed_out", "", 200)
    return Response(status_code=303, headers={"Location": where})


@router.get(page.SCRIPT, response_class=Response, include_in_schema=False)
async def script() -> Response:
    """The sign-in page's."""
    return Response(page.script(), media_type="text/javascript")


@router.get(page.STYLE, response_class=Response, include_in_schema=False)
async def style() -> Response:
    """The sign-in page's."""
    return Response(page.style(), media_type="text/css")
