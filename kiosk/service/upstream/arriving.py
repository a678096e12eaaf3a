"""Somebody comes back from the hospital's own provider: who that is here, whether they may, and the code for it.

What is decided is written down in the same transaction. A refusal is a value: an error would take its row back.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.ceremonies import agents
from kiosk.service.openid import levels
from kiosk.service.openid.attesting import ACT, sid_of
from kiosk.service.openid.authorize_error import AuthorizeError, answer_at
from kiosk.service.openid.releasing import CODE_SECONDS
from kiosk.service.openid.tickets import TICKET_SECONDS, AuthorizationRequest, fingerprint
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.platform.upstream_settings import UpstreamSettings
from kiosk.service.shared.context import Service
from kiosk.service.store import jtis, lookups, openid_clients, openid_grants
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.openid_clients import OpenIdClient
from kiosk.service.store.openid_grants import OpenIdGrant
from kiosk.service.store.request_budget import settle_application
from kiosk.service.upstream.errors import ProviderAnswerError
from kiosk.service.upstream.id_tokens import ProviderSays


@dataclass(frozen=True, slots=True)
class _Arrival:
    service: Service
    settings: UpstreamSettings
    request: AuthorizationRequest
    client: OpenIdClient
    now: int


def arrive(
    conn: Connection,
    service: Service,
    settings: UpstreamSettings,
    request: AuthorizationRequest,
    said: ProviderSays,
    now: int,
) -> str | None:
    """Where the browser goes; None for a person whose account there opens nothing here. Raises ``HttpProblemError`` for
    a request that was used before."""
    known = lookups.person_by_login(conn, said.login)
    here = _arrival(conn, service, settings, request, now)
    _once(conn, request)
    why = _fault(conn, known)
    if known is None or why is not None:
        _write(conn, here, said, known, why)
        answer = None
    else:
        answer = _answer(conn, here, said, known)
    settle_application(conn, service.budgets, here.client.id, now)
    return answer


def _fault(conn: Connection, known: StoredPerson | None) -> str | None:
    """Why that account opens nothing here. What a program holds is no person's, whatever a provider says of it."""
    if known is None:
        return "unknown_person"
    if known.suspended:
        return "suspended"
    return "program_account" if agents.is_account(conn, known) else None


def not_believed(
    conn: Connection,
    service: Service,
    settings: UpstreamSettings,
    request: AuthorizationRequest,
    error: ProviderAnswerError,
    now: int,
) -> None:
    """The provider itself gave an ID token that does not hold: that is written down. Raises ``HttpProblemError``."""
    here = _arrival(conn, service, settings, request, now)
    _once(conn, request)
    _write(conn, here, None, None, error.reason)
    settle_application(conn, service.budgets, here.client.id, now)


def _arrival(
    conn: Connection, service: Service, settings: UpstreamSettings, request: AuthorizationRequest, now: int
) -> _Arrival:
    client = openid_clients.find(conn, request.client_id)
    if client is None or not client.active or request.redirect_uri not in client.rules.redirect_uris:
        raise HttpProblemError(403, "not_registered", "This application signs nobody in here any more.")
    return _Arrival(service, settings, request, client, now)


def _once(conn: Connection, request: AuthorizationRequest) -> None:
    """The same word as of a workstation's: no request is answered twice, on whichever way."""
    if not jtis.use(conn, "openid-ticket", request.id, request.created + TICKET_SECONDS):
        raise HttpProblemError(409, "already_used", "This sign-in was used before. Begin again in the application.")


def _answer(conn: Connection, here: _Arrival, said: ProviderSays, known: StoredPerson) -> str:
    request, issuer = here.request, here.service.issuer
    try:
        _check(here, said, known)
    except AuthorizeError as error:
        _write(conn, here, said, known, error.error)
        told = {"error": error.error, "error_description": str(error)}
        return answer_at(request.redirect_uri, issuer, request.state, **told)
    code = secrets.token_urlsafe(32)
    openid_grants.add(conn, _grant(here, said, known, code))
    _write(conn, here, said, known, None)
    return answer_at(request.redirect_uri, issuer, request.state, code=code)


def _check(here: _Arrival, said: ProviderSays, known: StoredPerson) -> None:
    """Raises ``AuthorizeError`` where the application is told why not."""
    request, rules, person = here.request, here.client.rules, known.person
    for roles in (here.settings.roles, rules.roles):
        if roles and not set(roles) & set(person.roles):
            raise AuthorizeError("access_denied", "This person may not use this application, or not from here.")
    if request.subject not in (None, person.id) or request.login not in (None, person.login):
        raise AuthorizeError("login_required", "Somebody else signed in.")
    if not levels.enough(request, rules.acr, said.assurance, here.now):
        raise AuthorizeError("unmet_authentication_requirements", "What was proved there is not enough here.")


def _grant(here: _Arrival, said: ProviderSays, known: StoredPerson, code: str) -> OpenIdGrant:
    request = here.request
    return OpenIdGrant(
        id=request.id,
        application=here.client.id,
        person=known.person.id,
        workstation=None,
        session=None,
        sid=sid_of(request.id, here.client.id),
        scope=request.scope,
        assurance=said.assurance,
        nonce=request.nonce,
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        browser=request.browser,
        jkt=request.jkt,
        receipt=fingerprint(secrets.token_urlsafe(32)),
        created=here.now,
        code=fingerprint(code),
        code_until=here.now + CODE_SECONDS,
        upstream=here.settings.issuer,
    )


def _write(
    conn: Connection, here: _Arrival, said: ProviderSays | None, known: StoredPerson | None, why: str | None
) -> None:
    detail: dict[str, Json] = {"app": here.client.name, "grant": here.request.id, "upstream": here.settings.issuer}
    if said is not None:
        detail["subject"] = said.subject
        if known is None:
            detail["claimed"] = said.login
    event = Event(
        ACT,
        "success" if why is None else "refused",
        here.now,
        reason=why,
        person=known.person.id if known is not None else None,
        login=known.person.login if known is not None else None,
        acr=said.assurance.acr if said is not None and why is None else None,
        amr=said.assurance.amr if said is not None and why is None else (),
        detail=detail,
    )
    writer.append(conn, SERVICE, event)
