"""A server asks a person elsewhere: written down, and told to the workstation where they are active now.

The server hears what the standard has errors for and nothing else. Where somebody is, whether they are at work, and
whether they silenced it: to the server all of that is a question that nobody has answered yet, or a no.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.proof import ACR_MFA, ACR_RANK
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.ceremonies import agents
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.openid.backchannel_parameters import BackchannelAsk
from kiosk.service.openid.client_auth import KnownClient
from kiosk.service.openid.sealed_pings import SealedPings
from kiosk.service.openid.tickets import fingerprint
from kiosk.service.shared.context import Service
from kiosk.service.shared.question_number import number_of
from kiosk.service.store import backchannel_clients, backchannel_requests, events, lookups
from kiosk.service.store.backchannel_requests import BackchannelRequest
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id
from kiosk.service.store.request_budget import settle_application

ACT = "app_asked"
"""In the trail."""
MAX_OF_ONE, MAX_OF_ALL = 1, 5
"""Questions of one server, and of all, that may wait for one person: who asks more is refused, not queued."""


@dataclass(frozen=True, slots=True)
class AskedView:
    """CIBA Core section 7.3. ``kiosk_number``: six digits that the server shows to whoever asked, for the person to
    type on their phone; left out where no phone may answer it."""

    auth_req_id: str
    expires_in: int
    interval: int
    kiosk_number: str | None = None


def ask(
    conn: Connection, service: Service, who: KnownClient, asked: BackchannelAsk, now: int
) -> AskedView | AuthorizeError:
    """Its ``auth_req_id``; or why not, which is a value: its row is kept. Raises ``HttpProblemError``."""
    who.use(conn)
    known = _person(conn, asked)
    fault = _fault(conn, who, known, now)
    if fault is not None or known is None:
        refused = fault or AuthorizeError("unknown_user_id", "There is no such person here.")
        _write(conn, who, asked, known, refused.error, fresh_id(), now)
        settle_application(conn, service.budgets, who.client.id, now)
        return refused
    secret = secrets.token_urlsafe(32)
    made = _request(service, who, asked, known, secret, now)
    if _numbered(conn, service, who, asked):
        made = replace(made, numbered=now)
    backchannel_requests.add(conn, made)
    offer(conn, now, only=made.id)
    _write(conn, who, asked, known, None, made.id, now)
    settle_application(conn, service.budgets, who.client.id, now)
    shown = None if made.numbered is None else number_of(service.keys.nonce, made.id)
    return AskedView(secret, asked.seconds, backchannel_requests.INTERVAL, shown)


def _numbered(conn: Connection, service: Service, who: KnownClient, asked: BackchannelAsk) -> bool:
    """Whether it gets a number: then a phone may answer it. Wherever the person is, and whether they have a phone, so
    that no server learns of it. What shows no ``binding_message`` has nowhere to show a number, and an agent nobody to
    show it to."""
    rules = backchannel_clients.find(conn, who.client.id)
    may = service.phone.servers and service.rules.enrol.phone_approval
    shows = asked.message is not None and rules is not None and rules.phones and rules.agent is None
    return may and shows and ACR_RANK[asked.acr] <= ACR_RANK[ACR_MFA]


def offer(conn: Connection, now: int, only: str | None = None) -> int:
    """Tell workstations of what waits for whoever is active there. ``only``: of this question. How many."""
    found = backchannel_requests.to_offer(conn, now, only)
    if not found:
        return 0
    backchannel_requests.offered(conn, [request for request, _, _ in found], now)
    for session, workstation in dict.fromkeys((session, workstation) for _, session, workstation in found):
        events.add(conn, workstation, "asked", now, session=session)
    return len(found)


def _person(conn: Connection, asked: BackchannelAsk) -> StoredPerson | None:
    """Whom it is for, locked from here on: by an ID token, by login, or by id."""
    if asked.subject is not None:
        return lookups.person_by_id(conn, asked.subject)
    found = lookups.person_by_login(conn, asked.login or "")
    return found or lookups.person_by_id(conn, asked.login or "")


def _fault(conn: Connection, who: KnownClient, known: StoredPerson | None, now: int) -> AuthorizeError | None:
    """What the server is told (section 13): of somebody suspended as of somebody who is not there."""
    if known is None or known.suspended:
        return AuthorizeError("unknown_user_id", "There is no such person here.")
    if agents.answers_none(conn, backchannel_clients.find(conn, who.client.id), known):
        return AuthorizeError("access_denied", "A program's own account does not answer for it.")
    roles = who.client.rules.roles
    waiting = backchannel_requests.waiting_for(conn, known.person.id, now)
    mine = [request for request in waiting if request.application == who.client.id]
    if (roles and not set(roles) & set(known.person.roles)) or len(mine) >= MAX_OF_ONE or len(waiting) >= MAX_OF_ALL:
        return AuthorizeError("access_denied", "This person is not asked now.")
    return None


def _request(
    service: Service, who: KnownClient, asked: BackchannelAsk, known: StoredPerson, secret: str, now: int
) -> BackchannelRequest:
    token = asked.notification_token
    notify = None if token is None else SealedPings(service.keys.nonce).seal(secret, token)
    return BackchannelRequest(
        id=fresh_id(),
        secret=fingerprint(secret),
        application=who.client.id,
        person=known.person.id,
        scope=asked.scope,
        acr=asked.acr,
        ask=asked.ask,
        created=now,
        expires=now + asked.seconds,
        message=asked.message,
        details=asked.details,
        notify=notify,
    )


def _write(
    conn: Connection,
    who: KnownClient,
    asked: BackchannelAsk,
    known: StoredPerson | None,
    reason: str | None,
    question: str,
    now: int,
) -> None:
    """No resource, no patient and no message: those stand in the evidence, once there is any."""
    ask = asked.ask
    detail: dict[str, Json] = {"app": who.client.name, "question": question, "asks": ask.action, "acr": asked.acr}
    detail |= {"records": ask.records, "patients": len(ask.patients)}
    person, login = (known.person.id, known.person.login) if known is not None else (None, None)
    event = Event(ACT, "seen" if reason is None else "refused", now, reason, person, login, detail=detail)
    writer.append(conn, SERVICE, event)
