"""Challenges: made here, once, for one ceremony, method, person and workstation, and bound to what is approved."""

from __future__ import annotations

import secrets
from dataclasses import replace

from kiosk.model import binding, statement
from kiosk.model.challenge import Challenge, ChallengeAsk, CommitmentOpening
from kiosk.model.proof import Fido2Proof, Method, Proof
from kiosk.service import policy
from kiosk.service.ceremonies import phone_proofs, second_rules, signin, stepup
from kiosk.service.enrolment import case as enrol_case
from kiosk.service.platform.problems import HttpProblemError, not_found
from kiosk.service.proofs.phones import MAX_SECONDS
from kiosk.service.shared import consent
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, lookups
from kiosk.service.store.ceremonies import CeremonyRow, ChallengeRow
from kiosk.service.store.factors import short_of
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id

SECONDS = 60
LABELS = {
    "sign_in": binding.SIGN_IN_LABEL,
    "step_up": binding.STEP_UP_LABEL,
    "enrol": binding.ENROL_LABEL,
    "vouch": binding.ENROL_LABEL,
    "second": binding.STEP_UP_LABEL,
}
SIGNED = frozenset({Method.FIDO2, Method.FIDO2_TAP, Method.PIV_TAP, Method.PIV_PIN, Method.PKOC_TAP})


def issue(frame: Frame, ceremony_id: str, asked: ChallengeAsk) -> Challenge:
    """A challenge for ``asked.method``, once method and purpose are in. Raises ``HttpProblemError``."""
    row, known = load(frame, ceremony_id)
    if not frame.live(row):
        raise HttpProblemError(409, "expired", "This took too long. Begin again.")
    decision = decide(frame, row, known)
    offered = decision.offers if isinstance(decision, policy.Need) else ()
    if asked.method not in (*SIGNED, Method.PHONE) or asked.method not in {offer.method for offer in offered}:
        raise HttpProblemError(409, "method_not_offered", "This method does not help here. Choose one that is offered.")
    consent.check_language(asked.language)
    row = remember_purpose(frame, row, asked.purpose)
    made = make(frame, row, known, asked.method, asked.language)
    if asked.method is Method.PHONE:
        made = replace(made, expires=min(row.expires, frame.now + MAX_SECONDS))
    ceremonies.add_challenge(frame.conn, made)
    on_phone = phone_proofs.ask(frame, row, known, made) if known and asked.method is Method.PHONE else None
    what = "proof" if row.purpose == "sign_in" else f"{row.purpose}_challenge"
    frame.spent.add(what, len(made.statement) + len(repr(made.openings)), known.person.id if known else None)
    keys: list[tuple[str, bool]] = []
    if asked.method is Method.FIDO2 and known is not None:
        keys = _credentials(frame, row, known)
    digest = binding.challenge(made.label, made.nonce, made.statement.encode())
    return Challenge(
        ceremony=row.id,
        method=asked.method,
        label=made.label,
        nonce=binding.b64u(made.nonce),
        challenge=binding.b64u(digest),
        statement=made.statement,
        expires_in=made.expires - frame.now,
        rp_id=frame.service.rp_id,
        origin=frame.service.issuer,
        allow=tuple(key for key, _ in keys),
        guarded=tuple(key for key, guarded in keys if guarded),
        user_verification="required" if asked.method in (Method.FIDO2, Method.PHONE) else "discouraged",
        openings=made.openings,
        phone=on_phone,
    )


def decide(
    frame: Frame, row: CeremonyRow, known: StoredPerson | None
) -> policy.Need | policy.Satisfied | policy.Denied:
    """The one decision about ``row``, by its purpose."""
    if row.purpose == "sign_in":
        return signin.decide(frame, row, known)
    if row.purpose in ("enrol", "vouch"):
        return enrol_case.decide_proof(frame, row, known)
    if row.purpose == "second":
        return second_rules.decide(frame, row, known)
    if known is None:
        raise not_found("ceremony")
    return stepup.decide(frame, row, known)


