"""A phone is paired: its browser makes a passkey, signs with it once, and is told the number for the workstation.

Nothing is bound here. The enrolment at the workstation takes it once that number is typed there, by its own rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.model.binding import ENROL_LABEL, b64u
from kiosk.model.proof import Fido2Proof
from kiosk.service.phone.questions import PhoneQuestion, find, over
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.proofs import phones as passkeys
from kiosk.service.proofs.registration import RegistrationRefusedError, VerifiedRegistration
from kiosk.service.shared.context import Service
from kiosk.service.store import cards, phone_requests, phones
from kiosk.service.store.phone_requests import MadePasskey
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class PasskeyOptions:
    """A passkey that is to be made (WebAuthn Level 3, section 5.4); binary fields base64url."""

    challenge: str
    rp_id: str
    user_handle: str
    login: str
    display_name: str
    algorithms: tuple[int, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignOptions:
    """What a passkey is to sign (WebAuthn Level 3, section 5.5). ``allow``: ids; empty for any of this service's."""

    challenge: str
    rp_id: str
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairNumberView:
    """Typed at the workstation."""

    number: str


def options(asked: PhoneQuestion) -> PasskeyOptions:
    """For the passkey of ``asked``."""
    wish = passkeys.begun(asked.service, asked.conn, asked.known, asked.request).options
    person = asked.known.person
    return PasskeyOptions(
        challenge=asked.request.nonce,
        rp_id=asked.service.rp_id,
        user_handle=b64u(asked.known.user_handle),
        login=person.login,
        display_name=person.name,
        algorithms=tuple(int(algorithm.alg) for algorithm in wish.pub_key_cred_params),
        exclude=tuple(b64u(credential.id) for credential in wish.exclude_credentials or ()),
    )


def register(conn: Connection, service: Service, code: str, made: MadePasskey, now: int) -> SignOptions:
    """The passkey that the phone made; what it signs next. Raises ``HttpProblemError``: made once only."""
    asked = find(conn, service, code, "pair", now)
    if asked.request.state != "open":
        raise over()
    verified = _registered(asked, made)
    after = replace(asked.request, state="made", made=made)
    if not phone_requests.move(conn, asked.request, after):
        raise over()
    return _try(asked, verified)


def tried(conn: Connection, service: Service, code: str, proof: Fido2Proof, now: int) -> PairNumberView:
    """The new passkey signed. The number that is typed at the workstation. Raises ``HttpProblemError``."""
    asked = find(conn, service, code, "pair", now)
    if asked.request.state != "made" or asked.request.made is None:
        raise over()
    verified = _registered(asked, asked.request.made)
    try:
        passkeys.first_signed(service, asked.known, asked.request, verified, proof)
    except ProofRefusedError:
        raise _bad() from None
    if not phone_requests.move(conn, asked.request, replace(asked.request, state="approved", proof=proof)):
        raise over()
    asked.write("seen", "paired")
    return PairNumberView(passkeys.number_of(service.keys, code))


def _try(asked: PhoneQuestion, made: VerifiedRegistration) -> SignOptions:
    digest = passkeys.digest_of(asked.request, ENROL_LABEL)
    return SignOptions(b64u(digest), asked.service.rp_id, (made.credential_id,))


def _registered(asked: PhoneQuestion, made: MadePasskey) -> VerifiedRegistration:
    try:
        verified = passkeys.registered(asked.service, asked.conn, asked.known, asked.request, made)
    except (RegistrationRefusedError, ValueError):
        raise _bad() from None
    owners = (
        phones.owner(asked.conn, verified.credential_id),
        cards.credential_owner(asked.conn, verified.credential_id),
    )
    if any(owner is not None for owner in owners):
        raise _bad()
    return verified


def _bad() -> HttpProblemError:
    return HttpProblemError(422, "bad_answer", "The phone's answer does not verify. Try again.")
