"""A workstation says whose browser asks to be signed in: looked at, written down, answered with a receipt.

The workstation's signature is over its request, which names the ticket and the session (``kiosk.model.signing``). It is
believed about its own screen, and about nothing else: who may, how strong it was, and whether the session is open is
seen here.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from kiosk.model.attest import AttestIn, AttestView
from kiosk.model.binding import Json, b64u
from kiosk.model.proof import Assurance
from kiosk.service.audit.event import Event
from kiosk.service.openid import levels, used_proofs
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.openid.tickets import TICKET_SECONDS, AuthorizationRequest, TicketError, Tickets, fingerprint
from kiosk.service.openid.used_proofs import WantedProof
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import jtis, lookups, openid_clients, openid_grants, programs, sessions
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.openid_clients import OpenIdClient
from kiosk.service.store.openid_grants import OpenIdGrant
from kiosk.service.store.sessions import StoredSession

ACT = "app_sign_in"
"""In the trail."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Everything about one request that is known of it."""

    request: AuthorizationRequest
    client: OpenIdClient
    session: StoredSession
    known: StoredPerson


def attest(frame: Frame, tickets: Tickets, said: AttestIn) -> AttestView:
    """Whether this sign-in happens. Raises ``HttpProblemError`` for a ticket that is none, or was used."""
    try:
        request = tickets.open(said.ticket, frame.now)
    except TicketError as error:
        raise HttpProblemError(422, "bad_ticket", f"This page cannot be used any more: {error}.") from None
    if not request.browser:  # a pushed request is no browser's yet
        raise HttpProblemError(422, "bad_ticket", "This is no page of a browser. Begin again in the application.")
    session = sessions.held(frame.conn, said.session)
    if session is None or session.workstation != frame.station.id or session.state != "open":
        return AttestView("refused", reason="not_active")
    known = lookups.person_by_id(frame.conn, session.person)
    client = openid_clients.find(frame.conn, request.client_id)
    program = programs.registered(frame.conn, said.name, said.program, said.sha256) if said.name else None
    if known is None or known.suspended or program is None or not program.browser:
        return AttestView("refused", reason="not_active" if program and program.browser else "not_a_browser")
    if client is None or not client.active or request.redirect_uri not in client.rules.redirect_uris:
        return AttestView("refused", reason="not_registered")
    asked = _Asked(request, client, session, known)
    try:
        return _decide(frame, asked, said.step_up)
    except AuthorizeError as error:
        _write(frame, asked, "refused", error.error)
        return AttestView("refused", reason=error.error)


def _decide(frame: Frame, asked: _Asked, step_up: str | None) -> AttestView:
    """Raises ``AuthorizeError`` where the application is told why not."""
    request, rules, person = asked.request, asked.client.rules, asked.known.person
    if rules.roles and not set(rules.roles) & set(person.roles):
        raise AuthorizeError("access_denied", "This person may not use this application.")
    if request.subject not in (None, person.id) or request.login not in (None, person.login):
        raise AuthorizeError("login_required", "Somebody else is signed in at this workstation.")
    have = asked.session.assurance if step_up is None else _proved(frame, asked, step_up)
    if not levels.enough(request, rules.acr, have, frame.now):
        if request.silent:
            raise AuthorizeError("login_required", "This needs a proof by the person.")
        if step_up is not None:
            raise AuthorizeError("unmet_authentication_requirements", "What was proved is not enough.")
        action = levels.action(request, rules.acr)
        return AttestView("step_up", action=action, resource=rules.title, audience=asked.client.audience)
    if not jtis.use(frame.conn, "openid-ticket", request.id, request.created + TICKET_SECONDS):
        raise HttpProblemError(409, "already_used", "This page was used before. Begin again in the application.")
    receipt = secrets.token_urlsafe(32)
    openid_grants.add(frame.conn, _grant(frame, asked, have, receipt))
    _write(frame, asked, "success", None, have)
    return AttestView("signed_in", receipt=receipt)


def _grant(frame: Frame, asked: _Asked, have: Assurance, receipt: str) -> OpenIdGrant:
    request = asked.request
    return OpenIdGrant(
        id=request.id,
        application=asked.client.id,
        person=asked.known.person.id,
        workstation=frame.station.id,
        session=asked.session.id,
        sid=sid_of(asked.session.id, asked.client.id),
        scope=request.scope,
        assurance=have,
        nonce=request.nonce,
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        browser=request.browser,
        jkt=request.jkt,
        receipt=fingerprint(receipt),
        created=frame.now,
    )


def sid_of(session: str, client_id: str) -> str:
    """What ``client_id`` knows the session by: another application knows it by another name."""
    return b64u(hashlib.sha256(f"kiosk/openid-sid/v1\0{client_id}\0{session}".encode()).digest()[:18])


def _proved(frame: Frame, asked: _Asked, step_up: str) -> Assurance:
    """What the person proved in that step-up, which was for this application, is used up by it, and still counts."""
    action = levels.action(asked.request, asked.client.rules.acr)
    person, session = asked.known.person.id, asked.session.id
    wanted = WantedProof(person, session, asked.client, action, frame.service.issuer, asked.request.created)
    return used_proofs.used(frame, step_up, wanted)


def _write(frame: Frame, asked: _Asked, result: str, reason: str | None, have: Assurance | None = None) -> None:
    detail: dict[str, Json] = {"app": asked.client.name, "grant": asked.request.id, "scope": asked.request.scope}
    event = Event(
        ACT,
        "success" if result == "success" else "refused",
        frame.now,
        reason=reason,
        session=asked.session.id,
        acr=have.acr if have else None,
        amr=have.amr if have else (),
        detail=detail,
    )
    frame.write(event, asked.known)
