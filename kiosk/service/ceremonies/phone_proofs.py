"""A step-up is approved on the person's phone: it is asked for here, and its answer is taken here.

The phone's page (``service/phone``) verifies what the passkey signs and keeps it. It decides nothing: the workstation
that asked is told, comes for the answer by its own signed request, and everything is verified once more.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.binding import STEP_UP_LABEL, Json, b64u
from kiosk.model.challenge import PhoneAsk
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies.key_proofs import VerifiedProof
from kiosk.service.policy import Proved
from kiosk.service.proofs import phones as passkeys
from kiosk.service.proofs import replacing
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, phone_requests, phones
from kiosk.service.store.ceremonies import CeremonyRow, ChallengeRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.phone_requests import PhoneRequest
from kiosk.verification.refused import ProofRefusedError


def ask(frame: Frame, row: CeremonyRow, known: StoredPerson, made: ChallengeRow) -> PhoneAsk:
    """The phone of ``known`` may answer ``made`` from now on. Writes one ``phone_asked`` row."""
    code = passkeys.new_code()
    request = PhoneRequest(
        id=phone_requests.mark_of(code),
        purpose="approve",
        person=known.person.id,
        workstation=frame.station.id,
        about=row.id,
        nonce=b64u(made.nonce),
        statement=made.statement,
        created=frame.now,
        expires=made.expires,
    )
    phone_requests.add(frame.conn, request)
    audience = row.request.audience if row.request else ""
    detail: dict[str, Json] = {"question": request.id[:16], "application": audience}
    frame.write(Event("phone_asked", "seen", frame.now, detail=detail), known, row)
    return PhoneAsk(passkeys.uri_of(frame.service, code), passkeys.number_of(frame.service.keys, code))


def phone(frame: Frame, row: CeremonyRow, known: StoredPerson | None) -> VerifiedProof:
    """What the phone approved, taken once. Raises ``ProofRefusedError``."""
    request = phone_requests.answered(frame.conn, row.id)
    if request is None or request.proof is None or known is None or request.person != known.person.id:
        raise ProofRefusedError(RefusalCode.PHONE_SILENT, "no answer")
    if not phone_requests.move(frame.conn, request, replace(request, state="used")):
        raise ProofRefusedError(RefusalCode.PHONE_SILENT, "taken already")
    issued = ceremonies.use_challenge(frame.conn, row.id, Method.PHONE, frame.now)
    if issued is None or (b64u(issued.nonce), issued.statement) != (request.nonce, request.statement):
        raise ProofRefusedError(RefusalCode.EXPIRED, "no live challenge")
    if not _may(frame, request):
        raise ProofRefusedError(RefusalCode.PHONE_SILENT, "not from here")
    digest = passkeys.digest_of(request, STEP_UP_LABEL)
    stored, assertion = passkeys.signed(frame.service, frame.conn, known, request.proof, digest, counted=True)
    replacing.worked(frame, known.person.id, "phone", stored.id)
    kept = evidence.of_fido2(
        passkeys.bound(request, STEP_UP_LABEL),
        rp_id=frame.service.rp_id,
        origin=frame.service.issuer,
        verified=True,
        credential_id=stored.credential_id,
        authenticator_data=assertion.authenticator_data,
        client_data=assertion.client_data,
        signature=assertion.signature,
        public_key=bytes(stored.public_key),
        enrolled=(stored.enrolled_chain, stored.enrolled_seq),
    )
    proved = Proved(Method.PHONE, frame.now, "builtin")
    return VerifiedProof(known, proved, kept, issued, f"phone:{stored.id}", stored.created)


def _may(frame: Frame, request: PhoneRequest) -> bool:
    """Whether this workstation still may: approvals are on, and nobody said “Not me” meanwhile."""
    blocked = phones.blocked(frame.conn, request.person, frame.station.id, frame.now)
    return frame.service.rules.enrol.phone_approval and not blocked and request.workstation == frame.station.id
