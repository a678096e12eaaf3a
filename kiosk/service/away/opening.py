"""The page of what waits opens once a phone has signed: whose phone it is, is nobody's word but its passkey's.

Whoever comes without one costs no row: what is to be signed carries its own time under a key of the service, and counts
once. A passkey's signature here is no yes to anything, and no yes opens the page.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy import Connection

from kiosk.model.binding import PHONE_OPEN_LABEL, PHONE_REPORT_LABEL, b64u, challenge, unb64u
from kiosk.model.proof import Fido2Proof
from kiosk.service.away.found import FoundQuestion, active, allowed, find
from kiosk.service.phone.pairing import SignOptions
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.proofs import phones as passkeys
from kiosk.service.shared.context import Service
from kiosk.service.store import jtis, lookups, phone_questions, phone_requests, phones
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.phone_questions import WaitingQuestion
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification import fido2
from kiosk.verification.refused import ProofRefusedError

SECONDS = 120
"""For which what is to be signed counts."""
_TIME, _RANDOM, _CODE = 8, 16, 32
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
    by which this page answers; ``report``: what “Not me” signs."""

    state: WaitingState
    code: str = field(default="", repr=False)
    server: str = ""
    asked: int = 0
    left: int = 0
    report: SignOptions | None = None


def begin(service: Service, now: int) -> PhoneOpening:
    """Anybody may ask for one. Raises ``HttpProblemError`` where phones answer no servers."""
    _check(service)
    made = now.to_bytes(_TIME, "big") + secrets.token_bytes(_RANDOM)
    nonce = made + _code(service, made)
    return PhoneOpening(b64u(nonce), SignOptions(b64u(_challenge(nonce)), service.rp_id))


def check(conn: Connection, service: Service, nonce: str, proof: Fido2Proof, now: int) -> str:
    """The id of the person whose phone signed; nothing is written. Raises ``HttpProblemError``."""
    _check(service)
    return _signed(conn, service, _nonce(service, nonce, now), proof)[0].person.id


def open_page(conn: Connection, service: Service, nonce: str, proof: Fido2Proof, now: int) -> WaitingView:
    """What waits, for whoever's phone signed ``nonce``. Raises ``HttpProblemError``."""
    _check(service)
    raw = _nonce(service, nonce, now)
    found = phones.by_credential(conn, proof.credential_id)
    if found is not None:
        lookups.person_by_id(conn, found.person)  # locked before anything of theirs is read
    known, row, assertion = _signed(conn, service, raw, proof)
    if not jtis.use(conn, "phone-opening", nonce, now + SECONDS):
        raise _over()
    phones.used(conn, row, assertion.sign_count, assertion.backed_up, now)
    if active(conn, known.person.id):
        return WaitingView("at_station")
    waits = phone_questions.waiting(conn, known.person.id, now)
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
        raise _over()
    found.write(OPENED, "seen", None)
    mine = tuple(row.credential_id for row in phones.of_person(found.conn, found.known.person.id))
    report = SignOptions(b64u(report_digest(after)), found.service.rp_id, mine)
    left = max(0, waits.expires - found.now)
    return WaitingView("waiting", code, found.client.rules.title, waits.created, left, report)


def _check(service: Service) -> None:
    if not allowed(service):
        raise HttpProblemError(404, "not_here", "Phones answer no servers here.")


def _nonce(service: Service, text: str, now: int) -> bytes:
    """Raises ``HttpProblemError`` for one that is not ours, or too old."""
    try:
        nonce = unb64u(text)
    except ValueError:
        raise _over() from None
    made, code = nonce[: _TIME + _RANDOM], nonce[_TIME + _RANDOM :]
    if len(nonce) != _TIME + _RANDOM + _CODE or not hmac.compare_digest(code, _code(service, made)):
        raise _over()
    if not -5 <= now - int.from_bytes(made[:_TIME], "big") < SECONDS:
        raise _over()
    return nonce


def _challenge(nonce: bytes) -> bytes:
    """What is signed: over our own code, and the time and randomness that it is made of."""
    return challenge(PHONE_OPEN_LABEL, nonce[_TIME + _RANDOM :], nonce[: _TIME + _RANDOM])


def _code(service: Service, made: bytes) -> bytes:
    return hmac.digest(service.keys.nonce, b"kiosk/phone-opening/v1\x00" + made, "sha256")


def _signed(
    conn: Connection, service: Service, nonce: bytes, proof: Fido2Proof
) -> tuple[StoredPerson, StoredRow, fido2.VerifiedAssertion]:
    """Whose phone it is that signed, and which. Raises ``HttpProblemError``: of none, of one that was stopped, and of a
    bad signature the same is said."""
    row = phones.by_credential(conn, proof.credential_id)
    known = None if row is None else lookups.person_seen(conn, row.person)
    if row is None or known is None or known.suspended:
        raise _not_yours()
    try:
        expected = passkeys.expected(service, _challenge(nonce))
        assertion = fido2.verify(proof, passkeys.credential_of(row, known), replace(expected, handle_required=True))
    except ProofRefusedError:
        raise _not_yours() from None
    return known, row, assertion


def _not_yours() -> HttpProblemError:
    return HttpProblemError(403, "not_yours", "This phone is paired with nobody here, or was stopped.")


def _over() -> HttpProblemError:
    return HttpProblemError(404, "over", "This is over. Load the page again.")
