"""One proof of a ceremony: verified, counted, written down, and what it makes of the ceremony. One transaction.

A PIN's hash is looked up before and checked on a thread (``before``, ``memorised.pin_matches``): the transaction then
only takes the outcome, and only if the PIN is still the one that was checked.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.model.ceremony import CeremonyView, ProofIn, Refusal, RefusalCode
from kiosk.model.proof import Fido2Proof, Method, OtpProof, PinProof, PivProof, RecoveryProof
from kiosk.service import messages, policy
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import challenges, keyproofs, memorised, replacing, signin, stepup, view
from kiosk.service.ceremonies.enrolling import case as enrol_case
from kiosk.service.ceremonies.enrolling import proofs as enrol_proofs
from kiosk.service.ceremonies.frame import ACTIONS, Frame
from kiosk.service.ceremonies.keyproofs import Verified
from kiosk.service.ceremonies.methods import GUESSABLE, TYPED, enrolled_of, stored
from kiosk.service.ceremonies.refused import ProofRefused
from kiosk.service.context import Service
from kiosk.service.keys import KeyTrouble
from kiosk.service.policy import Proved
from kiosk.service.store import ceremonies, factors, failures, lookups, recovery_codes
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import Known


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
        or failures.wait_left(conn, station, now, service.rules.slow_most)
    ):
        return Before()
    return Before(lookups.pin_hash(conn, row.person) if row.person else None, spare=False)


def take(frame: Frame, ceremony_id: str, sent: ProofIn, pin: PinChecked | None) -> CeremonyView:
    """Take one proof. A wrong one answers with the view and its ``refusal``; raises ``HttpProblem`` for nonsense."""
    row, known = challenges.load(frame, ceremony_id)
    if not frame.live(row):
        return _end(frame, row, known, RefusalCode.EXPIRED, Event("proof", "refused", frame.now))
    if known is not None and known.suspended:
        return _end(frame, row, known, RefusalCode.SUSPENDED, Event("proof", "refused", frame.now))
    if row.purpose == "step_up" and not stepup.still_active(frame, row):
        return _end(frame, row, known, RefusalCode.NOT_ACTIVE, Event("proof", "refused", frame.now))
    if row.purpose in ENROLLING and not enrol_proofs.waits(frame, row):
        return _end(frame, row, known, RefusalCode.EXPIRED, Event("proof", "refused", frame.now))
    row = challenges.remember_purpose(frame, row, sent.purpose)
    try:
        verified = _verify(frame, row, known, sent, pin)
    except ProofRefused as refused:
        return _wrong(frame, row, known, sent, refused)
    return _right(frame, row, verified)


def _verify(frame: Frame, row: CeremonyRow, known: Known | None, sent: ProofIn, pin: PinChecked | None) -> Verified:
    """What the proof proves. Raises ``ProofRefused``."""
    decision = challenges.decide(frame, row, known)
    offered = {offer.method for offer in decision.offers} if isinstance(decision, policy.Need) else set()
    proof = sent.proof
    if isinstance(proof, Fido2Proof):
        return keyproofs.fido2(frame, row, known, proof, offered, enrol_case.barred(frame, row))
    if isinstance(proof, PivProof):
        return keyproofs.piv(frame, row, known, proof, offered, enrol_case.barred(frame, row))
    method = Method(proof.method)
    if _wait_left(frame):
        raise ProofRefused(RefusalCode.TOO_FAST, "station slowed")
    if known is not None and method in enrolled_of(frame, known.person.id).locked:
        raise ProofRefused(WRONG[method] if _nameless(row) else RefusalCode.LOCKED_OUT, "locked out")
    if method not in offered:
        raise ProofRefused(RefusalCode.NO_METHOD, "not offered")
    if known is None:
        _as_slow_as_known(frame, proof)
        raise ProofRefused(WRONG[method], "unknown login")
    if isinstance(proof, PinProof):
        _check_pin(frame, known, pin)
    elif isinstance(proof, OtpProof):
        _check_code(frame, known, proof)
    else:
        _check_recovery_code(frame, known, proof)
    made = challenges.make(frame, row, known, method) if row.purpose != "sign_in" else None
    return Verified(known, Proved(method, frame.now), keyproofs.code_evidence(made, method), made)


def _nameless(row: CeremonyRow) -> bool:
    """Whether only a login was typed: neither a count nor a lock-out may tell whether anybody has it."""
    return row.presented == "login" and not row.proved


def _wait_left(frame: Frame) -> int:
    return failures.wait_left(frame.conn, frame.station.id, frame.now, frame.service.rules.slow_most)


def _check_pin(frame: Frame, known: Known, pin: PinChecked | None) -> None:
    right = pin is not None and pin.right and pin.stored == lookups.pin_hash(frame.conn, known.person.id)
    if not right:
        raise ProofRefused(RefusalCode.WRONG_PIN, "pin")


def _check_code(frame: Frame, known: Known, proof: OtpProof) -> None:
    sealed = lookups.totp_of(frame.conn, known.person.id)
    if sealed is None:
        raise ProofRefused(RefusalCode.WRONG_CODE, "no secret")
    try:
        secret = frame.service.keys.totp.unseal(sealed.key_id, sealed.secret, known.person.id)
    except KeyTrouble:
        raise ProofRefused(RefusalCode.WRONG_CODE, "secret cannot be decrypted") from None
    step = memorised.matching_step(base64.b32encode(secret).decode("ascii"), proof.code.replace(" ", ""), frame.now)
    if step is None:
        raise ProofRefused(RefusalCode.WRONG_CODE, "code")
    if not lookups.use_totp_step(frame.conn, known.person.id, step):
        raise ProofRefused(RefusalCode.CODE_USED, "step used")


def _check_recovery_code(frame: Frame, known: Known, proof: RecoveryProof) -> None:
    keys = frame.service.keys.badge
    if not recovery_codes.use(frame.conn, keys, known.person.id, proof.number, proof.code, frame.now):
        raise ProofRefused(RefusalCode.WRONG_CODE, "recovery code")
    messages.tell(frame.conn, known.person.id, "recovery_used", frame.now, at=frame.station.name)


def _as_slow_as_known(frame: Frame, proof: PinProof | OtpProof | RecoveryProof) -> None:
    if isinstance(proof, RecoveryProof):
        recovery_codes.spend(frame.service.keys.badge, proof.code)


def _right(frame: Frame, row: CeremonyRow, verified: Verified) -> CeremonyView:
    known, proved = verified.known, verified.proved
    row = replace(row, person=known.person.id, proved=(*row.proved, stored(proved)))
    if proved.method in TYPED:
        failures.clear(frame.conn, known.person.id, proved.method)
        failures.calm(frame.conn, frame.station.id)
        replacing.worked(frame, known.person.id, KIND_OF[proved.method], known.person.id)
    event = Event(
        "proof",
        "success",
        frame.now,
        method=proved.method,
        evidence=verified.evidence,
        openings=challenges.openings_of(verified.challenge) if verified.challenge else (),
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
        return signin.complete(frame, row, known, decision, event)
    if isinstance(decision, policy.Denied):
        frame.write(event, known, row)
        return _end(frame, row, known, decision.code, Event("proof", "refused", frame.now))
    row = replace(row, why=decision.why)
    ceremonies.save(frame.conn, row)
    frame.write(event, known, row)
    return view.of_row(frame, row, known, offers=decision.offers)


def _proved(frame: Frame, row: CeremonyRow, known: Known, event: Event) -> CeremonyView:
    """All that she can prove for an enrolment is proved; the enrolment goes on, in the same transaction."""
    done = replace(row, state="done", ended=frame.now)
    ceremonies.save(frame.conn, done)
    frame.write(event, known, done)
    enrol_proofs.done(frame, done, known)
    return view.of_row(frame, done, known)


def _wrong(frame: Frame, row: CeremonyRow, known: Known | None, sent: ProofIn, refused: ProofRefused) -> CeremonyView:
    """Count a failure, say what is left, and go on with whatever still helps."""
    method, conn, now = Method(sent.proof.method) if sent.proof.method != "piv" else None, frame.conn, frame.now
    refusal, reason = Refusal(refused.code), refused.code
    if refused.code in (RefusalCode.WRONG_PIN, RefusalCode.WRONG_CODE, RefusalCode.CODE_USED):
        rules = frame.service.rules
        wait = failures.slow(
            conn,
            frame.station.id,
            now,
            quick=rules.quick_failures,
            first=rules.slow_first,
            most=rules.slow_most,
        )
        left = None
        if known is not None and method in GUESSABLE:
            left = max(0, rules.lockout - failures.add(conn, known.person.id, method, now))
        reason = RefusalCode.LOCKED_OUT if left == 0 else refused.code
        refusal = Refusal(reason, left, wait or None)
        if _nameless(row):
            refusal = Refusal(refused.code, None, wait or None)
    elif refused.code is RefusalCode.TOO_FAST:
        refusal = Refusal(refused.code, wait=_wait_left(frame))
    told = enrol_case.told(row, known) if row.purpose in ENROLLING else {}
    detail = {**told, "why": refused.why}
    event = Event("proof", "refused", now, reason=reason, method=sent.proof.method, detail=detail)
    decision = challenges.decide(frame, row, known)
    if isinstance(decision, policy.Need) and refused.code not in FINAL:
        frame.write(event, known, row)
        return view.of_row(frame, row, known, offers=decision.offers, refusal=refusal)
    return _end(frame, row, known, refusal.code, event, refusal)


WRONG = {
    Method.PIN: RefusalCode.WRONG_PIN,
    Method.OTP: RefusalCode.WRONG_CODE,
    Method.RECOVERY: RefusalCode.WRONG_CODE,
}
KIND_OF: dict[Method, factors.Kind] = {Method.PIN: "pin", Method.OTP: "totp", Method.RECOVERY: "recovery"}
ENROLLING = ("enrol", "vouch")
FINAL = frozenset({RefusalCode.COUNTER_WENT_BACK, RefusalCode.SUSPENDED})
"""Refusals after which nothing else in the same ceremony helps."""


def _end(
    frame: Frame,
    row: CeremonyRow,
    known: Known | None,
    code: RefusalCode,
    event: Event,
    refusal: Refusal | None = None,
) -> CeremonyView:
    """Refuse the ceremony for good. One that has ended already stays as it is, but the try is written down."""
    frame.write(replace(event, action=ACTIONS[row.purpose], result="refused", reason=code), known, row)
    if row.state == "prove":
        row = replace(row, state="refused", ended=frame.now)
        ceremonies.save(frame.conn, row)
        if row.purpose in ENROLLING:
            enrol_proofs.ended(frame, row, known)
    return view.of_row(frame, replace(row, state="refused"), known, refusal=refusal or Refusal(code))
