"""What the workstation sends to an enrolment that is under way. Each answers with the row as it is then."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.binding import Json
from kiosk.model.ceremony import CancelIn
from kiosk.model.enrolment import (
    BadgeMade,
    BadgeTried,
    EnrolRefusal,
    KeyMade,
    KeyTried,
    KindIn,
    MadeIn,
    PinMade,
    PivMade,
    PivTried,
    PkocMade,
    PkocTried,
    SecondIn,
    Seen,
    TryIn,
    TypedTried,
)
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import Fido2Presented, PkocPresented
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import (
    binding,
    case,
    making,
    next_factor,
    pending,
    pkoc,
    refused,
    rows,
    steps,
    trying,
)
from kiosk.service.enrolment.refused import EnrolRefused
from kiosk.service.enrolment.typed import PinDone
from kiosk.service.platform.problems import HttpProblem
from kiosk.service.policy.enrolment import BADGES, Enough, NeedSecond
from kiosk.service.proofs import presenting
from kiosk.service.proofs.presenting import Unusable
from kiosk.service.shared.frame import Frame
from kiosk.service.store.enrolments import OVER, EnrolmentRow
from kiosk.service.store.lookups import Known

MADE: dict[str, type] = {
    "badge": BadgeMade,
    "temporary_badge": BadgeMade,
    "key": KeyMade,
    "piv": PivMade,
    "pkoc": PkocMade,
    "totp": Seen,
    "pin": PinMade,
    "recovery": Seen,
}
TRIED: dict[str, type] = {
    "badge": BadgeTried,
    "temporary_badge": BadgeTried,
    "key": KeyTried,
    "piv": PivTried,
    "pkoc": PkocTried,
    "totp": TypedTried,
    "pin": TypedTried,
    "recovery": TypedTried,
}


def choose(frame: Frame, enrolment: str, body: KindIn) -> EnrolmentRow:
    """Choose a kind, the next one, go back to choosing, or make it anew. What was proved for another does not count."""
    row, known = rows.wanted(frame, enrolment, "choose", "prove", "second", "vouch", "make", "try", "done")
    if row.step == "refused":
        return row
    if row.act != "add":
        raise HttpProblem(409, "wrong_step", "There is nothing to choose here.")
    if row.step == "done":
        row = next_factor.begin(frame, row, known)
    rows.end_ceremony(frame, row)
    before = row.kind or row.detail.get("chosen")
    row = rows.failed(frame, making.anew(frame, replace(row, ceremony=None)), None)
    if body.kind is None:
        return steps.follow(frame, replace(row, kind=None, detail={**row.detail, "chosen": before}), known)
    row = replace(row, kind=body.kind.value)
    if before not in (None, row.kind):
        detail = {name: value for name, value in row.detail.items() if name not in ("given_up", "chosen")}
        row = replace(row, factor=None, proved=(), vouched=(), second=None, detail=detail)
    return steps.follow(frame, row, known)


def second(frame: Frame, enrolment: str, body: SecondIn) -> EnrolmentRow:
    """A second person tapped. While she herself is still to prove something, that says that she cannot."""
    row, subject = rows.wanted(frame, enrolment, "prove", "second", "vouch")
    if row.step == "refused":
        return row
    rows.end_ceremony(frame, row)
    if row.step == "prove":
        row = steps.follow(frame, replace(row, ceremony=None, detail={**row.detail, "given_up": True}), subject)
        if row.step != "second":
            return row
    need = case.decide(frame, row, subject)
    if not isinstance(need, NeedSecond):
        return steps.follow(frame, replace(row, ceremony=None), subject)
    row = replace(row, step="second", ceremony=None)
    try:
        signer = _second(frame, row, subject, need, body)
    except EnrolRefused as no:
        told: dict[str, Json] = {"presented": body.presented.kind, "tap": body.tap, "by": no.by}
        event = Event("enrol_second", "refused", frame.now, reason=no.refusal.code, detail=told)
        rows.write(frame, event, row, subject)
        return rows.save(frame, rows.failed(frame, row, no.refusal))
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
    thing = body.made
    if isinstance(thing, PkocMade) and row.kind in BADGES:
        row, thing = pkoc.instead(frame, row, known, thing)
    if not isinstance(thing, MADE[row.kind or ""]):
        raise HttpProblem(422, "wrong_kind", "Something else is to be made in this enrolment.")
    row = rows.save(frame, making.make(frame, row, known, thing, pin))
    # A badge of somebody else needs another's word before it is tried.
    return steps.follow(frame, row, known) if row.step == "try" and row.detail.get("move") else row


def tried(frame: Frame, enrolment: str, body: TryIn, pin: PinDone | None) -> EnrolmentRow:
    """It was tried; if it worked, it is hers. ``pin``: what a thread found out about it."""
    row, known = rows.wanted(frame, enrolment, "try")
    if row.step == "refused" or known is None:
        return row
    if not isinstance(body.tried, TRIED[row.kind or ""]):
        raise HttpProblem(422, "wrong_kind", "Something else is to be tried in this enrolment.")
    if not isinstance(case.decide(frame, row, known), Enough):
        # Rules, roles or whoever vouched are not what they were: nobody's word from before counts again later.
        return steps.follow(frame, _without_a_word(row), known)
    try:
        row, checked = trying.check(frame, row, known, body.tried, pin)
        return binding.bind(frame, row, known, pending.read(frame.service.keys, row)["made"], checked)
    except EnrolRefused as no:
        row = pending.put(frame, row, challenge=None)  # used up by the try, right or wrong
        return rows.save(frame, making.refused_made(frame, row, known, no))


def cancel(frame: Frame, enrolment: str, body: CancelIn) -> None:
    """Given up. Cancelling twice is once; what is done stays done (409)."""
    row, known = rows.load(frame, enrolment)
    if row.step == "done":
        raise HttpProblem(409, "already_done", "This has been done already.")
    if row.step not in OVER:
        rows.refuse(frame, row, known, Code.CANCELLED, body.reason)


def _without_a_word(row: EnrolmentRow) -> EnrolmentRow:
    move = row.detail.get("move")
    detail = {**row.detail, "move": {**move, "second": None, "vouched": []}} if move else row.detail
    return replace(row, second=None, vouched=(), detail=detail)


def _second(frame: Frame, row: EnrolmentRow, subject: Known | None, need: NeedSecond, body: SecondIn) -> Known | None:
    """Whose badge, card or key that is; None for a key that has not signed. Raises ``EnrolRefused``."""
    if isinstance(body.presented, Fido2Presented | PkocPresented):
        return None
    found = presenting.whose(frame, body.presented)
    if isinstance(found, Unusable):
        code = refused.OF_PROOF.get(found.refusal.code, Code.UNKNOWN)
        by = found.known.person.id if found.known else None
        raise EnrolRefused(EnrolRefusal(code, resembles=found.refusal.resembles), by=by)
    if subject is not None and found.person.id == subject.person.id:
        raise EnrolRefused(Code.SAME_PERSON, by=found.person.id)
    if not case.can_vouch(frame, row, need, found):
        raise EnrolRefused(Code.NOT_ENTITLED, by=found.person.id)
    return found
