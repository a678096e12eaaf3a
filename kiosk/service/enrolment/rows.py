"""An enrolment's row: found for its workstation, saved, refused, and written about in the trail."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.binding import Json
from kiosk.model.enrolment import EnrolRefusal
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.service.audit.event import Event
from kiosk.service.platform.problems import HttpProblemError, not_found
from kiosk.service.shared.frame import CLOCK_SKEW, Frame
from kiosk.service.store import ceremonies, enrolments, lookups, sessions
from kiosk.service.store.enrolments import OVER, EnrolmentRow, Step
from kiosk.service.store.lookups import StoredPerson


def load(frame: Frame, enrolment: str) -> tuple[EnrolmentRow, StoredPerson | None]:
    """The enrolment of this workstation and its person, ended if something ended it. 404 for another workstation's."""
    row = enrolments.find(frame.conn, enrolment)
    if row is None or row.workstation != frame.station.id:
        raise not_found("enrolment")
    row = enrolments.hold(frame.conn, row)
    known = None if row.person is None else lookups.person_by_id(frame.conn, row.person)
    ended = None if row.step in OVER else over(frame, row, known)
    return (row if ended is None else refuse(frame, row, known, ended)), known


def wanted(frame: Frame, enrolment: str, *steps: Step) -> tuple[EnrolmentRow, StoredPerson | None]:
    """The same, if it waits for one of ``steps`` or has ended. Raises ``HttpProblemError`` 409."""
    row, known = load(frame, enrolment)
    if row.step not in (*steps, "refused"):
        raise HttpProblemError(409, "wrong_step", "This enrolment waits for something else now.")
    return row, known


def save(frame: Frame, row: EnrolmentRow) -> EnrolmentRow:
    """Record what the enrolment has become."""
    enrolments.save(frame.conn, row)
    return row


def refuse(
    frame: Frame, row: EnrolmentRow, known: StoredPerson | None, code: Code | EnrolRefusal, reason: str | None = None
) -> EnrolmentRow:
    """It ends here, and what was made is gone. ``reason``: for the trail, if another word than the code."""
    refusal = code if isinstance(code, EnrolRefusal) else EnrolRefusal(code)
    end_ceremony(frame, row)
    row = replace(
        row,
        step="refused",
        ceremony=None,
        pending=None,
        key_id=None,
        ended=frame.now,
        detail=replace(row.detail, refusal=refusal),
    )
    write(frame, Event("enrol", "refused", frame.now, reason=reason or refusal.code), row, known)
    return save(frame, row)


def failed(frame: Frame, row: EnrolmentRow, refusal: EnrolRefusal | None) -> EnrolmentRow:
    """``row`` with the last failed try, None once one has worked. Not saved."""
    return replace(row, detail=replace(row.detail, refusal=refusal))


def write(frame: Frame, event: Event, row: EnrolmentRow, known: StoredPerson | None) -> None:
    """Append ``event`` to the station's chain, filled in with whose enrolment it is and what it is about."""
    about: dict[str, Json] = {"enrolment": row.id, "act": row.act, "factor_kind": row.kind, "factor": row.factor}
    detail = {**{name: value for name, value in about.items() if value is not None}, **event.detail}
    frame.write(replace(event, detail=detail, session=row.session), known)


def end_ceremony(frame: Frame, row: EnrolmentRow) -> None:
    """Whatever is being proved for this enrolment is void."""
    found = ceremonies.find(frame.conn, row.ceremony) if row.ceremony else None
    if found is not None and found.state == "prove":
        ceremonies.save(frame.conn, replace(found, state="refused", ended=frame.now))


def over(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> Code | None:
    """Why the enrolment cannot go on, if something has happened meanwhile."""
    if not row.created - CLOCK_SKEW <= frame.now < row.expires:
        return Code.EXPIRED
    if known is not None and known.suspended:
        return Code.SUSPENDED
    if row.session is not None:
        session = sessions.find(frame.conn, row.session)
        if session is None or session.state != "open":
            return Code.CANCELLED
    return None
