"""Challenges: made here, once, for one ceremony, method, person and workstation, and bound to what is approved."""

from __future__ import annotations

import secrets
from dataclasses import replace

from kiosk.model import binding, statement
from kiosk.model.ceremony import Challenge, ChallengeAsk, Opening
from kiosk.model.proof import Method
from kiosk.service import policy
from kiosk.service.ceremonies import signin, stepup
from kiosk.service.ceremonies.enrolling import case as enrol_case
from kiosk.service.ceremonies.frame import Frame
from kiosk.service.problems import HttpProblem, not_found
from kiosk.service.store import ceremonies, lookups
from kiosk.service.store.ceremonies import CeremonyRow, ChallengeRow
from kiosk.service.store.lookups import Known
from kiosk.service.store.people import fresh_id

SECONDS = 60
LABELS = {
    "sign_in": binding.SIGN_IN_LABEL,
    "step_up": binding.STEP_UP_LABEL,
    "enrol": binding.ENROL_LABEL,
    "vouch": binding.ENROL_LABEL,
}
SIGNED = frozenset({Method.FIDO2, Method.FIDO2_TAP, Method.PIV_TAP, Method.PIV_PIN})


def issue(frame: Frame, ceremony_id: str, asked: ChallengeAsk) -> Challenge:
    """A challenge for ``asked.method``, once method and purpose are in. Raises ``HttpProblem``."""
    row, known = load(frame, ceremony_id)
    if not frame.live(row):
        raise HttpProblem(409, "expired", "This took too long. Begin again.")
    decision = decide(frame, row, known)
    offered = decision.offers if isinstance(decision, policy.Need) else ()
    if asked.method not in SIGNED or asked.method not in {offer.method for offer in offered}:
        raise HttpProblem(409, "method_not_offered", "This method does not help here. Choose one that is offered.")
    row = remember_purpose(frame, row, asked.purpose)
    made = make(frame, row, known, asked.method)
    ceremonies.add_challenge(frame.conn, made)
    allow: tuple[str, ...] = ()
    if asked.method is Method.FIDO2 and known is not None:
        allow = _credentials(frame, row, known)
    digest = binding.challenge(made.label, made.nonce, made.statement.encode())
    return Challenge(
        ceremony=row.id,
        method=asked.method,
        label=made.label,
        nonce=binding.b64u(made.nonce),
        challenge=binding.b64u(digest),
        statement=made.statement,
        expires_in=SECONDS,
        rp_id=frame.service.rp_id,
        origin=frame.service.issuer,
        allow=allow,
        user_verification="required" if asked.method is Method.FIDO2 else "discouraged",
        openings=openings_of(made),
    )


def decide(frame: Frame, row: CeremonyRow, known: Known | None) -> policy.Need | policy.Satisfied | policy.Denied:
    """The one decision about ``row``, by its purpose."""
    if row.purpose == "sign_in":
        return signin.decide(frame, row, known)
    if row.purpose in ("enrol", "vouch"):
        return enrol_case.decide_proof(frame, row, known)
    if known is None:
        raise not_found("ceremony")
    return stepup.decide(frame, row, known)


def load(frame: Frame, ceremony_id: str) -> tuple[CeremonyRow, Known | None]:
    """The ceremony of this workstation and its person. 404 also for another workstation's."""
    row = ceremonies.find(frame.conn, ceremony_id)
    if row is None or row.workstation != frame.station.id:
        raise not_found("ceremony")
    return row, None if row.person is None else lookups.person_by_id(frame.conn, row.person)


def remember_purpose(frame: Frame, row: CeremonyRow, sent: str | None) -> CeremonyRow:
    """Keep the purpose that the proofs of this step-up are for. Raises ``HttpProblem``.

    A challenge that was made for another purpose is void from then on: what is signed is what the token says.
    """
    purpose = stepup.effective_purpose(row, sent)
    if row.purpose != "step_up" or row.detail.get("purpose") == purpose:
        return row
    row = replace(row, detail={**row.detail, "purpose": purpose})
    ceremonies.save(frame.conn, row)
    ceremonies.void_challenges(frame.conn, row.id, frame.now)
    return row


def make(frame: Frame, row: CeremonyRow, known: Known | None, method: Method) -> ChallengeRow:
    """A nonce and the statement it is bound to; not stored."""
    said, openings = _statement(frame, row, known, method)
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


def openings_of(made: ChallengeRow) -> tuple[Opening, ...]:
    """What the statement's commitments hide."""
    return tuple(Opening(**one) for one in made.openings)


def _credentials(frame: Frame, row: CeremonyRow, known: Known) -> tuple[str, ...]:
    """Keys that may sign here: hers, but for one that is being reported lost."""
    barred = enrol_case.barred(frame, row)
    held = (key.credential_id for key in lookups.credentials_of(frame.conn, known.person.id))
    return tuple(one for one in held if f"key:{one}" != barred)


def _statement(
    frame: Frame, row: CeremonyRow, known: Known | None, method: Method
) -> tuple[bytes, tuple[dict[str, str], ...]]:
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
    if person is None or row.request is None:
        raise not_found("ceremony")
    ask = row.request["ask"]
    resource, *patients = (_committed(value) for value in (ask["resource"], *ask["patients"]))
    made = statement.step_up(
        ceremony=row.id,
        method=method,
        workstation=frame.station.id,
        time=frame.now,
        person=person.id,
        login=person.login,
        action=ask["action"],
        resource=resource["commitment"],
        records=ask["records"],
        purpose=row.detail.get("purpose"),
        audience=ask["audience"],
        program=row.request["program"],
        origin=row.request["origin"],
        patients=[one["commitment"] for one in patients],
    )
    try:
        return binding.canonical(made), (resource, *patients)
    except ValueError as error:
        raise HttpProblem(422, "bad_text", "A text of this request cannot be written down.") from error


def _committed(value: str) -> dict[str, str]:
    salt = secrets.token_bytes(binding.SALT_BYTES)
    return {"commitment": binding.commitment(salt, value), "salt": binding.b64u(salt), "value": value}
