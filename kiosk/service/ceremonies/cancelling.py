"""A ceremony that is given up."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.ceremony import CancelIn
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies.challenges import load
from kiosk.service.ceremonies.frame import Frame
from kiosk.service.problems import HttpProblem
from kiosk.service.store import ceremonies


def cancel(frame: Frame, ceremony_id: str, body: CancelIn) -> None:
    """End a ceremony of this workstation. Cancelling twice is once; what is done stays done (409)."""
    row, known = load(frame, ceremony_id)
    if row.state == "done":
        raise HttpProblem(409, "already_done", "This has been granted already.")
    if row.state == "refused":
        return
    ceremonies.save(frame.conn, replace(row, state="refused", ended=frame.now))
    action = "stepup" if row.purpose == "step_up" else "sign_in"
    frame.write(Event(action, "refused", frame.now, reason=body.reason), known, row)
