"""A receiver for which too much waits is disabled, and a row says so: it fills no disk.

As of every stream that is disabled, what waits is given up. The receiver is told so, and knows that it has missed
something. It enables its stream again by itself, unless an administrator stopped it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.store import signal_events, signal_receivers
from kiosk.service.store.signal_receivers import SignalReceiver

WHY = f"{signal_events.MAX_WAITING} signals waited and were not taken, so they are given up."


def without(conn: Connection, streams: Sequence[SignalReceiver], now: int) -> list[SignalReceiver]:
    """``streams`` without those for which too much waits; these are disabled."""
    good = []
    for stream in streams:
        if signal_events.waiting(conn, stream.application) < signal_events.MAX_WAITING:
            good.append(stream)
            continue
        signal_receivers.set_status(conn, stream.application, "disabled", WHY, by_admin=stream.by_admin)
        signal_events.end_of_application(conn, stream.application, now)
        says: dict[str, Json] = {"status": "disabled", "reason": WHY}
        subject: dict[str, Json] = {"format": "opaque", "id": stream.application}
        signal_events.add(conn, stream.application, "stream-updated", {"sub_id": subject, "says": says}, now)
        detail: dict[str, Json] = {"app": stream.name, "status": "disabled", "before": stream.status, "said": WHY}
        append(conn, SERVICE, Event("signal_stream", "failure", now, reason="too_many_waiting", detail=detail))
    return good
