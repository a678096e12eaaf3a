"""From one step of an enrolment to the next. What is decided here is saved here."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.ceremony import Why
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.service.enrolment import binding, case, making, rows
from kiosk.service.policy import Need, enrolment
from kiosk.service.policy.enrolment import NeedSecond, No
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, factors, lookups
from kiosk.service.store.ceremonies import CeremonyDetail, CeremonyRow, ForEnrolment
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id


def follow(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> EnrolmentRow:
    """The step that follows from what is known now."""
    if row.act == "add" and row.kind is None:
        return rows.save(frame, replace(row, step="choose"))
    if known is not None and known.suspended:
        return rows.refuse(frame, row, known, Code.SUSPENDED)
    named = row.presented != "login" or bool(row.proved)
    if row.factor and known and named and not _may_end(frame, row, known, row.factor):
        return rows.refuse(frame, row, known, Code.POLICY)
    decision = case.decide(frame, row, known)
    if isinstance(decision, No):
        return rows.refuse(frame, row, known, decision.code)
    if isinstance(decision, Need):
        return _ask_proof(frame, row, known)
    if isinstance(decision, NeedSecond):
        detail = replace(row.detail, wanted=(decision.may, decision.why))
        return rows.save(frame, replace(row, step="second", ceremony=None, detail=detail))
    if known is None:
        return rows.refuse(frame, row, known, Code.UNKNOWN)
    if row.act == "lost":
        return binding.lose(frame, row, known)
    return rows.save(frame, making.ready(frame, row, known))


def _may_end(frame: Frame, row: EnrolmentRow, known: StoredPerson, mark: str) -> bool:
    """Whether the factor of that mark is theirs. A new one replaces one of its own kind: a badge takes no key away."""
    found = factors.by_mark(frame.conn, known.person.id, mark)
    kinds = ("badge", "pkoc") if row.kind in enrolment.TAPPED else (row.kind,)
    return found is not None and (row.act == "lost" or found.kind in kinds)


def new_ceremony(
    frame: Frame, row: EnrolmentRow, signer: StoredPerson | None, purpose: str, presented: str
) -> CeremonyRow:
    """A ceremony that proves something for this enrolment, and ends with it."""
    subject = lookups.person_by_id(frame.conn, row.person) if row.person else None
    hidden = row.presented == "login" and not row.proved
    move = row.detail.move
    made = CeremonyRow(
        id=fresh_id(),
        purpose="vouch" if purpose == "vouch" else "enrol",
        workstation=frame.station.id,
        person=signer.person.id if signer else None,
        state="prove",
        presented=presented,  # type: ignore[arg-type]  # both rows have the same words
        why=Why.VOUCH if purpose == "vouch" else Why.ENROL,
        created=frame.now,
        expires=row.expires,
        session=row.session,
        detail=CeremonyDetail(
            login=(row.detail.login or "") if row.presented == "login" else None,
            enrolling=ForEnrolment(
                enrolment=row.id,
                act=row.act,
                kind=row.kind,
                factor=factors.short_of(f"badge:{move.badge}") if purpose == "vouch" and move else row.factor,
                subject=(subject.person.id, subject.person.login) if subject and not hidden else None,
            ),
        ),
        tap=row.tap,
    )
    ceremonies.add(frame.conn, made)
    return made


def _ask_proof(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> EnrolmentRow:
    made = new_ceremony(frame, row, known, "enrol", row.presented)
    if row.proved:
        ceremonies.save(frame.conn, replace(made, proved=row.proved))
    return rows.save(frame, replace(row, step="prove", ceremony=made.id))
