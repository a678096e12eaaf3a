"""The new factor: what is needed to make it, and what was made."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.enrolment import Made, Make
from kiosk.model.proof import UidPresented
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import pending, rows
from kiosk.service.enrolment.handler import Situation
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.enrolment.table import handler_of
from kiosk.service.shared.frame import Frame
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import StoredPerson


def ready(frame: Frame, row: EnrolmentRow, known: StoredPerson) -> EnrolmentRow:
    """It may be made now. What was made already, before somebody agreed to it, is tried next. Not saved."""
    waiting = pending.read(frame.service.keys, row)
    if waiting.made is not None:
        return replace(row, step="try", ceremony=None)
    row = _offered(frame, replace(row, step="make", ceremony=None), known)
    if waiting.new is None:
        return row
    try:
        sent = handler_of(row).begun_by(frame, UidPresented(waiting.new, source=waiting.source))
    except EnrolmentRefusedError as refused:
        return refused_made(frame, row, known, refused)
    return row if sent is None else make(Situation(frame, row, known), sent)


def anew(frame: Frame, row: EnrolmentRow) -> EnrolmentRow:
    """What was made, and whose agreement it needed, is void. Not saved."""
    waiting = pending.read(frame.service.keys, row)
    row = replace(row, detail=replace(row.detail, move=None))
    return pending.put(frame, row, replace(waiting, made=None, offer=None, challenge=None))


def shown(frame: Frame, row: EnrolmentRow, known: StoredPerson) -> Make | None:
    """What the screen needs in MAKE, and in TRY of a code app or of recovery codes."""
    handler = handler_of(row)
    if row.step == "try" and not handler.shown_again:
        return None
    return handler.make(Situation(frame, row, known), pending.read(frame.service.keys, row).offered)


def make(at: Situation, sent: Made) -> EnrolmentRow:
    """The row with what was made, if it is accepted, to be tried next. Not saved."""
    frame, row, handler = at.frame, at.row, handler_of(at.row)
    waiting = pending.read(frame.service.keys, row)
    try:
        made = handler.made(at, sent, waiting.offered)
        move = handler.move(at, made)
    except EnrolmentRefusedError as refused:
        return refused_made(frame, row, at.known, refused)
    detail = replace(row.detail, move=move) if move else row.detail
    row = rows.failed(frame, replace(row, step="try", detail=detail), None)
    rows.write(frame, Event("enrol_made", "success", frame.now, detail={"moves": True} if move else {}), row, at.known)
    return pending.put(frame, row, replace(waiting, made=dict(made)))


def refused_made(frame: Frame, row: EnrolmentRow, known: StoredPerson, no: EnrolmentRefusedError) -> EnrolmentRow:
    """What was made, or tried, is not accepted. Where it cannot be tried again it is made anew. Not saved."""
    action = "enrol_made" if row.step == "make" else "enrol_tried"
    rows.write(frame, Event(action, "refused", frame.now, no.refusal.code, detail={"why": no.why}), row, known)
    row = rows.failed(frame, row, no.refusal)
    return _offered(frame, replace(anew(frame, row), step="make"), known) if no.again else row


def _offered(frame: Frame, row: EnrolmentRow, known: StoredPerson) -> EnrolmentRow:
    """With a new offer; a badge that began it is either taken by that, or void."""
    offer = dict(handler_of(row).offer(Situation(frame, row, known)))
    return pending.put(frame, row, replace(pending.read(frame.service.keys, row), offer=offer, new=None))
