"""A transmitter that stops too many is held: it must not lock a ward out, whoever speaks for it.

What it sends while it is held is answered 429, so that it keeps it; an administrator looks, and lets it go on.
"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.signals.acting import DoneSignal
from kiosk.service.store import signal_transmitters
from kiosk.service.store.signal_transmitters import Transmitter

MINUTE, TEN_MINUTES, HOUR = 60, 600, 3600
LASTING = "lasting"
"""Kept in place of the event's type where what was done stands until an administrator takes it back, by whichever type:
of these a minute's number is an hour's."""
HOURLY = 3
"""Times what it may stop in a minute may be stopped in an hour: who stays just under the minute's number is held,
too."""
MAX_SAME, MAX_SAME_HOURLY = 5, 10
"""Times that one person or workstation may be stopped by the same type of event within ten minutes, and an hour."""
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


class TooOftenError(Exception):
    """Nothing was done: the same one was stopped often enough. The transmitter goes on for everybody else."""


def check_held(transmitter: Transmitter) -> None:
    """Raises ``BrakeHoldsError`` for one that is held."""
    if transmitter.held is not None:
        raise BrakeHoldsError(None)


def count(conn: Connection, transmitter: Transmitter, event: str, done: DoneSignal, now: int) -> None:
    """What an ``event`` of that type has done is counted. ``signal_transmitters.lock`` is held. Raises
    ``BrakeHoldsError`` and ``TooOftenError`` where it was too much: then nothing of it is to stay."""
    if not done.touched:
        return
    name, most = transmitter.name, transmitter.rules.most

    def since(seconds: int) -> int:
        return max(transmitter.since, now - seconds)

    if not done.lasting:
        for seconds, often in ((TEN_MINUTES, MAX_SAME), (HOUR, MAX_SAME_HOURLY)):
            if signal_transmitters.times(conn, name, event, done.touched[0], since(seconds)) >= often:
                raise TooOftenError
    signal_transmitters.note(conn, name, LASTING if done.lasting else event, done.touched, now)
    if signal_transmitters.stopped(conn, name, since(MINUTE)) > most:
        raise BrakeHoldsError(f"within a minute it would stop more people or workstations than it may ({most})")
    if signal_transmitters.stopped(conn, name, since(HOUR)) > HOURLY * most:
        raise BrakeHoldsError(f"within an hour it would stop more people or workstations than it may ({HOURLY * most})")
    if done.lasting and signal_transmitters.stopped(conn, name, since(HOUR), LASTING) > most:
        raise BrakeHoldsError(f"within an hour it would suspend more people, or factors of more, than it may ({most})")


def hold(conn: Connection, name: str, why: str, now: int) -> Event | None:
    """It is held from now on; its row. None if it was already."""
    signal_transmitters.lock(conn)
    if not signal_transmitters.hold(conn, name, now):
        return None
    detail: dict[str, Json] = {"by": name, "said": why}
    told = Event("signal", "refused", now, reason="braked", detail=detail)
    append(conn, SERVICE, told)
    return told
