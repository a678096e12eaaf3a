"""A step-up whose session is locked at its own station: nobody is there any more to prove it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.service.audit.event import Event
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, lookups
from kiosk.service.store.sessions import StoredSession


def end_step_up(frame: Frame, session: StoredSession) -> None:
    """End every step-up that is under way in ``session``, and write it down. An agent has one at a time; whoever took
    a station over may have begun more."""
    while under_way := ceremonies.under_way(frame.conn, session.id, frame.now):
        row = ceremonies.find(frame.conn, under_way)
        if row is None:
            return
        known = lookups.person_seen(frame.conn, session.person)
        ceremonies.save(frame.conn, replace(row, state="refused", ended=frame.now))
        # A part of the lock: or whoever used up their budget by asking would keep the next person from signing in.
        frame.write(Event("stepup", "refused", frame.now, reason="locked"), known, row, counted="lock")
