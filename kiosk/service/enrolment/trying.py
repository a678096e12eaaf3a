"""A try of what was made, by kind."""

from __future__ import annotations

from typing import Any

from kiosk.model.enrolment import Tried
from kiosk.service.enrolment import badge, card, challenge, key, pending, pkoc, typed
from kiosk.service.enrolment.kinds import Checked
from kiosk.service.enrolment.typed import PinDone
from kiosk.service.policy.enrolment import BADGES
from kiosk.service.shared.frame import Frame
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import Known


def check(
    frame: Frame, row: EnrolmentRow, known: Known, sent: Tried, pin: PinDone | None
) -> tuple[EnrolmentRow, Checked]:
    """The row without its challenge, and what binding has to know. Raises ``EnrolRefused``. Not saved."""
    waiting = pending.read(frame.service.keys, row)["made"]
    if row.kind in BADGES:
        return row, badge.tried(frame, row, known, sent, waiting)
    if row.kind not in challenge.SIGNING:
        return row, typed.tried(frame, row, known, sent, waiting, pin)
    row, issued = challenge.use(frame, row)
    of: Any = {"key": key, "piv": card, "pkoc": pkoc}[str(row.kind)]
    return row, of.tried(frame, row, known, sent, waiting, issued)
