"""The service's answer about an enrolment."""

from __future__ import annotations

from kiosk.model.ceremony import CeremonyView
from kiosk.model.enrolment import EnrolAct, EnrolmentView, EnrolRefusal, EnrolStep, FactorKind, FactorView
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.people import Person
from kiosk.service.enrolment import case, factor_list, making, next_factor, offering, pending
from kiosk.service.enrolment.table import handler_of
from kiosk.service.policy import Need
from kiosk.service.shared import ceremony_view as ceremony_view
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, lookups
from kiosk.service.store.enrolments import OVER, EnrolmentRow
from kiosk.service.store.lookups import StoredPerson


def of_row(frame: Frame, row: EnrolmentRow) -> EnrolmentView:
    """The view of ``row`` as it stands."""
    known = None if row.person is None else lookups.person_by_id(frame.conn, row.person)
    may, why = (row.detail.wanted if row.step in ("second", "vouch") else None) or (None, None)
    ceremony, signer = _ceremony(frame, row)
    done = row.step == "done" and known is not None
    more = next_factor.kinds(frame, row, known)
    return EnrolmentView(
        id=row.id,
        act=EnrolAct(row.act),
        step=EnrolStep(row.step),
        expires_in=0 if row.step in OVER and not more else max(0, row.expires - frame.now),
        person=_person(row, known, bool(row.proved or (ceremony and ceremony.proved and row.step == "prove"))),
        kind=None if row.kind is None else FactorKind(row.kind),
        kinds=more if done else _kinds(frame, row, known) if row.step == "choose" else (),
        ceremony=ceremony,
        second=signer if row.step == "vouch" else None,
        second_why=why,
        second_may=may,
        make=making.shown(frame, row, known) if row.step in ("make", "try") and known else None,
        factor=_factor(frame, row, known) if known else None,
        refusal=_refusal(row),
        keys_missing=factor_list.keys_missing(frame, known) if done and known else 0,
        signs_in=not done or known is None or factor_list.signs_in(frame, known),
    )


def _refusal(row: EnrolmentRow) -> EnrolRefusal | None:
    """The last failed try, or why it ended: by what was done to the person's factors elsewhere, if by nothing else."""
    kept = row.detail.refusal
    return EnrolRefusal(Code.CANCELLED) if kept is None and row.step == "refused" else kept


def _person(row: EnrolmentRow, known: StoredPerson | None, proved: bool) -> Person | None:
    """For a typed login before its first proof only what was typed, whether anybody has it or not."""
    if row.presented == "login" and not proved:
        login = row.detail.login or ""
        return Person("", login, login, ())
    return known.person if known else None


def _kinds(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> tuple[FactorKind, ...]:
    named = known if row.presented != "login" or row.proved else None
    return offering.kinds_for(frame, named)


def _ceremony(frame: Frame, row: EnrolmentRow) -> tuple[CeremonyView | None, Person | None]:
    """The proof that is under way, and who gives it."""
    found = ceremonies.find(frame.conn, row.ceremony) if row.ceremony else None
    if found is None or row.step not in ("prove", "vouch"):
        return None, None
    signer = None if found.person is None else lookups.person_by_id(frame.conn, found.person)
    decision = case.decide_proof(frame, found, signer)
    offers = decision.offers if isinstance(decision, Need) else ()
    return ceremony_view.of_row(frame, found, signer, offers=offers), signer.person if signer else None


def _factor(frame: Frame, row: EnrolmentRow, known: StoredPerson) -> FactorView | None:
    """The new one in TRY and DONE, the lost one in DONE."""
    if row.step == "done":
        return factor_list.by_mark(frame, known, row.detail.mark or "")
    if row.step != "try" or row.kind is None:
        return None
    made = handler_of(row).summary(pending.read(frame.service.keys, row).made or {})
    return FactorView(
        mark=made.mark,
        kind=FactorKind(row.kind),
        name=made.name,
        added=frame.now,
        model=made.model,
        until=made.until,
        hardware=made.hardware,
    )
