"""Whether a server's question may be answered on a phone: the policy decides as for a step-up, with no workstation.

What a policy says of places, zones and workstations it says of none here: no place, and the zone ``outside``. The
person's own risk is weighed as ever. There is nothing but a phone to prove with, so what needs more goes to no phone.
"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.consent import Consent
from kiosk.model.proof import Method
from kiosk.service import policy
from kiosk.service.ceremonies import risk_learned, risk_now, wishes
from kiosk.service.policy import AvailableAuthenticators, Proved
from kiosk.service.policy.resource_words import words_of
from kiosk.service.risk import Risk
from kiosk.service.shared import policy_in_force, risk_memory
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame
from kiosk.service.store.backchannel_requests import BackchannelRequest
from kiosk.service.store.ceremonies import StepUpRequest
from kiosk.service.store.lookups import StoredPerson, StoredStation
from kiosk.service.store.openid_clients import OpenIdClient

_NOWHERE = StoredStation("", "", "", "enrolled", None, None, exempt=False)


def frame_of(conn: Connection, service: Service, now: int) -> Frame:
    """For what takes a request's frame and writes no row: there is no workstation, so there is no chain of one."""
    return Frame(service, conn, _NOWHERE, now)


def risk_of(frame: Frame, known: StoredPerson, request: BackchannelRequest) -> Risk:
    """The person's own, of this wish. Nothing is known of where the phone is."""
    return risk_now.of_step_up(frame, known, request.ask)


def decide(
    frame: Frame, known: StoredPerson, client: OpenIdClient, request: BackchannelRequest, risk: Risk
) -> policy.Need | policy.Satisfied | policy.Denied:
    """What is missing once a phone has approved ``request`` now; ``Satisfied`` where that is nothing."""
    asking = wishes.asking_of(
        frame,
        known.person,
        request.ask,
        client.audience,
        known_audience=True,
        server=True,
        risk=risk.score,
        own_risk=risk.own,
        reasons=risk.reasons,
    )
    yes = (Proved(Method.PHONE, frame.now, "builtin"),)
    book = policy_in_force.book(frame)
    return policy.step_up(book, asking, AvailableAuthenticators, yes, frame.now, request.acr)


def says_what_for(service: Service, request: BackchannelRequest) -> bool:
    """Whether its purpose is said, where the rules want one: a phone has no list to pick it from."""
    return request.ask.purpose is not None or not service.rules.action(request.ask.action).purposes


def consent_of(service: Service, known: StoredPerson, client: OpenIdClient, request: BackchannelRequest) -> Consent:
    """What the person consents to, at no workstation: lines and statement are made of it."""
    ask = request.ask
    return Consent(
        login=known.person.login,
        workstation="",
        program="",
        path="",
        origin=None,
        action=ask.action,
        resource=ask.resource,
        records=ask.records,
        purpose=ask.purpose,
        audience=client.audience,
        patients=ask.patients,
        words=words_of(service.rules.resources, client.audience, ask.resource),
        server=client.rules.title,
        message=request.message,
    )


def learn_asked(frame: Frame, known: StoredPerson) -> None:
    """It goes to their phone: a prompt like any other."""
    risk_learned.asked(frame, known)
    _write(frame)


def learn_approved(frame: Frame, known: StoredPerson, client: OpenIdClient, request: BackchannelRequest) -> None:
    """What was asked for leaves."""
    wish = StepUpRequest(
        ask=request.ask, session="", program="", origin=None, acr=request.acr, audience=client.audience
    )
    risk_learned.granted(frame, known, wish)
    _write(frame)


def _write(frame: Frame) -> None:
    """The person and their roles: of no workstation is anything remembered."""
    frame.memory.stations.clear()
    risk_memory.write(frame.conn, frame.memory, frame.now)
