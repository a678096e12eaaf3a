"""A server's question with whose it is and who asks, as it stands now; and what the trail says of its phone's part."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.consent import Consent
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event, Result
from kiosk.service.away import judging
from kiosk.service.shared.context import Service
from kiosk.service.store import backchannel_clients, backchannel_requests, lookups, openid_clients, sessions
from kiosk.service.store.backchannel_requests import BackchannelRequest
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.openid_clients import OpenIdClient

FOR_SERVER = "server"
"""What the trail calls it, where it says for what a phone was asked."""


@dataclass(frozen=True, slots=True)
class FoundQuestion:
    """``known``: whose phone is asked; locked in a transaction that writes."""

    service: Service
    conn: Connection
    request: BackchannelRequest
    known: StoredPerson
    client: OpenIdClient
    now: int

    @property
    def consent(self) -> Consent:
        """What they consent to."""
        return judging.consent_of(self.service, self.known, self.client, self.request)

    @property
    def at_station(self) -> bool:
        """Whether the person is active at a workstation: then it is asked there, and nowhere else."""
        return active(self.conn, self.known.person.id)

    def event(self, action: str, result: Result, reason: str | None, **more: Json) -> Event:
        """A row about it."""
        who, request = self.known.person, self.request
        about: dict[str, Json] = {"question": request.id, "purpose": FOR_SERVER, "app": self.client.name}
        about |= {"application": self.client.audience, "asks": request.ask.action}
        place = (reason, who.id, who.login)
        return Event(action, result, self.now, *place, ceremony=request.id, method="phone", detail={**about, **more})

    def write(self, action: str, result: Result, reason: str | None, **more: Json) -> int:
        """Append that to the service's own chain: no workstation signed it. Its number."""
        seq, _ = writer.append(self.conn, SERVICE, self.event(action, result, reason, **more))
        return seq


def allowed(service: Service) -> bool:
    """Whether the hospital lets phones answer servers at all."""
    return service.phone.servers and service.rules.enrol.phone_approval


def active(conn: Connection, person: str) -> bool:
    """Whether somebody has a session open at any workstation."""
    return sessions.open_elsewhere(conn, person, "")


def find(conn: Connection, service: Service, question: str, now: int) -> FoundQuestion | None:
    """The server's question of that id that still waits for an answer; its person is locked from here on in a
    transaction that writes. None where it is over, or its server may not ask phones any more."""
    request = backchannel_requests.by_id(conn, question)
    known = None if request is None else lookups.person_by_id(conn, request.person)
    request = backchannel_requests.by_id(conn, question)  # as it is now that its person is locked
    if request is None or known is None or known.suspended or not allowed(service):
        return None
    waits = backchannel_requests.state_of(conn, request, now) == "waiting"
    if not waits or request.used is not None or request.numbered is None or now >= request.expires:
        return None
    client = openid_clients.find(conn, request.application)
    rules = backchannel_clients.find(conn, request.application)
    if client is None or not client.active or rules is None or not rules.phones or rules.agent is not None:
        return None
    return FoundQuestion(service, conn, request, known, client, now)
