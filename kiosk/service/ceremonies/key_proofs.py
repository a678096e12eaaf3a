"""Proofs by a key, inside a ceremony: the challenge is used up, the key looked up, the signature verified."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from kiosk.model.binding import Json, challenge, unb64u
from kiosk.model.proof import Fido2Proof, Method, PivProof, PkocProof
from kiosk.model.refusal import RefusalCode
from kiosk.service.audit import evidence
from kiosk.service.ceremonies import risk_learned
from kiosk.service.policy import Proved
from kiosk.service.proofs import authenticator_binding, piv_cards, replacing
from kiosk.service.proofs import pkoc as pkoc_signature
from kiosk.service.shared.frame import Frame
from kiosk.service.store import badges, ceremonies, lookups, pkoc_badges
from kiosk.service.store.ceremonies import CeremonyRow, ChallengeRow
from kiosk.service.store.factors import short_of
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification import fido2 as fido2_check
from kiosk.verification import piv as piv_signature
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """A verified proof: whose, what it proves, and what the trail keeps of it.

    ``factor``: mark of what proved it; ``since``: when that was enrolled, of a key or card.
    """

    known: StoredPerson
    proved: Proved
    evidence: dict[str, Json] | None
    challenge: ChallengeRow | None
    factor: str
    since: int = 0


def fido2(
    frame: Frame,
    row: CeremonyRow,
    known: StoredPerson | None,
    proof: Fido2Proof,
    offered: Collection[Method],
    barred: str | None = None,
) -> VerifiedProof:
    """An assertion. ``barred``: short id of a factor that proves nothing here. Raises ``ProofRefusedError``."""
    issued = _challenge(frame, row, (Method.FIDO2, Method.FIDO2_TAP), offered)
    tap = issued.method == Method.FIDO2_TAP
    stored, owner = _enrolled(frame, known, proof.credential_id, barred)
    expected = fido2_check.Expected(
        challenge=challenge(issued.label, issued.nonce, issued.statement.encode()),
        origin=frame.service.issuer,
        rp_id=frame.service.rp_id,
        user_verification=not tap,
        handle_required=known is None,
    )
    try:
        assertion = fido2_check.verify(proof, _credential(stored, owner), expected)
    except ProofRefusedError as refused:
        if refused.code is RefusalCode.COUNTER_WENT_BACK:
            risk_learned.counted_back(frame, owner.person.id, f"key:{stored.credential_id}")
        raise
    lookups.use_credential(frame.conn, stored.credential_id, assertion.sign_count, assertion.backed_up, frame.now)
    replacing.worked(frame, owner.person.id, "key", stored.credential_id)
    kept = evidence.of_fido2(
        {"label": issued.label, "nonce": issued.nonce, "statement": issued.statement},
        rp_id=expected.rp_id,
        origin=expected.origin,
        verified=expected.user_verification,
        credential_id=stored.credential_id,
        authenticator_data=assertion.authenticator_data,
        client_data=assertion.client_data,
        signature=assertion.signature,
        public_key=bytes(stored.public_key),
        enrolled=(stored.enrolled_chain, stored.enrolled_seq),
    )
    user: Literal["pin", "builtin"] = "builtin" if stored.user_verification == "builtin" else "pin"
    proved = Proved(Method(issued.method), frame.now, user, bool(stored.attestation_trusted) and not tap)
    return VerifiedProof(owner, proved, kept, issued, f"key:{stored.credential_id}", stored.created)


def _enrolled(
    frame: Frame, known: StoredPerson | None, credential_id: str, barred: str | None
) -> tuple[StoredRow, StoredPerson]:
    """The credential and whose it is. Raises ``ProofRefusedError``."""
    stored = lookups.credential(frame.conn, credential_id)
    owner = lookups.person_by_id(frame.conn, stored.person) if stored else None
    if stored is None or owner is None or (known is not None and owner.person.id != known.person.id):
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "not enrolled" if stored is None else "of another person")
    if barred == short_of(f"key:{stored.credential_id}"):
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "the one reported lost")
    return stored, owner


def piv(
    frame: Frame,
    row: CeremonyRow,
    known: StoredPerson | None,
    proof: PivProof,
    offered: Collection[Method],
    barred: str | None = None,
) -> VerifiedProof:
    """A PIV signature. ``barred``: as for a key. Raises ``ProofRefusedError``."""
    method = Method.PIV_TAP if proof.slot == "9E" else Method.PIV_PIN
    issued = _challenge(frame, row, (method,), offered)
    try:
        der, signature = unb64u(proof.certificate), unb64u(proof.signature)
    except ValueError:
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "malformed") from None
    card = piv_cards.card_of(frame, proof.slot, der)
    if known is None or card.person != known.person.id:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "of another person")
    if barred == short_of(f"piv:{card.id}"):
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "the one reported lost")
    digest = challenge(issued.label, issued.nonce, issued.statement.encode())
    piv_signature.verify(card.path.certificate, signature, digest)
    replacing.worked(frame, card.person, "piv", card.id)
    kept = evidence.of_piv(
        {"label": issued.label, "nonce": issued.nonce, "statement": issued.statement},
        slot=proof.slot,
        signature=signature,
        path=(card.path.certificate, card.path.issuer),
        enrolled=card.enrolled,
        anchored=card.anchored,
    )
    hardware = card.path.ca.hardware and method is Method.PIV_PIN
    return VerifiedProof(known, Proved(method, frame.now, "pin", hardware), kept, issued, f"piv:{card.id}", card.since)


def pkoc(
    frame: Frame,
    row: CeremonyRow,
    known: StoredPerson | None,
    proof: PkocProof,
    offered: Collection[Method],
    barred: str | None = None,
) -> VerifiedProof:
    """A PKOC badge's signature. ``barred``: as for a key. Raises ``ProofRefusedError``."""
    issued = _challenge(frame, row, (Method.PKOC_TAP,), offered)
    digest = challenge(issued.label, issued.nonce, issued.statement.encode())
    point, signature = pkoc_signature.verify(proof, digest)
    badge = pkoc_badges.by_key(frame.conn, point)
    owner = lookups.person_by_id(frame.conn, badge.person) if badge else None
    if badge is None or owner is None:
        raise ProofRefusedError(_of_nobody(frame, row, point), "not enrolled")
    if badge.suspended is not None:
        raise ProofRefusedError(RefusalCode.SUSPENDED, "badge suspended")
    if known is not None and owner.person.id != known.person.id:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "of another person")
    if barred == short_of(f"pkoc:{badge.id}"):
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "the one reported lost")
    replacing.worked(frame, owner.person.id, "pkoc", badge.id)
    kept = evidence.of_pkoc(
        {"label": issued.label, "nonce": issued.nonce, "statement": issued.statement},
        public_key=point,
        signature=signature,
        identifier_bytes=proof.identifier_bytes,
        enrolled=(badge.enrolled_chain, badge.enrolled_seq),
    )
    return VerifiedProof(owner, Proved(Method.PKOC_TAP, frame.now), kept, issued, f"pkoc:{badge.id}")


