"""After one factor the next: an enrolment that is done goes on for the same person, who proves everything anew.

A start code says once who somebody is. Without this it would carry one factor, and a first badge alone
signs in nowhere.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.enrolment import FactorKind
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import offering, rows
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store.enrolments import SECONDS, EnrolmentDetail, EnrolmentRow
from kiosk.service.store.lookups import StoredPerson

MAX_FACTORS = 5
"""Factors of one enrolment. Whoever needs more has something by now that says who they are."""


def kinds(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> tuple[FactorKind, ...]:
    """What may be added next in this enrolment; nothing if it does not go on."""
    if row.step != "done" or row.act != "add" or known is None or len(_done(row)) >= MAX_FACTORS:
        return ()
    return () if rows.over(frame, row, known) else offering.kinds_for(frame, known)


def begin(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> EnrolmentRow:
    """``row``, that is done, back at choosing, with ten minutes of its own. Not saved. Raises ``HttpProblemError`` 409.

    Who they are stays. What was proved or vouched for, by whom, and what it was to replace was for the factor before.
    """
    if not kinds(frame, row, known):
        raise HttpProblemError(409, "already_done", "This has been done already. Begin again for anything else.")
    event = Event("enrol_again", "seen", frame.now, detail={"presented": row.presented, "after": row.detail.mark})
    row = replace(
        row,
        step="choose",
        kind=None,
        factor=None,
        proved=(),
        vouched=(),
        second=None,
        ended=None,
        expires=frame.now + SECONDS,
        detail=EnrolmentDetail(login=row.detail.login, code_by=row.detail.code_by, done=_done(row)),
    )
    rows.write(frame, event, row, known)
    return row


def _done(row: EnrolmentRow) -> tuple[str, ...]:
    """Marks of the factors that were added in it, in order."""
    return (*row.detail.done, *((row.detail.mark,) if row.detail.mark is not None else ()))
