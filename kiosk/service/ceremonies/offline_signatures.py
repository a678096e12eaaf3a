"""The signature of an offline sign-in, verified once more under what is enrolled now."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from kiosk.model.binding import OFFLINE_LABEL, Json, b64u, challenge, unb64u
from kiosk.model.journal import JournalEntry
from kiosk.model.proof import ACR_IDENTIFIED, Assurance, Fido2Proof, Method, PivProof
from kiosk.model.refusal import RefusalCode
from kiosk.service import policy
from kiosk.service.audit import evidence
from kiosk.service.policy import Proved
from kiosk.service.proofs import piv_cards
from kiosk.service.shared.frame import Frame
from kiosk.service.store import lookups
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification import fido2, piv
from kiosk.verification.refused import ProofRefusedError

TOLERANCE = 120
"""Seconds by which the workstation's clock may be off."""


@dataclass(frozen=True, slots=True)
class CheckedSignature:
    """What the signature proves, what the trail keeps of it (None: it has it), and the signed challenge, base64url.
    ``typed``: a PIN, by the workstation's word."""

    assurance: Assurance
    evidence: dict[str, Json] | None
    challenge: str
    typed: bool = False


def checked_signature(frame: Frame, entry: JournalEntry, known: StoredPerson, ceremony: str) -> CheckedSignature:
    """Raises ``ProofRefusedError``, and one of ``MALFORMED`` for what is no proof at all."""
    proof = entry.proof or {}
    if entry.detail.get("method") == Method.PIN.value:
        if proof != {"kind": "pin"}:
            raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "no PIN")
        return CheckedSignature(Assurance(ACR_IDENTIFIED, (), min(entry.at, frame.now)), None, "", typed=True)
    label, nonce, text = str(proof["label"]), unb64u(str(proof["nonce"])), str(proof["statement"])
    said = json.loads(text)
    who, method = said.get("who"), Method(entry.detail.get("method", ""))
    # Whose key is held is not known before it has signed: that statement alone names nobody.
    nameless = method is Method.FIDO2_TAP
    of_them = nameless if who is None else who.get("id") == known.person.id
    wanted = ("offline", ceremony, method.value, frame.station.id)
    if label != OFFLINE_LABEL or (said["kind"], said["ceremony"], said["method"], said["workstation"]) != wanted:
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "another statement")
    if not of_them or not (said.get("ticket") == entry.detail.get("ticket") or (nameless and who is None)):
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "another person or ticket")
    if abs(int(said["time"]) - entry.at) > TOLERANCE:
        raise ProofRefusedError(RefusalCode.EXPIRED, "another time")
    bound = evidence.BoundChallenge(label=label, nonce=nonce, statement=text)
    digest = challenge(label, nonce, text.encode("utf-8"))
    # Not later than now: a signature of yesterday is no fresh one because we hear of it today.
    at = min(entry.at, frame.now)
    if proof["kind"] == "fido2":
        proved, kept = _key(frame, proof, known, method, bound, digest)
    else:
        proved, kept = _card(frame, proof, known, method, bound, digest)
    return CheckedSignature(policy.add_up([replace(proved, at=at)], at), kept, b64u(digest))


def _assertion(proof: dict[str, Json]) -> Fido2Proof:
    handle = proof["user_handle"]
    return Fido2Proof(
        str(proof["credential_id"]),
        str(proof["authenticator_data"]),
        str(proof["client_data"]),
        str(proof["signature"]),
        str(handle) if handle is not None else None,
    )


def _key(
    frame: Frame,
    proof: dict[str, Json],
    known: StoredPerson,
    method: Method,
    bound: evidence.BoundChallenge,
    digest: bytes,
) -> tuple[Proved, dict[str, Json]]:
    if method not in (Method.FIDO2, Method.FIDO2_TAP):
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "another method")
    given = _assertion(proof)
    stored = lookups.credential(frame.conn, given.credential_id)
    if stored is None or stored.person != known.person.id:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "not enrolled")
    verified = method is Method.FIDO2
    builtin = stored.user_verification == "builtin"
    expected = fido2.Expected(digest, frame.service.issuer, frame.service.rp_id, verified, handle_required=False)
    done = fido2.verify(given, _credential(stored, known), expected)
    if done.sign_count > stored.sign_count:
        lookups.use_credential(frame.conn, stored.credential_id, done.sign_count, done.backed_up, frame.now)
    kept = evidence.of_fido2(
        bound,
        rp_id=expected.rp_id,
        origin=expected.origin,
        verified=verified,
        credential_id=stored.credential_id,
        authenticator_data=done.authenticator_data,
        client_data=done.client_data,
        signature=done.signature,
        public_key=bytes(stored.public_key),
        enrolled=(stored.enrolled_chain, stored.enrolled_seq),
    )
    proved = Proved(method, frame.now, "builtin" if builtin else "pin", bool(stored.attestation_trusted) and verified)
    return proved, kept


def _credential(stored: StoredRow, known: StoredPerson) -> fido2.Credential:
    return fido2.Credential(
        credential_id=stored.credential_id,
        person=stored.person,
        public_key=bytes(stored.public_key),
        sign_count=0,  # the key may have signed elsewhere since: what it counts now says nothing about then
        user_handle=known.user_handle,
        user_verification="builtin" if stored.user_verification == "builtin" else "pin",
        hardware=bool(stored.attestation_trusted),
        backup_eligible=bool(stored.backup_eligible),
    )


def _card(
    frame: Frame,
    proof: dict[str, Json],
    known: StoredPerson,
    method: Method,
    bound: evidence.BoundChallenge,
    digest: bytes,
) -> tuple[Proved, dict[str, Json]]:
    given = PivProof("9A" if proof["slot"] == "9A" else "9E", str(proof["certificate"]), str(proof["signature"]))
    if method is not (Method.PIV_PIN if given.slot == "9A" else Method.PIV_TAP):
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "another slot")
    card = piv_cards.card_of(frame, given.slot, unb64u(given.certificate))
    if card.person != known.person.id:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "of another person")
    signature = unb64u(given.signature)
    piv.verify(card.path.certificate, signature, digest)
    kept = evidence.of_piv(
        bound,
        slot=given.slot,
        signature=signature,
        path=(card.path.certificate, card.path.issuer),
        enrolled=card.enrolled,
        anchored=card.anchored,
    )
    return Proved(method, frame.now, "pin", card.path.ca.hardware and method is Method.PIV_PIN), kept
