"""A workspace wants a Kerberos ticket for its person: whether it gets a certificate for that, and in whose name.

The workstation says which session it is, and nothing else of what it says is believed: whose session that is, what was
proved in it and what the principal is called are the service's own. A request may name another principal as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.model.binding import Json
from kiosk.model.kerberos import KerberosIn, KerberosView
from kiosk.model.proof import ACR_RANK
from kiosk.service.audit.event import Event
from kiosk.service.kerberos import certificate
from kiosk.service.kerberos.certificate import BadRequestKeyError, Subject
from kiosk.service.platform.kerberos_ca import KerberosAuthority
from kiosk.service.platform.kerberos_settings import KerberosSettings
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import lookups, sessions
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.request_budget import settle_one
from kiosk.service.store.sessions import StoredSession

ACT = "kerberos_certificate"
"""In the trail."""
HOUR, SPARE = 3600, 20
"""Answers that a session may get in an hour besides those that renew its tickets: where a realm is away for a while."""
RESERVED = frozenset(
    {"admin", "administrator", "changepw", "cifs", "guest", "history", "host", "http", "imap", "k", "kadmin", "kiprop"}
    | {"krbtgt", "ldap", "m", "nfs", "root", "wellknown"}
)
"""Logins that are somebody else in a realm: its own services, and accounts of every domain."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose session it is, read in this transaction."""

    session: StoredSession
    known: StoredPerson


def decide(frame: Frame, said: KerberosIn) -> KerberosView:
    """A certificate, or why there is none. Raises ``HttpProblemError`` for a request that is none, and 429 for a
    session that asks too often: its person's and its workstation's budgets of rows are there for step-ups, too."""
    try:
        key = certificate.requested_key(said.csr)
    except BadRequestKeyError as error:
        raise HttpProblemError(422, "bad_csr", str(error)) from None
    session = sessions.held(frame.conn, said.session)
    known = lookups.person_by_id(frame.conn, session.person) if session is not None else None
    if session is None or known is None or session.workstation != frame.station.id:
        return KerberosView("refused", reason="not_active")
    settings, authorities = frame.service.kerberos, frame.service.keys.kerberos
    settle_one(frame.conn, frame.service.budgets, f"kerberos:{session.id}", an_hour(settings), frame.now)
    asked = _Asked(session, known)
    reason = _refusal(settings, asked) if authorities else "not_set_up"
    if reason is not None:
        _write(frame, said, asked, reason, {})
        return KerberosView("refused", reason=reason)
    return _given(frame, said, asked, authorities[0], key=key)


def an_hour(settings: KerberosSettings) -> int:
    """Answers that one session may get in an hour. A workspace asks anew at half of its ticket's time."""
    return SPARE + 2 * HOUR // settings.ticket_seconds


def _refusal(settings: KerberosSettings, asked: _Asked) -> str | None:
    """A word for the trail and the workspace, where there is none."""
    person = asked.known.person
    if not settings.realm:
        return "not_set_up"
    if asked.session.state == "ended" or asked.known.suspended:
        return "not_active"
    if asked.session.state != "open":
        return "not_seen"
    if ACR_RANK.get(asked.session.assurance.acr, -1) < ACR_RANK[settings.acr]:
        return "proved_too_little"
    if settings.roles and not set(settings.roles) & set(person.roles):
        return "access_denied"
    # RFC 4120 section 6.2: the letters that would have to be quoted make a name of another kind.
    return "no_principal" if "@" in person.login or person.login in RESERVED else None


def _given(frame: Frame, said: KerberosIn, asked: _Asked, ca: KerberosAuthority, *, key: RSAPublicKey) -> KerberosView:
    settings = frame.service.kerberos
    subject = subject_of(settings, asked.known.person.login)
    made = certificate.issue(ca, key, subject, frame.now, settings.certificate_seconds)
    until = frame.now + settings.certificate_seconds
    detail: dict[str, Json] = {
        "principal": subject.principal,
        "serial": f"{made.serial_number:x}",
        "sha256": made.fingerprint(SHA256()).hex(),
        "until": until,
    }
    _write(frame, said, asked, None, detail)
    pem = made.public_bytes(Encoding.PEM).decode("ascii")
    return KerberosView("given", None, pem, ca.pem(), subject.principal, until, settings.ticket_seconds)


def subject_of(settings: KerberosSettings, login: str) -> Subject:
    """What a person is called in the realm."""
    parts = tuple(part.replace("{login}", login) for part in settings.principal.split("/"))
    return Subject(parts, settings.realm, settings.upn.replace("{login}", login))


def _write(frame: Frame, said: KerberosIn, asked: _Asked, reason: str | None, detail: dict[str, Json]) -> None:
    assurance = asked.session.assurance
    event = Event(
        ACT,
        "success" if reason is None else "refused",
        frame.now,
        reason=reason,
        session=asked.session.id,
        acr=assurance.acr,
        amr=assurance.amr,
        detail={**detail, "program": said.program},
    )
    frame.write(event, asked.known)
