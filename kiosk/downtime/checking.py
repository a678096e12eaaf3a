"""One proof, checked under the public keys of tickets. The same code as the service's verifies the signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest

from cryptography import x509

from kiosk.model import binding
from kiosk.model.binding import Json, b64u, unb64u
from kiosk.model.challenge import Challenge
from kiosk.model.proof import ACR_PHR, ACR_PHRH, ACR_POSSESSION, Assurance, Fido2Proof, Method, PivProof
from kiosk.model.refusal import RefusalCode
from kiosk.model.ticket import Ticket, TicketCard, TicketKey
from kiosk.verification import fido2, piv
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class CheckedProof:
    """Whose it is, what it is worth, and what is written down of it. ``count``: of a key, by its id."""

    ticket: Ticket
    assurance: Assurance
    evidence: dict[str, Json]
    count: tuple[str, int] | None = None


def key(
    asked: Challenge, proof: Fido2Proof, tickets: Iterable[Ticket], counts: Mapping[str, int], now: float
) -> CheckedProof:
    """An assertion. ``tickets``: of those whose key it may be. Raises ``ProofRefusedError``."""
    if asked.method not in (Method.FIDO2, Method.FIDO2_TAP):
        raise ProofRefusedError(RefusalCode.NO_METHOD, "another method")
    found = next(((t, k) for t in tickets for k in t.keys if k.id == proof.credential_id), None)
    if found is None:
        raise ProofRefusedError(RefusalCode.OFFLINE_NOT_HERE, "no ticket for this key")
    owner, held = found
    verified = asked.method is Method.FIDO2
    expected = fido2.Expected(
        challenge=unb64u(asked.challenge),
        origin=asked.origin,
        rp_id=asked.rp_id,
        user_verification=verified,
        handle_required=not asked.allow,
    )
    done = fido2.verify(proof, _credential(owner, held, counts), expected)
    amr = ("pop", "hwk") if held.hardware and verified else ("pop",)
    if verified:
        amr = (*amr, "user" if held.built_in else "pin", "mfa")
    acr = (ACR_PHRH if held.hardware else ACR_PHR) if verified else ACR_POSSESSION
    evidence: dict[str, Json] = {
        **_bound(asked),
        "kind": "fido2",
        "credential_id": proof.credential_id,
        "authenticator_data": proof.authenticator_data,
        "client_data": proof.client_data,
        "signature": proof.signature,
        "user_handle": proof.user_handle,
    }
    return CheckedProof(owner, Assurance(acr, amr, int(now)), evidence, (held.id, done.sign_count))


def card(asked: Challenge, proof: PivProof, owner: Ticket, held: TicketCard, now: float) -> CheckedProof:
    """A PIV signature by the very certificate of the ticket. Raises ``ProofRefusedError``."""
    wanted, with_pin = (held.certificate_9e, False) if proof.slot == "9E" else (held.certificate_9a, True)
    if wanted is None or asked.method is not (Method.PIV_PIN if with_pin else Method.PIV_TAP):
        raise ProofRefusedError(RefusalCode.NO_METHOD, "another slot")
    if not compare_digest(wanted, proof.certificate):
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "another certificate")
    try:
        certificate = x509.load_der_x509_certificate(unb64u(proof.certificate))
        signature = unb64u(proof.signature)
    except ValueError:
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "malformed") from None
    at = datetime.fromtimestamp(now, UTC)
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise ProofRefusedError(RefusalCode.EXPIRED_CERTIFICATE, "not valid now")
    piv.verify(certificate, signature, unb64u(asked.challenge))
    acr = (ACR_PHRH if held.hardware else ACR_PHR) if with_pin else ACR_POSSESSION
    amr = (("pop", "hwk") if held.hardware else ("pop",)) + ("pin", "mfa") if with_pin else ("pop",)
    said: dict[str, Json] = {"kind": "piv", "slot": proof.slot, "certificate": proof.certificate}
    return CheckedProof(owner, Assurance(acr, amr, int(now)), {**_bound(asked), **said, "signature": b64u(signature)})


def digest_of(label: str, nonce: bytes, statement: bytes) -> str:
    """The challenge's 32 bytes, base64url."""
    return b64u(binding.challenge(label, nonce, statement))


def _bound(asked: Challenge) -> dict[str, Json]:
    return {"label": asked.label, "nonce": asked.nonce, "statement": asked.statement}


def _credential(owner: Ticket, held: TicketKey, counts: Mapping[str, int]) -> fido2.Credential:
    return fido2.Credential(
        credential_id=held.id,
        person=owner.person.id,
        public_key=unb64u(held.key),
        sign_count=max(held.count, counts.get(held.id, 0)),
        user_handle=unb64u(owner.person.handle),
        user_verification="builtin" if held.built_in else "pin",
        hardware=held.hardware,
        backup_eligible=held.eligible,
    )
