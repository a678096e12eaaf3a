"""What the workstation sends to an enrolment that is under way. Each answers with the row as it is then."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.binding import Json
from kiosk.model.ceremony import CancelIn
from kiosk.model.enrolment import EnrolRefusal, KindIn, MadeIn, SecondIn, TryIn
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import Fido2Presented, PkocPresented
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import (
    binding,
    case,
    challenge,
    making,
    next_factor,
    refused,
    rows,
    steps,
)
from kiosk.service.enrolment.handler import PinDone, Situation
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.enrolment.table import handler_of
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.enrolment import Enough, NeedSecond
from kiosk.service.proofs import presenting
from kiosk.service.proofs.presenting import Unusable
from kiosk.service.shared.frame import Frame
from kiosk.service.store.enrolments import OVER, EnrolmentRow
from kiosk.service.store.lookups import StoredPerson


def choose(frame: Frame, enrolment: str, body: KindIn) -> EnrolmentRow:
    """Choose a kind, the next one, go back to choosing, or make it anew. What was proved for another does not count."""
    row, known = rows.wanted(frame, enrolment, "choose", "prove", "second", "vouch", "make", "try", "done")
    if row.step == "refused":
        return row
    if row.act != "add":
        raise HttpProblemError(409, "wrong_step", "There is nothing to choose here.")
    if row.step == "done":
        row = next_factor.begin(frame, row, known)
    rows.end_ceremony(frame, row)
    before = row.kind or row.detail.chosen
    row = rows.failed(frame, making.anew(frame, replace(row, ceremony=None)), None)
    if body.kind is None:
        return steps.follow(frame, replace(row, kind=None, detail=replace(row.detail, chosen=before)), known)
    row = replace(row, kind=body.kind.value)
    if before not in (None, row.kind):
        detail = replace(row.detail, given_up=False, chosen=None)
        row = replace(row, factor=None, proved=(), vouched=(), second=None, detail=detail)
    return steps.follow(frame, row, known)


def second(frame: Frame, enrolment: str, body: SecondIn) -> EnrolmentRow:
    """A second person tapped. While they themselves are still to prove something, that says that they cannot."""
    row, subject = rows.wanted(frame, enrolment, "prove", "second", "vouch")
    if row.step == "refused":
        return row
    rows.end_ceremony(frame, row)
    if row.step == "prove":
        row = steps.follow(frame, replace(row, ceremony=None, detail=replace(row.detail, given_up=True)), subject)
        if row.step != "second":
            return row
    need = case.decide(frame, row, subject)
    if not isinstance(need, NeedSecond):
        return steps.follow(frame, replace(row, ceremony=None), subject)
    row = replace(row, step="second", ceremony=None)
    try:
        signer = _second(frame, row, subject, need, body)
    except EnrolmentRefusedError as refusal:
        told: dict[str, Json] = {"presented": body.presented.kind, "tap": body.tap, "by": refusal.by}
        event = Event("enrol_second", "refused", frame.now, reason=refusal.refusal.code, detail=told)
        rows.write(frame, event, row, subject)
        return rows.save(frame, rows.failed(frame, row, refusal.refusal))
    row = rows.failed(frame, row, None)
    made = steps.new_ceremony(frame, row, signer, "vouch", body.presented.kind)
    detail: dict[str, Json] = {
        "presented": body.presented.kind,
        "tap": body.tap,
        "by": signer.person.id if signer else None,
    }
    rows.write(frame, Event("enrol_second", "seen", frame.now, detail=detail), row, subject)
    return rows.save(frame, replace(row, step="vouch", ceremony=made.id))


def made(frame: Frame, enrolment: str, body: MadeIn, pin: PinDone | None) -> EnrolmentRow:
    """Something was made. ``pin``: what a thread made of it."""
    row, known = rows.wanted(frame, enrolment, "make")
    if row.step == "refused" or known is None:
        return row
    row, thing = handler_of(row).instead(Situation(frame, row, known), body.made)
    if not handler_of(row).takes(thing):
        raise HttpProblemError(422, "wrong_kind", "Something else is to be made in this enrolment.")
    row = rows.save(frame, making.make(Situation(frame, row, known, pin), thing))
    # A badge of somebody else needs another's word before it is tried.
    return steps.follow(frame, row, known) if row.step == "try" and row.detail.move else row


def tried(frame: Frame, enrolment: str, body: TryIn, pin: PinDone | None) -> EnrolmentRow:
    """It was tried; if it worked, it is theirs. ``pin``: what a thread found out about it."""
    row, known = rows.wanted(frame, enrolment, "try")
    if row.step == "refused" or known is None:
        return row
    if not handler_of(row).tries(body.tried):
        raise HttpProblemError(422, "wrong_kind", "Something else is to be tried in this enrolment.")
    if not isinstance(case.decide(frame, row, known), Enough):
        # Rules, roles or whoever vouched are not what they were: nobody's word from before counts again later.
        return steps.follow(frame, _without_a_word(row), known)
    row, waiting, issued = challenge.use(frame, row)  # used up by the try, right or wrong
    try:
        return binding.bind(Situation(frame, row, known, pin, issued), body.tried, waiting)
    except EnrolmentRefusedError as refusal:
        return rows.save(frame, making.refused_made(frame, row, known, refusal))


def cancel(frame: Frame, enrolment: str, body: CancelIn) -> None:
    """Given up. Cancelling twice is once; what is done stays done (409)."""
    row, known = rows.load(frame, enrolment)
    if row.step == "done":
        raise HttpProblemError(409, "already_done", "This has been done already.")
    if row.step not in OVER:
        rows.refuse(frame, row, known, Code.CANCELLED, body.reason)


def _without_a_word(row: EnrolmentRow) -> EnrolmentRow:
    move = row.detail.move
    detail = replace(row.detail, move=replace(move, second=None, vouched=())) if move else row.detail
    return replace(row, second=None, vouched=(), detail=detail)


def _second(
    frame: Frame, row: EnrolmentRow, subject: StoredPerson | None, need: NeedSecond, body: SecondIn
) -> StoredPerson | None:
    """Whose badge, card or key that is; None for a key that has not signed. Raises ``EnrolmentRefusedError``."""
    if isinstance(body.presented, Fido2Presented | PkocPresented):
        return None
    found = presenting.whose(frame, body.presented)
    if isinstance(found, Unusable):
        code = refused.OF_PROOF.get(found.refusal.code, Code.UNKNOWN)
        by = found.known.person.id if found.known else None
        raise EnrolmentRefusedError(EnrolRefusal(code, resembles=found.refusal.resembles), by=by)
    if subject is not None and found.person.id == subject.person.id:
        raise EnrolmentRefusedError(Code.SAME_PERSON, by=found.person.id)
    if not case.can_vouch(frame, row, need, found):
        raise EnrolmentRefusedError(Code.NOT_ENTITLED, by=found.person.id)
    return found
