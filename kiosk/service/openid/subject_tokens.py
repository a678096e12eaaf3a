"""A person's own program wants a token: their workstation attests it, the token endpoint exchanges it (RFC 8693).

The subject token says in whose session the program runs and what was proved there. It is exchanged once, within a
minute, for one audience, which an administrator opened.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.asked import SubjectIn, SubjectView
from kiosk.model.binding import Json
from kiosk.model.proof import ACR_IDENTIFIED, ACR_RANK, Assurance
from kiosk.service.audit.event import Event
from kiosk.service.openid import used_proofs
from kiosk.service.openid.authorize_error import AuthorizeError
from kiosk.service.openid.used_proofs import WantedProof
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.rules import APP_SIGN_IN
from kiosk.service.shared.frame import Frame
from kiosk.service.store import backchannel_clients, lookups, openid_clients, programs, sessions
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.openid_clients import OpenIdClient
from kiosk.service.store.people import fresh_id
from kiosk.service.store.sessions import StoredSession

SUBJECT_TYP = "subject+jwt"
SUBJECT_SECONDS = 60
FRESH_SECONDS = 60
"""For so long a step-up can be brought for it."""
ACT = "program_token"
"""In the trail."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """``least``: the acr that has to be reached. ``program``: its registered name, empty for none."""

    said: SubjectIn
    client: OpenIdClient
    session: StoredSession
    known: StoredPerson
    least: str
    program: str


def attest(frame: Frame, said: SubjectIn) -> SubjectView:
    """Whether a program in that workspace gets one. Raises ``HttpProblemError`` for an ask that makes no sense."""
    if said.acr is not None and said.acr not in ACR_RANK:
        raise HttpProblemError(422, "bad_acr", f"An acr is one of {', '.join(ACR_RANK)}.")
    session = sessions.held(frame.conn, said.session)
    known = lookups.person_by_id(frame.conn, session.person) if session is not None else None
    if session is None or session.workstation != frame.station.id or session.state != "open":
        return SubjectView("refused", reason="not_active")
    if known is None or known.suspended:
        return SubjectView("refused", reason="not_active")
    found = _opened(frame, said.audience)
    if found is None:
        _write(frame, said, known, "not_open")
        return SubjectView("refused", reason="not_open")
    client, acr = found
    least = max(acr, client.rules.acr, said.acr or ACR_IDENTIFIED, key=ACR_RANK.__getitem__)
    program = programs.registered(frame.conn, said.name, said.program, said.sha256) if said.name else None
    asked = _Asked(said, client, session, known, least, program.name if program else "")
    try:
        return _decide(frame, asked)
    except AuthorizeError as error:
        _write(frame, said, known, error.error, asked)
        return SubjectView("refused", reason=error.error)


def _opened(frame: Frame, audience: str) -> tuple[OpenIdClient, str] | None:
    """The application of an audience that an administrator opened, and the least acr."""
    application = lookups.application_by_audience(frame.conn, audience)
    client = openid_clients.find(frame.conn, application.id) if application is not None else None
    acr = backchannel_clients.audience_acr(frame.conn, client.id) if client is not None else None
    return None if client is None or acr is None or not client.active else (client, acr)


def _decide(frame: Frame, asked: _Asked) -> SubjectView:
    """Raises ``AuthorizeError``."""
    roles = asked.client.rules.roles
    if roles and not set(roles) & set(asked.known.person.roles):
        raise AuthorizeError("access_denied", "This person may not use this application.")
    have, action = asked.session.assurance, _action(asked.least)
    if asked.said.step_up is not None:
        person, session = asked.known.person.id, asked.session.id
        since = frame.now - FRESH_SECONDS
        have = used_proofs.used(
            frame, asked.said.step_up, WantedProof(person, session, asked.client, action, None, since)
        )
    if ACR_RANK.get(have.acr, -1) < ACR_RANK[asked.least]:
        if asked.said.step_up is not None:
            raise AuthorizeError("unmet_authentication_requirements", "What was proved is not enough.")
        return SubjectView("step_up", action=action, resource=asked.client.rules.title)
    _write(frame, asked.said, asked.known, None, asked, have)
    token = frame.service.mint.sign(SUBJECT_TYP, _claims(frame, asked, have))
    return SubjectView("given", subject_token=token, expires_in=SUBJECT_SECONDS)


def _action(least: str) -> str:
    return next(name for acr, name in APP_SIGN_IN.items() if ACR_RANK[acr] >= ACR_RANK[least])


def _claims(frame: Frame, asked: _Asked, have: Assurance) -> dict[str, Json]:
    return {
        "iss": frame.service.issuer,
        "aud": frame.service.issuer,
        "sub": asked.known.person.id,
        "client_id": asked.client.id,
        "session": asked.session.id,
        "workstation": frame.station.id,
        "acr": have.acr,
        "amr": list(have.amr),
        "auth_time": have.auth_time,
        "iat": frame.now,
        "exp": frame.now + SUBJECT_SECONDS,
        "jti": fresh_id(),
    }


def _write(
    frame: Frame,
    said: SubjectIn,
    known: StoredPerson,
    reason: str | None,
    asked: _Asked | None = None,
    have: Assurance | None = None,
) -> None:
    """Whether a program got one, and which: by path, and by name where it is registered."""
    app = {"app": asked.client.name, "name": asked.program or None} if asked is not None else {}
    detail: dict[str, Json] = {**app, "audience": said.audience, "program": said.program}
    event = Event(
        ACT,
        "success" if reason is None else "refused",
        frame.now,
        reason=reason,
        session=said.session,
        acr=have.acr if have else None,
        amr=have.amr if have else (),
        detail=detail,
    )
    frame.write(event, known)
