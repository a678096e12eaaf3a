"""One proof of a ceremony: verified, counted, written down, and what it makes of the ceremony. One transaction.

A PIN's hash is looked up before and checked on a thread (``before``, ``pin_and_otp.pin_matches``): the transaction then
only takes the outcome, and only if the PIN is still the one that was checked.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.model.ceremony import CeremonyView, ProofIn, Why
from kiosk.model.proof import Fido2Proof, Method, OtpProof, PhoneProof, PinProof, PivProof, PkocProof, RecoveryProof
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.service import policy
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import (
    challenges,
    emergency_step_ups,
    key_proofs,
    phone_proofs,
    risk_learned,
    second_asking,
    second_ending,
    signin,
    stepup,
)
from kiosk.service.ceremonies.key_proofs import VerifiedProof
from kiosk.service.channels import outbox
from kiosk.service.enrolment import case as enrol_case
from kiosk.service.enrolment import proofs as enrol_proofs
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.policy import Proved
from kiosk.service.proofs import pin_and_otp, replacing, wrong_tries
from kiosk.service.proofs.methods import TYPED, enrolled_of, locked_out, stored, why_denied
from kiosk.service.shared import ceremony_view, consent
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import ACTIONS, Frame
from kiosk.service.store import ceremonies, factors, failures, lookups, recovery_codes
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class PinChecked:
    """The outcome of a PIN check: against which stored hash, and whether it was right."""

    stored: str | None
    right: bool


@dataclass(frozen=True, slots=True)
class Before:
    """What a PIN is to be checked against. ``spare``: no need to check, the answer will not depend on it."""

    stored: str | None = None
    spare: bool = True


def before(conn: Connection, service: Service, ceremony_id: str, station: str) -> Before:
    """What to check a PIN against, read before the transaction that decides."""
    now = service.now()
    row = ceremonies.find(conn, ceremony_id)
    if (
        row is None
        or row.workstation != station
        or row.state != "prove"
        or wrong_tries.wait_left(conn, service.rules, station, now, wrong_tries.bucket_of(row))
    ):
        return Before()
    stored = lookups.pin_hash(conn, row.person or "")
    if stored is None:
        lookups.like_somebody(conn)
    return Before(stored, spare=False)


def take(frame: Frame, ceremony_id: str, sent: ProofIn, pin: PinChecked | None) -> CeremonyView:
    """Take one proof. A wrong one answers with the view and its ``refusal``; raises ``HttpProblemError`` for
    nonsense."""
    row, known = challenges.load(frame, ceremony_id, sent.proof)
    if not frame.live(row):
        code = RefusalCode(row.detail.ended_why or RefusalCode.EXPIRED)
        return _end(frame, row, known, code, Event("proof", "refused", frame.now))
    if known is not None and known.suspended:
        return _end(frame, row, known, RefusalCode.SUSPENDED, Event("proof", "refused", frame.now))
    if row.purpose == "step_up" and not stepup.still_active(frame, row):
        return _end(frame, row, known, RefusalCode.NOT_ACTIVE, Event("proof", "refused", frame.now))
    over = second_ending.fault(frame, row) if row.purpose == "second" else None
    if over is not None:
        return _end(frame, row, known, over, Event("proof", "refused", frame.now))
    if row.purpose in ENROLLING and not enrol_proofs.waits(frame, row):
        return _end(frame, row, known, RefusalCode.EXPIRED, Event("proof", "refused", frame.now))
    consent.check_language(sent.language)
    row = challenges.remember_purpose(frame, row, sent.purpose)
    try:
        verified = _verify(frame, row, known, sent, pin)
    except ProofRefusedError as refused:
        return _wrong(frame, row, known, sent, refused)
    return _right(frame, row, verified)


def _verify(
    frame: Frame, row: CeremonyRow, known: StoredPerson | None, sent: ProofIn, pin: PinChecked | None
) -> VerifiedProof:
    """What the proof proves. Raises ``ProofRefusedError``."""
    decision = challenges.decide(frame, row, known)
    offered = {offer.method for offer in decision.offers} if isinstance(decision, policy.Need) else set()
    proof = sent.proof
    if isinstance(proof, Fido2Proof):
        return key_proofs.fido2(frame, row, known, proof, offered, enrol_case.barred(frame, row))
    if isinstance(proof, PivProof):
        return key_proofs.piv(frame, row, known, proof, offered, enrol_case.barred(frame, row))
    if isinstance(proof, PkocProof):
        return key_proofs.pkoc(frame, row, known, proof, offered, enrol_case.barred(frame, row))
    if isinstance(proof, PhoneProof):
        if not offered:  # all was proved that is theirs to prove, as where a second person is waited for
            raise ProofRefusedError(RefusalCode.NO_METHOD, "not offered")
        return phone_proofs.phone(frame, row, known)
    method = Method(proof.method)
    if _wait_left(frame, row):
        raise ProofRefusedError(RefusalCode.TOO_FAST, "station slowed")
    who, bucket = wrong_tries.who_of(frame, row, known), wrong_tries.bucket_of(row)
    if method in wrong_tries.GUESSABLE and method in enrolled_of(frame, who, bucket=bucket).locked:
        raise ProofRefusedError(WRONG[method] if _nameless(row) else RefusalCode.LOCKED_OUT, "locked out")
    if method not in offered:
        raise ProofRefusedError(RefusalCode.NO_METHOD, "not offered")
    # What is checked of a login that nobody has is checked by the same statements, and never right.
    if isinstance(proof, PinProof):
        _check_pin(frame, who, pin)
    elif isinstance(proof, OtpProof):
        _check_code(frame, who, proof)
    else:
        _check_recovery_code(frame, who, proof)
    if known is None:
        raise ProofRefusedError(WRONG[method], "unknown login")
    made = challenges.make(frame, row, known, method, sent.language) if row.purpose != "sign_in" else None
    return VerifiedProof(
        known, Proved(method, frame.now), key_proofs.code_evidence(made, method), made, KIND_OF[method]
    )


def _nameless(row: CeremonyRow) -> bool:
    """Whether only a login was typed: neither a count nor a lock-out may tell whether anybody has it."""
    return row.presented == "login" and not row.proved


def _wait_left(frame: Frame, row: CeremonyRow) -> int:
    rules, bucket = frame.service.rules, wrong_tries.bucket_of(row)
    return wrong_tries.wait_left(frame.conn, rules, frame.station.id, frame.now, bucket)


def _check_pin(frame: Frame, who: str, pin: PinChecked | None) -> None:
    stored = lookups.pin_hash(frame.conn, who)
    if pin is None or not pin.right or pin.stored != stored:
        raise ProofRefusedError(RefusalCode.WRONG_PIN, "pin")


def _check_code(frame: Frame, who: str, proof: OtpProof) -> None:
    sealed = lookups.totp_of(frame.conn, who)
    if sealed is None:
        raise ProofRefusedError(RefusalCode.WRONG_CODE, "no secret")
    try:
        secret = frame.service.keys.totp.unseal(sealed.key_id, sealed.secret, who)
    except KeyFileError:
        raise ProofRefusedError(RefusalCode.WRONG_CODE, "secret cannot be decrypted") from None
    step = pin_and_otp.matching_step(base64.b32encode(secret).decode("ascii"), proof.code.replace(" ", ""), frame.now)
    if step is None:
        raise ProofRefusedError(RefusalCode.WRONG_CODE, "code")
    if not lookups.use_totp_step(frame.conn, who, step):
        raise ProofRefusedError(RefusalCode.CODE_USED, "step used")


def _check_recovery_code(frame: Frame, who: str, proof: RecoveryProof) -> None:
    keys = frame.service.keys.badge
    if not recovery_codes.use(frame.conn, keys, who, proof.number, proof.code, frame.now):
        raise ProofRefusedError(RefusalCode.WRONG_CODE, "recovery code")
    outbox.tell(frame.conn, who, "recovery_used", frame.now, at=frame.station.name)


def _right(frame: Frame, row: CeremonyRow, verified: VerifiedProof) -> CeremonyView:
    known, proved = verified.known, verified.proved
    if row.purpose == "second" and row.person is None:
        row = second_asking.weighed(frame, row, known)  # before this very proof is learned from
    row = replace(row, person=known.person.id, proved=(*row.proved, stored(proved, verified.factor)))
    risk_learned.proved(frame, known, proved, verified.factor, verified.since)
    if proved.method in TYPED:
        wrong_tries.right(frame, row, known, proved.method)
        replacing.worked(frame, known.person.id, KIND_OF[proved.method], known.person.id)
    event = Event(
        "proof",
        "success",
        frame.now,
        method=proved.method,
        evidence=verified.evidence,
        openings=verified.challenge.openings if verified.challenge else (),
        detail=enrol_case.told(row, known) if row.purpose in ENROLLING else {},
    )
    if known.suspended:
        return _end(frame, row, known, RefusalCode.SUSPENDED, event)
    decision = challenges.decide(frame, row, known)
    if isinstance(decision, policy.Satisfied):
        if row.purpose == "step_up":
            return stepup.grant(frame, row, known, decision, event)
        if row.purpose in ENROLLING:
            return _proved(frame, row, known, event)
        if row.purpose == "second":
            view = second_ending.give(frame, row, known, decision, event)
            return view or _end(frame, row, known, RefusalCode.SECOND_CAME_FIRST, event)
        return signin.complete(frame, row, known, decision, event)
    if isinstance(decision, policy.Denied):
        frame.write(event, known, row)
        refusal = why_denied(frame, known.person.id, decision.code, wrong_tries.bucket_of(row))
        refusal = ceremony_view.explained(refusal, row, decision.ground)
        return _end(frame, row, known, refusal.code, Event("proof", "refused", frame.now), refusal)
    if decision.why is Why.SECOND and row.purpose == "step_up":
        waits = second_ending.wait(frame, row, known, event, verified.challenge)
        return waits or _nobody_may(frame, row, known, event, decision)
    row = signin.because(frame, replace(row, why=decision.why), known)
    ceremonies.save(frame.conn, row)
    frame.write(event, known, row)
    return ceremony_view.of_row(frame, row, known, offers=decision.offers, ground=decision.ground)


def _nobody_may(
    frame: Frame, row: CeremonyRow, known: StoredPerson, event: Event, decision: policy.Need
) -> CeremonyView:
    """The policy wants a second person, and lets nobody be one."""
    frame.write(event, known, row)
    refusal = ceremony_view.explained(Refusal(RefusalCode.POLICY), row, decision.ground)
    return _end(frame, row, known, refusal.code, Event("proof", "refused", frame.now), refusal)


def _proved(frame: Frame, row: CeremonyRow, known: StoredPerson, event: Event) -> CeremonyView:
    """All that they can prove for an enrolment is proved; the enrolment goes on, in the same transaction."""
    done = replace(row, state="done", ended=frame.now)
    ceremonies.save(frame.conn, done)
    frame.write(event, known, done)
    enrol_proofs.done(frame, done, known)
    return ceremony_view.of_row(frame, done, known)


def _wrong(
    frame: Frame, row: CeremonyRow, known: StoredPerson | None, sent: ProofIn, refused: ProofRefusedError
) -> CeremonyView:
    """Count a failure, say what is left, and go on with whatever still helps."""
    method, now = Method(sent.proof.method) if sent.proof.method not in ("piv", "pkoc") else None, frame.now
    refusal, reason = Refusal(refused.code), refused.code
    risk_learned.not_accepted(frame, row, known, refused.code)
    if refused.code in (RefusalCode.WRONG_PIN, RefusalCode.WRONG_CODE, RefusalCode.CODE_USED):
        counted = wrong_tries.wrong(frame, row, known, method)
        reason = RefusalCode.LOCKED_OUT if counted.left == 0 else refused.code
        wait: int | None = counted.wait or None
        if _nameless(row):
            refusal = Refusal(refused.code, None, wait)
        else:
            ends = None if counted.until is None else counted.until - now
            refusal = locked_out(ends, now) if counted.left == 0 else Refusal(reason, counted.left, wait)
    elif refused.code is RefusalCode.TOO_FAST:
        refusal = Refusal(refused.code, wait=_wait_left(frame, row))
    elif refused.code is RefusalCode.LOCKED_OUT and method is not None:
        found = failures.tries(frame.conn, wrong_tries.who_of(frame, row, known), wrong_tries.bucket_of(row))
        refusal = locked_out(wrong_tries.lock_wait(found, (method,), now), now)
    told = enrol_case.told(row, known) if row.purpose in ENROLLING else {}
    detail = {**told, "why": refused.why}
    event = Event("proof", "refused", now, reason=reason, method=sent.proof.method, detail=detail)
    decision = challenges.decide(frame, row, known)
    if isinstance(decision, policy.Need) and refused.code not in FINAL:
        frame.write(event, known, row)
        return ceremony_view.of_row(frame, row, known, offers=decision.offers, refusal=refusal, ground=decision.ground)
    return _end(frame, row, known, refusal.code, event, refusal)


WRONG = {
    Method.PIN: RefusalCode.WRONG_PIN,
    Method.OTP: RefusalCode.WRONG_CODE,
    Method.RECOVERY: RefusalCode.WRONG_CODE,
}
KIND_OF: dict[Method, factors.Kind] = {Method.PIN: "pin", Method.OTP: "totp", Method.RECOVERY: "recovery"}
ENROLLING = ("enrol", "vouch")
FINAL = frozenset({RefusalCode.COUNTER_WENT_BACK, RefusalCode.SUSPENDED, RefusalCode.KEY_CHANGED})
"""Refusals after which nothing else in the same ceremony helps."""


def _end(
    frame: Frame,
    row: CeremonyRow,
    known: StoredPerson | None,
    code: RefusalCode,
    event: Event,
    refusal: Refusal | None = None,
) -> CeremonyView:
    """Refuse the ceremony for good. One that has ended already stays as it is, but the try is written down."""
    under = row.request.emergency if row.request is not None and row.purpose == "step_up" else None
    detail = {**event.detail, **emergency_step_ups.told(under)}
    over = replace(event, action=ACTIONS[row.purpose], result="refused", reason=code, detail=detail)
    frame.write(over, known, row)
    if row.state == "prove":
        row = replace(row, state="refused", ended=frame.now)
        ceremonies.save(frame.conn, row)
        if row.purpose in ENROLLING:
            enrol_proofs.ended(frame, row, known)
    return ceremony_view.of_row(frame, replace(row, state="refused"), known, refusal=refusal or Refusal(code))
