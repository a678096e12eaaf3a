"""A transmitter that stops too many is held: it must not lock a ward out, whoever speaks for it.

What it sends while it is held is answered 429, so that it keeps it; an administrator looks, and lets it go on.
"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.counted import counted
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.store import signal_transmitters
from kiosk.service.store.signal_transmitters import Transmitter

MINUTE = 60
TEN_MINUTES = 600
MAX_SAME = 5
"""Times that one person or workstation may be stopped within ten minutes."""
RETRY = 300
"""Seconds after which one that is held may try again."""


class BrakeHoldsError(Exception):
    """Nothing was done; ``str()``: a sentence for the transmitter. ``why``: for the trail, None where that tells of it
    already."""

    def __init__(self, why: str | None) -> None:
        super().__init__(
            "This transmitter is held until an administrator lets it go on. Keep the event, and try again."
        )
        self.why = why


def check(conn: Connection, transmitter: Transmitter, subject: str, now: int) -> None:
    """``subject``, an id, is about to be stopped: counted from here on. ``signal_transmitters.lock`` is held. Raises
    ``BrakeHoldsError``."""
    name, most = transmitter.name, transmitter.rules.most
    if transmitter.held is not None:
        raise BrakeHoldsError(None)
    others = signal_transmitters.stopped(conn, name, max(transmitter.since, now - MINUTE), subject)
    if others + 1 > most:
        raise BrakeHoldsError(f"within a minute it would stop more people or workstations than it may ({most})")
    times = signal_transmitters.times(conn, name, subject, max(transmitter.since, now - TEN_MINUTES))
    if times + 1 > MAX_SAME:
        raise BrakeHoldsError(
            f"it would stop the same one more often than {counted(MAX_SAME, 'time')} within ten minutes"
        )
    signal_transmitters.note(conn, name, subject, now)


def hold(conn: Connection, name: str, why: str, now: int) -> Event | None:
    """It is held from now on; its row. None if it was already."""
    signal_transmitters.lock(conn)
    if not signal_transmitters.hold(conn, name, now):
        return None
    detail: dict[str, Json] = {"by": name, "said": why}
    told = Event("signal", "refused", now, reason="braked", detail=detail)
    append(conn, SERVICE, told)
    return told
