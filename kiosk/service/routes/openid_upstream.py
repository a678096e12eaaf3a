"""The doors of a sign-in by the hospital's own OpenID Provider: a browser goes there, and comes back."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request, Response

from kiosk.service.openid import releasing
from kiosk.service.openid.tickets import TICKET_SECONDS, AuthorizationRequest
from kiosk.service.platform.problems import HttpProblemError, TokenProblemError
from kiosk.service.platform.request_sources import source_of
from kiosk.service.routes.door import service_of
from kiosk.service.routes.forms import fields
from kiosk.service.routes.openid import WhereView
from kiosk.service.routes.own_page import check_own_page
from kiosk.service.routes.sign_in_page import COOKIE, tickets_of, told
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.context import Service
from kiosk.service.store import openid_clients
from kiosk.service.upstream import arriving, going, id_tokens
from kiosk.service.upstream.errors import ProviderAnswerError, ProviderAwayError
from kiosk.service.upstream.going import SealedState, StateError, States
from kiosk.service.upstream.id_tokens import ProviderSays, UnknownKeyError
from kiosk.service.upstream.provider_line import ProviderLine

router = APIRouter(tags=["openid"], route_class=StrictRoute)
log = logging.getLogger("kiosk.service.routes.openid_upstream")
MAX_CODE = 4096
_TOO_LITTLE = "unmet_authentication_requirements"


@dataclass(frozen=True, slots=True)
class ElsewhereIn:
    """Body of ``POST /oauth/upstream``."""

    ticket: str


def _line(request: Request) -> ProviderLine:
    """Raises ``HttpProblemError`` where there is none."""
    line = cast("ProviderLine | None", request.app.state.upstream)
    if line is None:
        raise HttpProblemError(404, "not_found", "This service has no other provider.")
    return line


@router.post("/oauth/upstream")
async def go(request: Request, body: ElsewhereIn) -> WhereView:
    """For the sign-in page alone: where the browser goes to sign in by the hospital's own provider."""
    service, line = service_of(request), _line(request)
    check_own_page(request)
    asked = releasing.opened(tickets_of(service), body.ticket, request.cookies.get(COOKIE, ""), service.now())
    client = await service.db.read(openid_clients.find, asked.client_id)
    if asked.silent or client is None or not client.active:
        raise HttpProblemError(403, "not_active", "This application signs nobody in here now.")
    if not going.can_reach(line.settings, asked, client.rules.acr):
        return WhereView(releasing.failed(asked, _TOO_LITTLE, service.issuer))
    try:
        facts = await line.facts()
    except (ProviderAwayError, ProviderAnswerError) as error:
        log.warning("the hospital's own provider cannot be used: %s", error)
        raise HttpProblemError(503, "upstream_away", "The hospital's own sign-in cannot be reached now.") from None
    state = going.fresh(body.ticket, line.settings.issuer)
    sealed = States(service.keys.nonce).seal(state)
    own = client.rules.acr
    return WhereView(going.address(line.settings, facts, asked, state, sealed, service.issuer, own))


@router.get(going.CALLBACK, response_class=Response)
async def come_back(request: Request) -> Response:
    """A browser comes back from the hospital's own provider (OpenID Connect Core section 3.1.2.5)."""
    service, line, now = service_of(request), _line(request), service_of(request).now()
    name = line.settings.name
    try:
        sent = fields(request.url.query.encode("ascii", "replace"))
        state = States(service.keys.nonce).open(sent.get("state", ""))
        asked = releasing.opened(tickets_of(service), state.ticket, request.cookies.get(COOKIE, ""), now)
        await _check_answer(line, state, sent)
        if "error" in sent:
            return _gone_on(service.issuer, asked, sent["error"])
        source = source_of(request.client.host if request.client else "")
        said = await _said(service, line, state, asked, sent.get("code", ""), source)
        where = await service.db.write(arriving.arrive, service, line.settings, asked, said, now)
    except (StateError, TokenProblemError):
        return told(request, "upstream_failed", "What came back was not begun here.", 400, name)
    except HttpProblemError as problem:
        return told(request, "upstream_failed", problem.detail, problem.status, name)
    except ProviderAwayError as error:
        log.warning("the hospital's own provider cannot be used: %s", error)
        return told(request, "upstream_away", "", 503, name)
    except ProviderAnswerError as error:
        log.warning("the hospital's own provider gave no sign-in: %s", error)
        return told(request, "upstream_failed", str(error), 403, name)
    if where is None:
        return told(request, "upstream_unknown", "", 403, name)
    return Response(status_code=303, headers={"Location": where})


async def _check_answer(line: ProviderLine, state: SealedState, sent: Mapping[str, str]) -> None:
    """The answer is of the provider that the browser was sent to (RFC 9207 section 2.4). Raises
    ``ProviderAnswerError``."""
    issuer = line.settings.issuer
    named = sent.get("iss", None if (await line.facts()).names_itself else issuer)
    if state.issuer != issuer or named != issuer:
        raise ProviderAnswerError("other_issuer", "The answer is of another provider than the browser was sent to.")


async def _said(
    service: Service, line: ProviderLine, state: SealedState, asked: AuthorizationRequest, code: str, source: str
) -> ProviderSays:
    """Whom the provider has signed in. An ID token of its own that does not hold is written down. Raises
    ``ProviderAwayError``, ``ProviderAnswerError``, ``HttpProblemError``."""
    if not 0 < len(code) <= MAX_CODE:
        raise ProviderAnswerError("no_code", "The answer has no code.")
    now = service.now()
    if not line.tries.may(asked.id, asked.created + TICKET_SECONDS, now):
        raise HttpProblemError(409, "already_used", "This sign-in was tried before. Begin again in the application.")
    token = await line.id_token(code, state.verifier, service.issuer + going.CALLBACK, now, source)
    try:
        return await _read(line, state, asked, token, now)
    except ProviderAnswerError as error:
        await service.db.write(arriving.not_believed, service, line.settings, asked, error, now)
        raise


async def _read(
    line: ProviderLine, state: SealedState, asked: AuthorizationRequest, token: str, now: int
) -> ProviderSays:
    """Raises ``ProviderAwayError``, ``ProviderAnswerError``."""
    age = going.max_age_of(line.settings, asked)
    for unknown in (False, True):  # it may have a new key since its list was read
        keys = await line.keys(unknown=unknown)
        with contextlib.suppress(UnknownKeyError):
            return id_tokens.read(line.settings, keys, token, state.nonce, age, now)
    raise ProviderAnswerError("unknown_key", "The ID token is signed by a key that the provider does not name.")


def _gone_on(issuer: str, asked: AuthorizationRequest, error: str) -> Response:
    """The person did not sign in there: the application is told as if they had not done so here."""
    known = error if error in releasing.FAILURES else "access_denied"
    where = releasing.failed(asked, known, issuer)
    return Response(status_code=303, headers={"Location": where})
