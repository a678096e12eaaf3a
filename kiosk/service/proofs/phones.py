"""Phones: what their QR codes and numbers are, which of them count, and whether one's passkey signed.

A phone is an out-of-band authenticator (SP 800-63B-4 section 3.1.3): what ties its answer to the workstation's session
is a number that its person reads there and types on the phone. The QR code alone is worth nothing.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import replace

from sqlalchemy import Connection

from kiosk.model.binding import ENROL_LABEL, challenge, unb64u
from kiosk.model.proof import Fido2Proof
from kiosk.model.refusal import RefusalCode
from kiosk.service.audit.evidence import BoundChallenge
from kiosk.service.platform.keys import ServiceKeys
from kiosk.service.proofs import registration
from kiosk.service.proofs.registration import Begun, VerifiedRegistration
from kiosk.service.shared.context import Service
from kiosk.service.store import cards, phone_questions, phone_requests, phones
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.phone_requests import MadePasskey, PhoneRequest
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification import fido2
from kiosk.verification.refused import ProofRefusedError

PAGE = "/phone"
MAX_SECONDS = 600
"""For which one may wait (SP 800-63B-4 section 3.1.3.2: ten minutes)."""
MAX_AN_HOUR = 20
"""How often a person's phone may be asked to approve something."""
DIGITS = 6
"""Of a number: section 3.1.3.2 wants at least 20 bits, or six decimal digits."""


def new_code() -> str:
    """What stands in a QR code: 192 random bits. The service keeps its digest."""
    return secrets.token_urlsafe(24)


def uri_of(service: Service, code: str) -> str:
    """The page with the code behind ``#``, which no browser sends and no log has."""
    return f"{service.issuer}{PAGE}#{code}"


def number_of(keys: ServiceKeys, code: str) -> str:
    """The number that goes with a code: only the service can tell the one from the other."""
    mixed = hmac.digest(keys.nonce, b"kiosk/phone-number/v1\x00" + code.encode("utf-8", "replace"), "sha256")
    return f"{int.from_bytes(mixed, 'big') % 10**DIGITS:0{DIGITS}}"


def right_number(keys: ServiceKeys, code: str, typed: str) -> bool:
    """Whether ``typed`` is the number, spaces aside."""
    return same_number(number_of(keys, code), typed)


def same_number(number: str, typed: str) -> bool:
    """Whether ``typed`` is ``number``, spaces aside; how long it takes tells nothing."""
    return hmac.compare_digest(number.encode(), "".join(typed.split()).encode("utf-8", "replace"))


def names_for(conn: Connection, person: str, workstation: str, now: int) -> tuple[str, ...]:
    """Names of the person's phones, where that station may ask them now."""
    names = tuple(row.name for row in phones.of_person(conn, person))
    if not names or phones.blocked(conn, person, workstation, now):
        return ()
    return names if asked_lately(conn, person, now) < MAX_AN_HOUR else ()


def asked_lately(conn: Connection, person: str, now: int) -> int:
    """How often the person's phone was to approve something within an hour: by workstations and by servers."""
    since = now - 3600
    return phone_requests.asked_since(conn, person, since) + phone_questions.asked_since(conn, person, since)


def bound(request: PhoneRequest, label: str) -> BoundChallenge:
    """What a phone signs for ``request``: ``label`` says whether that is a yes."""
    return {"label": label, "nonce": unb64u(request.nonce), "statement": request.statement}


def begun(service: Service, conn: Connection, known: StoredPerson, request: PhoneRequest) -> Begun:
    """Options for a new passkey on the phone that ``request`` is to pair: discoverable, its user verified."""
    mine = [row.credential_id for row in phones.of_person(conn, known.person.id)]
    return registration.begin(
        service.issuer,
        service.rp_id,
        user_handle=known.user_handle,
        login=known.person.login,
        name=known.person.name,
        known=[*cards.every_credential(conn, known.person.id), *mine],
        now=request.created,
        challenge=unb64u(request.nonce),
    )


def registered(
    service: Service, conn: Connection, known: StoredPerson, request: PhoneRequest, made: MadePasskey
) -> VerifiedRegistration:
    """The passkey in ``made``. Raises ``RegistrationRefusedError``, ``ValueError`` for what is no base64url."""
    begins = begun(service, conn, known, request)
    verified = registration.complete(begins, unb64u(made.client_data), unb64u(made.attestation_object), request.created)
    if not verified.verified:
        raise registration.RegistrationRefusedError("the phone did not verify its user")
    return verified


def first_signed(
    service: Service, known: StoredPerson, request: PhoneRequest, made: VerifiedRegistration, proof: Fido2Proof
) -> fido2.VerifiedAssertion:
    """The first assertion of a new passkey, over what pairs it. Raises ``ProofRefusedError``."""
    if proof.credential_id != made.credential_id:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "another passkey")
    credential = fido2.Credential(
        credential_id=made.credential_id,
        person=known.person.id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        user_handle=known.user_handle,
        user_verification="builtin",
        hardware=False,
        backup_eligible=made.backup_eligible,
    )
    return fido2.verify(proof, credential, expected(service, digest_of(request, ENROL_LABEL)))


def digest_of(request: PhoneRequest, label: str) -> bytes:
    """The challenge of 32 bytes that is signed."""
    return challenge(label, unb64u(request.nonce), request.statement.encode())


def credential_of(row: StoredRow, known: StoredPerson) -> fido2.Credential:
    """A paired phone's passkey."""
    return fido2.Credential(
        credential_id=row.credential_id,
        person=row.person,
        public_key=bytes(row.public_key),
        sign_count=row.sign_count,
        user_handle=known.user_handle,
        user_verification="builtin",
        hardware=False,
        backup_eligible=bool(row.backup_eligible),
    )


def expected(service: Service, digest: bytes) -> fido2.Expected:
    """An assertion over ``digest``, by a verified user, on this service's own page."""
    return fido2.Expected(digest, service.issuer, service.rp_id, user_verification=True, handle_required=False)


def signed(
    service: Service, conn: Connection, known: StoredPerson, proof: Fido2Proof, digest: bytes, *, counted: bool = False
) -> tuple[StoredRow, fido2.VerifiedAssertion]:
    """The phone of ``known`` that signed ``digest``, and its assertion. ``counted``: its counter was looked at already.

    Raises ``ProofRefusedError``.
    """
    row = phones.by_credential(conn, proof.credential_id)
    if row is None or row.person != known.person.id:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "no phone of theirs")
    credential = credential_of(row, known)
    credential = replace(credential, sign_count=0) if counted else credential
    return row, fido2.verify(proof, credential, expected(service, digest))
