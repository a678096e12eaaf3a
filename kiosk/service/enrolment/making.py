"""The new factor: what is needed to make it, and what was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.model.enrolment import BadgeMade, Made, Make
from kiosk.model.proof import UidPresented
from kiosk.service.audit.event import Event
from kiosk.service.enrolment import badge, card, key, pending, pkoc, rows, typed
from kiosk.service.enrolment.refused import EnrolRefused
from kiosk.service.enrolment.typed import PinDone
from kiosk.service.policy.enrolment import BADGES
from kiosk.service.shared.frame import Frame
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import Known


def ready(frame: Frame, row: EnrolmentRow, known: Known) -> EnrolmentRow:
    """It may be made now. What was made already, before somebody agreed to it, is tried next. Not saved."""
    waiting = pending.read(frame.service.keys, row)
    if "made" in waiting:
        return replace(row, step="try", ceremony=None)
    row = replace(row, step="make", ceremony=None)
    row = pending.put(frame, row, offer=_of(row).offer(frame, row, known), new=None)
    if row.kind in BADGES and "new" in waiting:
        return make(frame, row, known, BadgeMade(UidPresented(waiting["new"])), None)
    return row


def anew(frame: Frame, row: EnrolmentRow) -> EnrolmentRow:
    """What was made, and whose agreement it needed, is void. Not saved."""
    detail = {name: value for name, value in row.detail.items() if name != "move"}
    return pending.put(frame, replace(row, detail=detail), made=None, offer=None, challenge=None)


def shown(frame: Frame, row: EnrolmentRow, known: Known) -> Make | None:
    """What the screen needs in MAKE, and in TRY of a code app or of recovery codes."""
    if row.step == "try" and row.kind not in ("totp", "recovery"):
        return None
    made: Make = _of(row).make(frame, row, known, pending.read(frame.service.keys, row).get("offer", {}))
    return made


def make(frame: Frame, row: EnrolmentRow, known: Known, sent: Made, pin: PinDone | None) -> EnrolmentRow:
    """``row`` with what was made, if it is accepted, to be tried next. Not saved."""
    offered = pending.read(frame.service.keys, row).get("offer", {})
    try:
        if row.kind in ("pin", "totp", "recovery"):
            waiting = typed.made(frame, row, known, sent, offered, pin)
        else:
            waiting = _of(row).made(frame, row, known, sent, offered)
        move = badge.move_of(frame, known, waiting) if row.kind in BADGES else None
    except EnrolRefused as no:
        return refused_made(frame, row, known, no)
    detail = {**row.detail, "move": move} if move else row.detail
    row = rows.failed(frame, replace(row, step="try", detail=detail), None)
    rows.write(frame, Event("enrol_made", "success", frame.now, detail={"moves": True} if move else {}), row, known)
    return pending.put(frame, row, made=waiting)


def refused_made(frame: Frame, row: EnrolmentRow, known: Known, no: EnrolRefused) -> EnrolmentRow:
    """What was made, or tried, is not accepted. Where it cannot be tried again it is made anew. Not saved."""
    action = "enrol_made" if row.step == "make" else "enrol_tried"
    rows.write(frame, Event(action, "refused", frame.now, no.refusal.code, detail={"why": no.why}), row, known)
    row = rows.failed(frame, row, no.refusal)
    if not no.again:
        return row
    row = replace(anew(frame, row), step="make")
    return pending.put(frame, row, offer=_of(row).offer(frame, row, known))


def _of(row: EnrolmentRow) -> Any:
    """The file of its kind."""
    files = {"badge": badge, "temporary_badge": badge, "key": key, "piv": card, "pkoc": pkoc}
    return files.get(row.kind or "", typed)