def load(frame: Frame, ceremony_id: str, proof: Proof | None = None) -> tuple[CeremonyRow, StoredPerson | None]:
    """The ceremony of this workstation and its person. 404 also for another workstation's. ``proof``: that has come
    for it, whose key may say who the second person is."""
    row = ceremonies.find(frame.conn, ceremony_id)
    if row is None or row.workstation != frame.station.id:
        raise not_found("ceremony")
    if row.purpose == "second" or row.detail.signed:
        second_rules.lock_both(frame, row, proof.credential_id if isinstance(proof, Fido2Proof) else "")
    if row.person is None and row.presented != "login":
        return row, None
    # Also of nobody: how long a typed login takes must not tell whether anybody has it.
    known = lookups.person_by_id(frame.conn, row.person or "")
    # The person is locked from here on; whoever ended something of theirs before may have ended this ceremony.
    return ceremonies.find_again(frame.conn, row), known


def remember_purpose(frame: Frame, row: CeremonyRow, sent: str | None) -> CeremonyRow:
    """Keep the purpose that the proofs of this step-up are for. Raises ``HttpProblemError``.

    A challenge that was made for another purpose is void from then on: what is signed is what the token says.
    """
    purpose = stepup.effective_purpose(row, sent)
    if row.purpose != "step_up" or row.detail.purpose == purpose:
        return row
    row = replace(row, detail=replace(row.detail, purpose=purpose))
    ceremonies.save(frame.conn, row)
    ceremonies.void_challenges(frame.conn, row.id, frame.now)
    return row


def make(frame: Frame, row: CeremonyRow, known: StoredPerson | None, method: Method, language: str) -> ChallengeRow:
    """A nonce and the statement it is bound to; not stored. ``language``: of the screen that shows a step-up."""
    said, openings = _statement(frame, row, known, method, language)
    return ChallengeRow(
        id=fresh_id(),
        ceremony=row.id,
        method=method.value,
        label=LABELS[row.purpose],
        nonce=secrets.token_bytes(binding.NONCE_BYTES),
        statement=said.decode(),
        openings=openings,
        created=frame.now,
        expires=frame.now + SECONDS,
    )


def _credentials(frame: Frame, row: CeremonyRow, known: StoredPerson) -> list[tuple[str, bool]]:
    """Keys that may sign here, and whether each hides: the person's, but for one that is being reported lost."""
    barred = enrol_case.barred(frame, row)
    held = lookups.credentials_of(frame.conn, known.person.id)
    return [(key.credential_id, bool(key.guarded)) for key in held if short_of(f"key:{key.credential_id}") != barred]


def _statement(
    frame: Frame, row: CeremonyRow, known: StoredPerson | None, method: Method, language: str
) -> tuple[bytes, tuple[CommitmentOpening, ...]]:
    person = known.person if known else None
    if row.purpose in ("enrol", "vouch"):
        return binding.canonical(enrol_case.statement_of(frame, row, known, method)), ()
    if row.purpose == "sign_in":
        made = statement.sign_in(
            ceremony=row.id,
            method=method,
            workstation=frame.station.id,
            time=frame.now,
            person=person.id if person else None,
            login=person.login if person else None,
        )
        return binding.canonical(made), ()
    if row.request is None or (person is None and row.purpose != "second"):
        raise not_found("ceremony")
    approved = consent.consent_of(row, person.login if person is not None else "", frame.station.name)
    resource, *patients = (_committed(value) for value in (approved.resource, *approved.patients))
    made = statement.step_up(
        approved,
        ceremony=row.id,
        method=method,
        workstation=frame.station.id,
        time=frame.now,
        person=person.id if person is not None else None,
        language=language,
        resource=resource.commitment,
        patients=[patient.commitment for patient in patients],
    )
    try:
        return binding.canonical(made), (resource, *patients)
    except ValueError as error:
        raise HttpProblemError(422, "bad_text", "A text of this request cannot be written down.") from error


def _committed(value: str) -> CommitmentOpening:
    salt = secrets.token_bytes(binding.SALT_BYTES)
    return CommitmentOpening(commitment=binding.commitment(salt, value), salt=binding.b64u(salt), value=value)
