"""A signal is taken: verified, counted once, braked, carried out and written down, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.shared.context import Service
from kiosk.service.signals import acting, brake, naming
from kiosk.service.signals.acting import Acting, Did
from kiosk.service.signals.reading import MAX_AGE, SKEW, SecurityEvent, SecurityEventError
from kiosk.service.store import jtis, lookups, manifests, people, signal_transmitters, spending
from kiosk.service.store.people import PersonLine
from kiosk.service.store.signal_events import OF_STREAMS
from kiosk.service.store.signal_transmitters import Transmitter
from kiosk.service.store.spending import Amount, Charge

ROW_BYTES = 2048


class TooManySignalsError(Exception):
    """The transmitter has used up what it may add to the trail. ``wait``: seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__("This transmitter sends too much.")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class TakenSignal:
    """What became of one. ``event``: its row; None for one that came before."""

    event: Event | None


def take(conn: Connection, service: Service, issuer: str, event: SecurityEvent, now: int) -> TakenSignal:
    """Do what the verified ``event`` of ``issuer`` asks for, once. Raises ``SecurityEventError``, ``BrakeHoldsError``,
    ``TooManySignalsError``: then nothing is to stay."""
    signal_transmitters.lock(conn)
    transmitter = signal_transmitters.by_issuer(conn, issuer)
    if transmitter is None:
        raise SecurityEventError("invalid_issuer", "Nothing is taken of this issuer.")
    if not jtis.use(conn, f"signal:{issuer}", event.jti, now + MAX_AGE + 2 * SKEW):
        return TakenSignal(None)
    _pay(conn, service, transmitter, now)
    if event.name in OF_STREAMS:
        return TakenSignal(_write(conn, transmitter, event, None, None, "seen", None, {}, now))
    if event.name not in transmitter.rules.events:
        return TakenSignal(_write(conn, transmitter, event, None, None, "seen", "not_counted", {}, now))
    return TakenSignal(_carry_out(conn, service, transmitter, event, now))


def _carry_out(conn: Connection, service: Service, transmitter: Transmitter, event: SecurityEvent, now: int) -> Event:
    subject = naming.named(conn, transmitter.rules, service.issuer, event.subject)
    if subject.station is not None:
        manifests.lock(conn, subject.station)
    station = None if subject.station is None else lookups.station(conn, subject.station)
    station = station if station is not None and station.state == "enrolled" else None
    person = None if subject.person is None else people.by_id(conn, subject.person)
    if person is None and station is None:
        return _write(conn, transmitter, event, None, None, "seen", "nobody", {}, now)
    if not acting.asks_for_something(event):
        return _write(conn, transmitter, event, person, station, "seen", "nothing_asked", {}, now)
    brake.check(conn, transmitter, person.id if person is not None else station.id if station is not None else "", now)
    did = acting.act(Acting(conn, service.risk, transmitter.name, event, person, station, now))
    return _write(conn, transmitter, event, person, station, "success" if did else "seen", None, did, now)


def _write(
    conn: Connection,
    transmitter: Transmitter,
    event: SecurityEvent,
    person: PersonLine | None,
    station: lookups.StoredStation | None,
    result: Literal["success", "seen"],
    reason: str | None,
    did: Did,
    now: int,
) -> Event:
    """The row of the trail. An event type that is not known is not repeated: anybody's text would stand there."""
    detail: dict[str, Json] = {"by": transmitter.name, "event": event.name or "unknown", "jti": event.jti, **did}
    told = Event(
        "signal",
        result,
        now,
        reason=reason,
        person=person.id if person is not None else None,
        login=person.login if person is not None else None,
        workstation=station.id if station is not None else None,
        station=station.name if station is not None else None,
        detail={**detail, "issued": event.iat},
    )
    append(conn, SERVICE, told)
    return told


def _pay(conn: Connection, service: Service, transmitter: Transmitter, now: int) -> None:
    rows = service.budgets.application_rows
    cost = Charge(Amount(1, ROW_BYTES), Amount(rows, rows * service.budgets.row_bytes))
    over = spending.charge(conn, {f"signals:{transmitter.name}": cost}, now)
    if over is not None:
        raise TooManySignalsError(over[1])
