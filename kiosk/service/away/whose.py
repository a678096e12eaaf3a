"""Whose phone it is: nobody's word, but what its passkey signs. Its user is verified each time."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from kiosk.model.proof import Fido2Proof
from kiosk.service.away import nonces
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.proofs import phones as passkeys
from kiosk.service.shared.context import Service
from kiosk.service.store import jtis, lookups, phones
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification import fido2
from kiosk.verification.refused import ProofRefusedError


def check(conn: Connection, service: Service, digest: bytes, proof: Fido2Proof) -> None:
    """Whether anybody's phone signed ``digest``; nothing is written. Read first, on its own: whoever comes without one
    keeps no writer busy. Raises ``HttpProblemError``."""
    _signed(conn, service, digest, proof)


def proved(
    conn: Connection, service: Service, digest: bytes, nonce: str, proof: Fido2Proof, now: int
) -> tuple[StoredPerson, StoredRow]:
    """Whose phone signed ``digest``, and which, once for a ``nonce``; they are locked from here on. Raises
    ``HttpProblemError``: of no phone, of one that was stopped, and of a bad signature the same is said."""
    found = phones.by_credential(conn, proof.credential_id)
    if found is not None:
        lookups.person_by_id(conn, found.person)  # locked before anything of theirs is read
    known, row, assertion = _signed(conn, service, digest, proof)
    if not jtis.use(conn, nonces.OWNER, nonce, now + nonces.SECONDS):
        raise nonces.over()
    phones.used(conn, row, assertion.sign_count, assertion.backed_up, now)
    return known, row


def _signed(
    conn: Connection, service: Service, digest: bytes, proof: Fido2Proof
) -> tuple[StoredPerson, StoredRow, fido2.VerifiedAssertion]:
    row = phones.by_credential(conn, proof.credential_id)
    known = None if row is None else lookups.person_seen(conn, row.person)
    if row is None or known is None or known.suspended:
        raise _not_yours()
    try:
        expected = replace(passkeys.expected(service, digest), handle_required=True)
        assertion = fido2.verify(proof, passkeys.credential_of(row, known), expected)
    except ProofRefusedError:
        raise _not_yours() from None
    return known, row, assertion


def _not_yours() -> HttpProblemError:
    return HttpProblemError(403, "not_yours", "This phone is paired with nobody here, or was stopped.")
