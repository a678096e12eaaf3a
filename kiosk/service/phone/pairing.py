"""A phone is paired: its browser makes a passkey, signs with it once, and is told the number for the workstation.

Bad answers are counted, and a few of them end it: whoever has read the QR code alone tries no more than that.
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
from kiosk.service.store.phone_requests import MAX_TRIES, MadePasskey
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


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """The phone's answer does not verify; so many more are looked at. A value, so that it is counted."""

    left: int

    def problem(self) -> HttpProblemError:
        """What the phone is told."""
        if not self.left:
            return over()
        return HttpProblemError(422, "bad_answer", "The phone's answer does not verify. Try again.")


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


def register(conn: Connection, service: Service, code: str, made: MadePasskey, now: int) -> SignOptions | BadAnswer:
    """The passkey that the phone made; what it signs next. Raises ``HttpProblemError``: made once only."""
    asked = find(conn, service, code, "pair", now)
    if asked.request.state != "open":
        raise over()
    verified = _registered(asked, made)
    if verified is None:
        return _bad(asked)
    after = replace(asked.request, state="made", made=made)
    if not phone_requests.move(conn, asked.request, after):
        raise over()
    return _try(asked, verified)


def tried(conn: Connection, service: Service, code: str, proof: Fido2Proof, now: int) -> PairNumberView | BadAnswer:
    """The new passkey signed. The number that is typed at the workstation. Raises ``HttpProblemError``."""
    asked = find(conn, service, code, "pair", now)
    if asked.request.state != "made" or asked.request.made is None:
        raise over()
    verified = _registered(asked, asked.request.made)
    if verified is None:
        return _bad(asked)
    try:
        passkeys.first_signed(service, asked.known, asked.request, verified, proof)
    except ProofRefusedError:
        return _bad(asked)
    if not phone_requests.move(conn, asked.request, replace(asked.request, state="approved", proof=proof)):
        raise over()
    asked.write("seen", "paired")
    return PairNumberView(passkeys.number_of(service.keys, code))


def _try(asked: PhoneQuestion, made: VerifiedRegistration) -> SignOptions:
    digest = passkeys.digest_of(asked.request, ENROL_LABEL)
    return SignOptions(b64u(digest), asked.service.rp_id, (made.credential_id,))


def _registered(asked: PhoneQuestion, made: MadePasskey) -> VerifiedRegistration | None:
    """The passkey in ``made``; None for one that does not verify, or is somebody's already."""
    try:
        verified = passkeys.registered(asked.service, asked.conn, asked.known, asked.request, made)
    except (RegistrationRefusedError, ValueError):
        return None
    owners = (
        phones.owner(asked.conn, verified.credential_id),
        cards.credential_owner(asked.conn, verified.credential_id),
    )
    return None if any(owner is not None for owner in owners) else verified


def _bad(asked: PhoneQuestion) -> BadAnswer:
    """One try less, of those that wrong numbers share; the last one ends the pairing."""
    after = phone_requests.wrong(asked.conn, asked.request)
    asked.write("refused", "bad_answer", tries=after.tries)
    return BadAnswer(max(0, MAX_TRIES - after.tries))
