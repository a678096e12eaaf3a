"""Each emergency access becomes a case for somebody to review."""

from __future__ import annotations

from kiosk.service.shared.frame import Frame
from kiosk.service.store import downtime
from kiosk.service.store.emergencies import EmergencyUse

REASON = "emergency"


def open_review(frame: Frame, use: EmergencyUse, *, refused: str | None = None, at: int | None = None) -> None:
    """Open it in the transaction of the use. ``refused``: why the service would have said no. ``at``: by the
    workstation's clock."""
    reason = REASON if refused is None else f"{REASON}_{refused}"
    downtime.open_case(
        frame.conn, frame.station.id, reason, frame.now, use.seq, person=use.person, session=use.id, at=at
    )
