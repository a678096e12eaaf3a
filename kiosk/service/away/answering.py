"""A server's question is answered on the phone: its number typed, what is asked read, and signed, refused or reported.

The page has shown by a passkey whose phone it is (``opening``). The number ties what is signed to what the server asked
for: without it nothing is shown. Each answer looks anew at everything, under the person's lock: that they are active at
no workstation, that the server may still ask, that the policy is still content.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.model.binding import STEP_UP_LABEL, Json, b64u, challenge, commitment, unb64u
from kiosk.model.challenge import CommitmentOpening
from kiosk.model.consent import lines
from kiosk.model.proof import Fido2Proof
from kiosk.service.audit import evidence, writer
from kiosk.service.audit.event import SERVICE
from kiosk.service.away import judging
from kiosk.service.away.found import FoundQuestion, find
from kiosk.service.away.opening import report_digest
from kiosk.service.channels import outbox
from kiosk.service.phone.approving import NumberView, OutcomeView, PhoneAskedView, ShownLine
from kiosk.service.phone.languages import redrawn
from kiosk.service.phone.page_texts import LANGUAGES, labelled
from kiosk.service.phone.pairing import SignOptions
from kiosk.service.phone.questions import ANSWERED, over
from kiosk.service.policy import Satisfied
from kiosk.service.proofs import phones as passkeys
from kiosk.service.shared import policy_asked, risk_memory
from kiosk.service.shared.context import Service
from kiosk.service.shared.question_number import number_of
from kiosk.service.store import backchannel_requests, factors, phone_questions, phone_requests, phones
from kiosk.service.store.phone_questions import MAX_TRIES, QuestionState, WaitingQuestion
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification import fido2
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question on the phone, and the server's own."""

    found: FoundQuestion
    waits: WaitingQuestion


def check_live(conn: Connection, code: str, now: int) -> None:
    """Raises ``HttpProblemError`` unless something can still be answered by that code. Read first, on its own: whoever
    sends codes that nobody gave keeps no writer busy."""
    found = phone_questions.by_page(conn, phone_requests.mark_of(code))
    if found is None or not found.live(now):
        raise over()


def show(conn: Connection, service: Service, code: str, number: str, language: str, now: int) -> NumberView:
    """What is asked, for the right ``number``. A wrong one is a value: it is counted. Raises ``HttpProblemError``."""
    asked = _open(conn, service, code, now)
    if not _right(asked, number):
        return NumberView(_wrong(asked, "wrong_number"))
    found, consent = asked.found, asked.found.consent
    said = tuple(ShownLine(*labelled(language, line.key, line.value)) for line in lines(consent, language))
    drawn = redrawn(asked.waits.statement, consent, language)
    mine = tuple(row.credential_id for row in phones.of_person(conn, found.known.person.id))
    return NumberView(asked=PhoneAskedView(said, SignOptions(b64u(_digest(asked.waits, drawn)), service.rp_id, mine)))


def approve(conn: Connection, service: Service, code: str, number: str, proof: Fido2Proof, now: int) -> OutcomeView:
    """Yes, signed. Its server may fetch tokens from then on. Raises ``HttpProblemError``."""
    asked = _open(conn, service, code, now)
    if not _right(asked, number):
        return OutcomeView("over" if _wrong(asked, "wrong_number") == 0 else "not_yours")
    found, named = asked.found, _named(proof)
    each = (redrawn(asked.waits.statement, found.consent, language) for language in LANGUAGES)
    drawn = next((text for text in each if _digest(asked.waits, text) == named), asked.waits.statement)
    try:
        phone, assertion = passkeys.signed(service, conn, found.known, proof, _digest(asked.waits, drawn))
    except ProofRefusedError as refused:
        return OutcomeView("not_yours" if _wrong(asked, refused.code) else "over")
    phones.used(conn, phone, assertion.sign_count, assertion.backed_up, now)
    return _granted(asked, drawn, phone, assertion)


def report(conn: Connection, service: Service, code: str, proof: Fido2Proof, now: int) -> OutcomeView:
    """“Not me”, signed: that server reaches their phone no more for a day. Raises ``HttpProblemError``."""
    asked = _open(conn, service, code, now)
    found = asked.found
    try:
        phone, assertion = passkeys.signed(service, conn, found.known, proof, report_digest(asked.waits))
    except ProofRefusedError as refused:
        return OutcomeView("not_yours" if _wrong(asked, refused.code) else "over")
    phones.used(conn, phone, assertion.sign_count, assertion.backed_up, now)
    outbox.tell(conn, found.known.person.id, "phone_reported", now, at=found.client.rules.title)
    return _no(asked, "reported")


def refuse(conn: Connection, service: Service, code: str, now: int) -> OutcomeView:
    """No. It takes no number: the page was opened by the person's own passkey. Raises ``HttpProblemError``."""
    return _no(_open(conn, service, code, now), "refused")