def _of_nobody(frame: Frame, row: CeremonyRow, point: bytes) -> RefusalCode:
    """Why a badge that did sign is nobody's: taken away, given another key, or not known."""
    if pkoc_badges.was_revoked(frame.conn, point):
        return RefusalCode.SUSPENDED
    number = authenticator_binding.number_of(row.detail.uid)
    if number is not None and badges.proof_card_owner(frame.conn, frame.service.keys.badge, number) is not None:
        return RefusalCode.KEY_CHANGED
    return RefusalCode.UNKNOWN_BADGE


def code_evidence(made: ChallengeRow | None, method: Method) -> dict[str, Json] | None:
    """What the trail keeps of a PIN or code in a step-up: what was approved, and that nothing was signed."""
    if made is None:
        return None
    return evidence.of_code({"label": made.label, "nonce": made.nonce, "statement": made.statement}, method=method)


def _challenge(
    frame: Frame, row: CeremonyRow, methods: Collection[Method], offered: Collection[Method]
) -> ChallengeRow:
    """The ceremony's live challenge for one of ``methods``, used up by this very try."""
    for method in methods:
        issued = ceremonies.use_challenge(frame.conn, row.id, method, frame.now)
        if issued is not None:
            if method not in offered:
                raise ProofRefusedError(RefusalCode.NO_METHOD, "not offered")
            return issued
    raise ProofRefusedError(RefusalCode.EXPIRED, "no live challenge")


def _credential(stored: StoredRow, owner: StoredPerson) -> fido2_check.Credential:
    return fido2_check.Credential(
        credential_id=stored.credential_id,
        person=stored.person,
        public_key=bytes(stored.public_key),
        sign_count=stored.sign_count,
        user_handle=owner.user_handle,
        user_verification="builtin" if stored.user_verification == "builtin" else "pin",
        hardware=bool(stored.attestation_trusted),
        backup_eligible=bool(stored.backup_eligible),
    )
