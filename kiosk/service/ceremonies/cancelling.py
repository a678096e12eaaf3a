"""A ceremony that is given up."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.binding import Json
from kiosk.model.ceremony import CancelIn
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import risk_learned, second_ending
from kiosk.service.ceremonies.challenges import load
from kiosk.service.enrolment import proofs
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import ACTIONS, Frame
from kiosk.service.store import ceremonies


def cancel(frame: Frame, ceremony_id: str, body: CancelIn) -> None:
    """End a ceremony of this workstation. Cancelling twice is once; what is done stays done (409)."""
    row, known = load(frame, ceremony_id)
    if row.state == "done":
        raise HttpProblemError(409, "already_done", "This has been granted already.")
    if row.state == "refused":
        return
    ended = replace(row, state="refused", ended=frame.now)
    ceremonies.save(frame.conn, ended)
    risk_learned.given_up(frame, row, known, body.reason)
    of = row.detail.second_of
    detail: dict[str, Json] = {} if of is None else {"of": of.ceremony, "by_login": of.login}
    frame.write(Event(ACTIONS[row.purpose], "refused", frame.now, reason=body.reason, detail=detail), known, row)
    if row.purpose in ("enrol", "vouch"):
        proofs.ended(frame, ended, known)
    if row.purpose == "second" and body.reason == "refused_by_person":
        second_ending.said_no(frame, ended)