def _open(conn: Connection, service: Service, code: str, now: int) -> _Asked:
    """The question of that page, still under way. Raises ``HttpProblemError``."""
    mark = phone_requests.mark_of(code)
    waits = phone_questions.by_page(conn, mark)
    found = None if waits is None else find(conn, service, waits.id, now)
    waits = phone_questions.by_page(conn, mark)  # as it is now that its person is locked
    if waits is None or found is None or not waits.live(now) or found.at_station:
        raise over()
    return _Asked(found, waits)


def _right(asked: _Asked, typed: str) -> bool:
    return passkeys.same_number(number_of(asked.found.service.keys.nonce, asked.waits.id), typed)


def _digest(waits: WaitingQuestion, drawn: str) -> bytes:
    return challenge(STEP_UP_LABEL, unb64u(waits.nonce), drawn.encode())


def _named(proof: Fido2Proof) -> bytes:
    """The challenge that ``proof`` names; empty for one that cannot be read, which is refused where it is verified."""
    try:
        return fido2.challenge_of(proof)
    except ProofRefusedError:
        return b""


def _granted(asked: _Asked, drawn: str, phone: StoredRow, assertion: fido2.VerifiedAssertion) -> OutcomeView:
    """The policy is asked once more, now that a phone has signed; its no is the server's no."""
    found, waits, now = asked.found, asked.waits, asked.found.now
    frame = judging.frame_of(found.conn, found.service, now)
    risk = judging.risk_of(frame, found.known, found.request)
    decision = judging.decide(frame, found.known, found.client, found.request, risk)
    told = policy_asked.told_of(decision.ground)
    if not isinstance(decision, Satisfied):
        found.write(ANSWERED, "refused", "policy", **told)
        phone_questions.move(found.conn, waits, replace(waits, state="ended", why="policy", answered=now))
        backchannel_requests.deny(found.conn, found.request.id, now)
        return OutcomeView("refused")
    known = decision.assurance
    about: dict[str, Json] = {"records": found.request.ask.records, "factor": _mark(phone), **told}
    event = replace(
        found.event(ANSWERED, "success", "approved", **about),
        acr=known.acr,
        amr=known.amr,
        evidence=_evidence(asked, drawn, phone, assertion),
        openings=_openings(asked),
    )
    seq, _ = writer.append(found.conn, SERVICE, event)
    done = replace(waits, state="approved", phone=phone.id, told_seq=seq, answered=now)
    if not phone_questions.move(found.conn, waits, done):
        raise over()
    backchannel_requests.approve_on_phone(found.conn, found.request.id, now)
    judging.learn_approved(frame, found.known, found.client, found.request)
    return OutcomeView("approved")


def _mark(phone: StoredRow) -> str:
    return factors.short_of(f"phone:{phone.id}")


def _evidence(asked: _Asked, drawn: str, phone: StoredRow, assertion: fido2.VerifiedAssertion) -> dict[str, Json]:
    service = asked.found.service
    return evidence.of_fido2(
        {"label": STEP_UP_LABEL, "nonce": unb64u(asked.waits.nonce), "statement": drawn},
        rp_id=service.rp_id,
        origin=service.issuer,
        verified=True,
        credential_id=phone.credential_id,
        authenticator_data=assertion.authenticator_data,
        client_data=assertion.client_data,
        signature=assertion.signature,
        public_key=bytes(phone.public_key),
        enrolled=(phone.enrolled_chain, phone.enrolled_seq),
    )


def _openings(asked: _Asked) -> tuple[CommitmentOpening, ...]:
    """What the statement's commitments hide. Their salts leave the question's row with its answer."""
    ask = asked.found.request.ask
    return tuple(
        CommitmentOpening(commitment=commitment(unb64u(salt), value), salt=salt, value=value)
        for salt, value in zip(asked.waits.salts, (ask.resource, *ask.patients), strict=True)
    )


def _no(asked: _Asked, state: QuestionState) -> OutcomeView:
    """It is over, for the server as well; and learned from as if it had been said at a workstation."""
    found, waits, now = asked.found, asked.waits, asked.found.now
    if not phone_questions.move(found.conn, waits, replace(waits, state=state, answered=now)):
        raise over()
    backchannel_requests.deny(found.conn, found.request.id, now)
    risk_memory.turned_down(found.conn, found.service.risk, found.known.person.id, now)
    found.write(ANSWERED, "refused", state)
    return OutcomeView("reported" if state == "reported" else "refused")


def _wrong(asked: _Asked, reason: str) -> int:
    """One try less; how many are left. What ends here still waits for a workstation."""
    after = phone_questions.wrong(asked.found.conn, asked.waits, asked.found.now)
    asked.found.write(ANSWERED, "refused", reason, tries=after.tries)
    return max(0, MAX_TRIES - after.tries)
