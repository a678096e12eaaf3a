"""The page of what waits opens once a phone has signed: whose phone it is, is nobody's word but its passkey's.

A signature here is no yes to anything, and no yes opens the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy import Connection

from kiosk.model.binding import PHONE_OPEN_LABEL, PHONE_REPORT_LABEL, b64u, challenge, unb64u
from kiosk.model.proof import Fido2Proof
from kiosk.service.away import nonces, whose
from kiosk.service.away.found import FoundQuestion, active, allowed, find
from kiosk.service.phone.pairing import SignOptions
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.proofs import phones as passkeys
from kiosk.service.shared.context import Service
from kiosk.service.store import phone_questions, phone_requests, phone_subscriptions, phones
from kiosk.service.store.phone_questions import WaitingQuestion

OPENED = "phone_opened"
"""In the trail."""
WaitingState = Literal["nothing", "at_station", "waiting"]


@dataclass(frozen=True, slots=True)
class PhoneOpening:
    """What a passkey signs to open the page. ``nonce``: comes back with the signature."""

    nonce: str
    sign: SignOptions


@dataclass(frozen=True, slots=True)
class WaitingView:
    """What waits for the person whose phone has signed. ``at_station``: they are active at a workstation, which asks
    them. ``server``: the title of who asks; ``asked``: epoch seconds, ``left``: seconds for which it stands. ``code``:
    by which this page answers; ``report``: what “Not me” signs. ``woken``: Web Push reaches this phone."""

    state: WaitingState
    code: str = field(default="", repr=False)
    server: str = ""
    asked: int = 0
    left: int = 0
    report: SignOptions | None = None
    woken: bool = False


def begin(service: Service, now: int) -> PhoneOpening:
    """Anybody may ask for one. Raises ``HttpProblemError`` where phones answer no servers."""
    check_allowed(service)
    nonce = nonces.new(service, now)
    return PhoneOpening(nonce, SignOptions(b64u(digest_of(service, nonce, now)), service.rp_id))


def digest_of(service: Service, nonce: str, now: int) -> bytes:
    """What opens the page. Raises ``HttpProblemError``."""
    return nonces.signed_with(service, PHONE_OPEN_LABEL, nonce, now)


def check(conn: Connection, service: Service, nonce: str, proof: Fido2Proof, now: int) -> None:
    """Whether a phone signed it; nothing is written. Raises ``HttpProblemError``."""
    check_allowed(service)
    whose.check(conn, service, digest_of(service, nonce, now), proof)


def open_page(conn: Connection, service: Service, nonce: str, proof: Fido2Proof, now: int) -> WaitingView:
    """What waits, for whoever's phone signed ``nonce``. Raises ``HttpProblemError``."""
    check_allowed(service)
    known, row = whose.proved(conn, service, digest_of(service, nonce, now), nonce, proof, now)
    woken = bool(service.phone.push_services) and phone_subscriptions.of_phone(conn, row.id) is not None
    return replace(_what_waits(conn, service, known.person.id, now), woken=woken)


def _what_waits(conn: Connection, service: Service, person: str, now: int) -> WaitingView:
    if active(conn, person):
        return WaitingView("at_station")
    waits = phone_questions.waiting(conn, person, now)
    asked = None if waits is None else find(conn, service, waits.id, now)
    if waits is None or asked is None:
        return WaitingView("nothing")
    return _shown(asked, waits)


def report_digest(question: WaitingQuestion) -> bytes:
    """What “Not me” signs."""
    return challenge(PHONE_REPORT_LABEL, unb64u(question.nonce), question.statement.encode())


def _shown(found: FoundQuestion, waits: WaitingQuestion) -> WaitingView:
    """It with a code of its own; a page that was opened before has none any more."""
    code = passkeys.new_code()
    after = replace(waits, opened=phone_requests.mark_of(code))
    if not phone_questions.move(found.conn, waits, after):
        raise nonces.over()
    found.write(OPENED, "seen", None)
    mine = tuple(row.credential_id for row in phones.of_person(found.conn, found.known.person.id))
    report = SignOptions(b64u(report_digest(after)), found.service.rp_id, mine)
    left = max(0, waits.expires - found.now)
    return WaitingView("waiting", code, found.client.rules.title, waits.created, left, report)


def check_allowed(service: Service) -> None:
    """Raises ``HttpProblemError`` where phones answer no servers."""
    if not allowed(service):
        raise HttpProblemError(404, "not_here", "Phones answer no servers here.")
