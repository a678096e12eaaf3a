"""A signal is taken: verified, counted once, braked, carried out and written down, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.shared.context import Service
from kiosk.service.signals import acting, brake, naming
from kiosk.service.signals.acting import Acting, DoneSignal, LockedPerson
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
    """What became of one. ``events``: its rows; none for one that came before."""

    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class _Frame:
    """One event of ``transmitter``, and whom it names, locked."""

    conn: Connection
    transmitter: Transmitter
    event: SecurityEvent
    now: int
    person: PersonLine | None = None
    station: lookups.StoredStation | None = None


def take(conn: Connection, service: Service, issuer: str, event: SecurityEvent, now: int) -> TakenSignal:
    """Do what the verified ``event`` of ``issuer`` asks for, once. Raises ``SecurityEventError``, ``BrakeHoldsError``,
    ``TooOftenError``, ``TooManySignalsError``: then nothing is to stay."""
    frame = _begin(conn, service, issuer, event, now)
    if frame is None:
        return TakenSignal()
    if event.name in OF_STREAMS:
        return _seen(frame, None)
    if event.name not in frame.transmitter.rules.events:
        return _seen(frame, "not_counted")
    return _carry_out(_find(frame, service.issuer), service)


def set_aside(conn: Connection, service: Service, issuer: str, event: SecurityEvent, now: int) -> TakenSignal:
    """``event`` did too much to the same one (``TooOftenError``): it is written down, and does nothing. Raises
    ``SecurityEventError``, ``TooManySignalsError``."""
    frame = _begin(conn, service, issuer, event, now)
    return TakenSignal() if frame is None else _seen(_find(frame, service.issuer), "too_often")


def _begin(conn: Connection, service: Service, issuer: str, event: SecurityEvent, now: int) -> _Frame | None:
    """None for one that came before."""
    signal_transmitters.lock(conn)
    transmitter = signal_transmitters.by_issuer(conn, issuer)
    if transmitter is None:
        raise SecurityEventError("invalid_issuer", "Nothing is taken of this issuer.")
    if not jtis.use(conn, f"signal:{issuer}", event.jti, now + MAX_AGE + 2 * SKEW):
        return None
    _pay(conn, service, transmitter, 1, now)
    return _Frame(conn, transmitter, event, now)


def _find(frame: _Frame, issuer: str) -> _Frame:
    conn = frame.conn
    subject = naming.named(conn, frame.transmitter.rules, issuer, frame.event.subject)
    if subject.station is not None:
        manifests.lock(conn, subject.station)
    station = None if subject.station is None else lookups.station(conn, subject.station)
    station = station if station is not None and station.state == "enrolled" else None
    person = None if subject.person is None else people.by_id(conn, subject.person)
    return replace(frame, person=person, station=station)


def _carry_out(frame: _Frame, service: Service) -> TakenSignal:
    conn, event, now = frame.conn, frame.event, frame.now
    if frame.person is None and frame.station is None:
        return _seen(frame, "nobody")
    if not acting.asks_for_something(event):
        return _seen(frame, "nothing_asked")
    brake.check_held(frame.transmitter)
    done = acting.act(Acting(conn, service.risk, frame.transmitter.name, event, frame.person, frame.station, now))
    brake.count(conn, frame.transmitter, event.name or "", done, now)
    if not done.touched:
        return TakenSignal((_write(frame, "seen", None, done),))
    if frame.person is not None and frame.person.id not in done.touched[:1]:
        frame = replace(frame, person=None)  # a device's event that names them, too: nothing was done to them for it
    if done.at_station:
        _pay(conn, service, frame.transmitter, len(done.at_station), now)
    rows = [_write(frame, "success", None, done), *(_write_met(frame, met) for met in done.at_station)]
    return TakenSignal(tuple(rows))


def _seen(frame: _Frame, reason: str | None) -> TakenSignal:
    return TakenSignal((_write(frame, "seen", reason, acting.NOTHING_DONE),))


def _write_met(frame: _Frame, met: LockedPerson) -> Event:
    """A row for each person whom an event met at a workstation: so it is found by them, and told to receivers."""
    told = DoneSignal(acting.locked_told(met.locked))
    return _write(replace(frame, person=met.person), "success", "at_station", told)


def _write(frame: _Frame, result: Literal["success", "seen"], reason: str | None, done: DoneSignal) -> Event:
    """The row of the trail. An event type that is not known is not repeated: anybody's text would stand there."""
    event, person, station = frame.event, frame.person, frame.station
    detail: dict[str, Json] = {"by": frame.transmitter.name, "event": event.name or "unknown", "jti": event.jti}
    told = Event(
        "signal",
        result,
        frame.now,
        reason=reason,
        person=person.id if person is not None else None,
        login=person.login if person is not None else None,
        workstation=station.id if station is not None else None,
        station=station.name if station is not None else None,
        detail={**detail, **done.told, "issued": event.iat},
    )
    append(frame.conn, SERVICE, told)
    return told


def _pay(conn: Connection, service: Service, transmitter: Transmitter, many: int, now: int) -> None:
    rows = service.budgets.application_rows
    cost = Charge(Amount(many, many * ROW_BYTES), Amount(rows, rows * service.budgets.row_bytes))
    over = spending.charge(conn, {f"signals:{transmitter.name}": cost}, now)
    if over is not None:
        raise TooManySignalsError(over[1])
