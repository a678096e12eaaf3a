"""A receiver fetches its signals (RFC 8936): the same ones again until it says that it has them, or cannot use them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.signals import PollIn, PollOut, SetErrorIn
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.context import Service
from kiosk.service.signals import delivering
from kiosk.service.store import signal_events
from kiosk.service.store.request_budget import settle_application
from kiosk.service.store.signal_receivers import SignalReceiver

FIRST, MAX_AT_ONCE = 25, 100
"""Signals in one answer: where nothing is said, and at most."""
MAX_SAID, MAX_JTI, MAX_ERROR = 1000, 64, 100
"""Signals that one request speaks of; characters of a ``jti``, and of an error that is kept."""


def poll(conn: Connection, service: Service, stream: SignalReceiver, said: PollIn, now: int) -> PollOut:
    """What it has is done with; then what waits. Raises ``HttpProblemError``."""
    _check(stream, said)
    signal_events.fetched(conn, stream.application, said.ack or (), now)
    if said.setErrs:
        _given_up(conn, service, stream, said.setErrs, now)
    return waiting(conn, service, stream, said, now)


def waiting(conn: Connection, service: Service, stream: SignalReceiver, said: PollIn, now: int) -> PollOut:
    """The oldest that wait, signed anew: the same ``jti``, time and text each time."""
    most = min(FIRST if said.maxEvents is None else said.maxEvents, MAX_AT_ONCE)
    found = signal_events.next_of(conn, stream.application, most + 1, now)
    sets = {notice.id: delivering.signed(service, stream, notice) for notice in found[:most]}
    return PollOut(sets, moreAvailable=len(found) > most)


def _check(stream: SignalReceiver, said: PollIn) -> None:
    if not stream.shape.poll:
        raise HttpProblemError(400, "not_poll", "Signals of this stream are pushed. Change its delivery first.")
    if said.maxEvents is not None and said.maxEvents < 0:
        raise HttpProblemError(400, "bad_poll", "maxEvents is a number from 0 on.")
    jtis = [*(said.ack or ()), *(said.setErrs or ())]
    if len(jtis) > MAX_SAID or any(len(jti) > MAX_JTI for jti in jtis):
        raise HttpProblemError(400, "bad_poll", f"Speak of at most {MAX_SAID} signals at once, by their jti.")


def _given_up(
    conn: Connection, service: Service, stream: SignalReceiver, errors: Mapping[str, SetErrorIn], now: int
) -> None:
    """It will never take them: somebody should know what it did not hear."""
    gone: list[Json] = []
    for jti, error in sorted(errors.items()):
        text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in error.err)[:MAX_ERROR]
        if signal_events.refused(conn, stream.application, jti, f"the receiver says: {text}", now):
            gone.append(jti)
    if not gone:
        return
    detail: dict[str, Json] = {"app": stream.name, "number": len(gone), "signals": gone[:FIRST]}
    append(conn, SERVICE, Event("signals_refused", "failure", now, reason="receiver_error", detail=detail))
    settle_application(conn, service.budgets, stream.application, now)
