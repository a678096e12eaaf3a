"""What becomes of an enrolment when a ceremony that proves something for it ends."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.binding import Json
from kiosk.model.enrolment import EnrolRefusal
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import case, rows, steps
from kiosk.service.policy import add_up, enrolment
from kiosk.service.policy.enrolment import NAMELESS, Enough, NeedSecond
from kiosk.service.proofs.methods import proved_of
from kiosk.service.shared.frame import Frame
from kiosk.service.store import lookups
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.enrolments import OVER, EnrolmentRow
from kiosk.service.store.lookups import StoredPerson


def waits(frame: Frame, ceremony: CeremonyRow) -> bool:
    """Whether the enrolment still waits for this ceremony; one that something has ended meanwhile ends now."""
    of = case.of_ceremony(frame, ceremony)
    return of is not None and rows.load(frame, of.id)[0].step not in OVER


def done(frame: Frame, ceremony: CeremonyRow, known: StoredPerson) -> None:
    """All that they can prove is proved; the ceremony and its rows are written already."""
    of = case.of_ceremony(frame, ceremony)
    if of is None:
        return
    if ceremony.purpose == "vouch":
        _vouched(frame, of, ceremony, known)
    else:
        _proved(frame, of, ceremony, known)


def ended(frame: Frame, ceremony: CeremonyRow, known: StoredPerson | None) -> None:
    """It ended without that: given up, locked out, or by somebody who may not vouch."""
    of = case.of_ceremony(frame, ceremony)
    if of is None:
        return
    if ceremony.purpose != "vouch":
        # What they did prove says who they are, even if it was not for this.
        person = ceremony.person if ceremony.proved else of.person
        given_up = replace(of, person=person, proved=ceremony.proved, ceremony=None)
        given_up = replace(given_up, detail=replace(of.detail, given_up=True))
        steps.follow(frame, given_up, lookups.person_by_id(frame.conn, person) if person else None)
        return
    subject = lookups.person_by_id(frame.conn, of.person) if of.person else None
    code = _why_not(frame, of, known, subject)
    back = replace(of, step="second", ceremony=None)
    rows.save(frame, rows.failed(frame, back, EnrolRefusal(code) if code else None))
    if code:
        detail: dict[str, Json] = {"by": known.person.id} if known else {}
        rows.write(frame, Event("enrol_vouched", "refused", frame.now, code, detail=detail), of, subject)


def _proved(frame: Frame, of: EnrolmentRow, ceremony: CeremonyRow, known: StoredPerson) -> None:
    row = replace(of, person=known.person.id, proved=ceremony.proved, ceremony=None)
    row = rows.failed(frame, row, None)
    if of.presented in NAMELESS and not of.proved:
        rows.write(frame, Event("enrol_who", "success", frame.now, detail={"presented": of.presented}), row, known)
    if isinstance(case.decide(frame, row, known), Enough):
        proved = add_up(proved_of(row.proved), frame.now)
        rows.write(frame, Event("enrol_proved", "success", frame.now, acr=proved.acr, amr=proved.amr), row, known)
    steps.follow(frame, row, known)


def _vouched(frame: Frame, of: EnrolmentRow, ceremony: CeremonyRow, known: StoredPerson) -> None:
    subject = lookups.person_by_id(frame.conn, of.person) if of.person else None
    need = case.decide(frame, of, subject)
    if not isinstance(need, NeedSecond):
        return
    if need.may == "owner_or_supervisor" and of.detail.move is not None:
        move = replace(of.detail.move, second=known.person.id, vouched=ceremony.proved)
        row = replace(of, detail=replace(of.detail, move=move), ceremony=None)
    else:
        row = replace(of, second=known.person.id, vouched=ceremony.proved, ceremony=None)
    proved = add_up(proved_of(ceremony.proved), frame.now)
    detail: dict[str, Json] = {"by": known.person.id, "by_login": known.person.login, "why": need.why, "may": need.may}
    row = rows.failed(frame, row, None)
    event = Event("enrol_vouched", "success", frame.now, acr=proved.acr, amr=proved.amr, detail=detail)
    rows.write(frame, event, row, subject)
    steps.follow(frame, row, subject)


def _why_not(frame: Frame, of: EnrolmentRow, second: StoredPerson | None, subject: StoredPerson | None) -> Code | None:
    """Why this second person cannot vouch, if that is why their ceremony ended."""
    if second is None:
        return None
    if second.person.id == of.person:
        return Code.SAME_PERSON
    if second.suspended:
        return Code.SUSPENDED
    if case.gave_code(of, second):
        return Code.NOT_ENTITLED
    need = case.decide(frame, of, subject)
    if not isinstance(need, NeedSecond):
        return None
    rules = frame.service.rules.enrol
    entitled = enrolment.may_vouch(rules, need, second.person.roles, owner=case.owns(of, second))
    return None if entitled else Code.NOT_ENTITLED
