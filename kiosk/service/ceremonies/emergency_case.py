"""Each emergency access becomes a case for somebody to review, in the transaction that writes it."""

from __future__ import annotations

from kiosk.service.shared.frame import Frame
from kiosk.service.store import review_cases
from kiosk.service.store.review_cases import NewCase


def open_review(frame: Frame, use: str, person: str | None, why: str, at: int) -> str:
    """The case's id, for the row of the trail that follows. ``why``: the reason that was picked, or why the service
    would have said no. ``at``: when it happened, epoch seconds."""
    place = frame.station.place
    new = NewCase("emergency", use or review_cases.JOURNAL, person, frame.station.id, place, why, at)
    return review_cases.open_case(frame.conn, new, frame.now)
