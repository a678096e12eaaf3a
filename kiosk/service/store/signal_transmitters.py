"""Who may send us signals, by which keys, and what an administrator lets them do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from kiosk.service.store import integrity, manifests
from kiosk.service.store.guarded import SIGNALS
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import signal_taken, signal_transmitter
from kiosk.service.store.sql_types import StoredRow

KEEP = 3600
"""Seconds that it is kept whom a transmitter stopped."""
LISTS = ("forms", "events")


@dataclass(frozen=True, slots=True)
class TransmitterRules:
    """What an administrator said of a transmitter. ``keys``: a JWK Set in JSON, in place of ``jwks_uri``. ``forms``:
    how it may name people and workstations. ``directory``: whose ids the ``sub`` of ``iss_sub`` is. ``email_domain``:
    ``login@domain`` is a person's address. ``events``: names of the event types that count. ``most``: people and
    workstations that it may stop in a minute."""

    issuer: str
    audience: str
    jwks_uri: str | None
    keys: str | None
    forms: tuple[str, ...]
    directory: str | None
    email_domain: str | None
    events: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Transmitter:
    """One that is registered. ``held``: since when the brake holds it; ``since``: from when that counts."""

    name: str
    rules: TransmitterRules
    held: int | None
    since: int


def lock(conn: Connection) -> None:
    """Until this transaction ends no other signal is taken: the brake counts each. The first lock of all."""
    manifests.lock(conn, SIGNALS)


def put(conn: Connection, name: str, rules: TransmitterRules, now: int) -> None:
    """It is ``name``'s rules from now on. ``StoreConflictError`` for an issuer that another has."""
    values = {**asdict(rules), **{name: json.dumps(getattr(rules, name)) for name in LISTS}}
    mine = signal_transmitter.c.name == name
    if not integrity.change(conn, signal_transmitter, mine, values):
        new = {"name": name, **values, "held": None, "since": now, "created": now}
        integrity.add(conn, signal_transmitter, new)


def remove(conn: Connection, name: str) -> bool:
    """Nothing of it is taken any more. False if nothing was."""
    return bool(integrity.remove(conn, signal_transmitter, signal_transmitter.c.name == name))


def find(conn: Connection, name: str) -> Transmitter | None:
    """The one of that name."""
    row = integrity.one(conn, signal_transmitter, signal_transmitter.c.name == name)
    return None if row is None else _read(row)


def by_issuer(conn: Connection, issuer: str) -> Transmitter | None:
    """The one of that issuer, letter by letter."""
    row = integrity.one(conn, signal_transmitter, signal_transmitter.c.issuer == issuer)
    return None if row is None else _read(row)


def all_of_them(conn: Connection) -> list[Transmitter]:
    """Every one, by name."""
    rows = integrity.rows(conn, signal_transmitter, order=(signal_transmitter.c.name,), skip=True)
    return [_read(row) for row in rows]


def hold(conn: Connection, name: str, now: int) -> bool:
    """The brake holds it from now on. False if it did already."""
    mine = (signal_transmitter.c.name == name) & signal_transmitter.c.held.is_(None)
    return bool(integrity.change(conn, signal_transmitter, mine, {"held": now}))


def let(conn: Connection, name: str, now: int) -> bool:
    """It goes on, and the brake counts anew. False if it was not held."""
    mine = (signal_transmitter.c.name == name) & signal_transmitter.c.held.is_not(None)
    return bool(integrity.change(conn, signal_transmitter, mine, {"held": None, "since": now}))


def note(conn: Connection, name: str, event: str, subjects: Sequence[str], now: int) -> None:
    """It stopped ``subjects``, the ids of people and workstations, by an ``event`` of that type or kind."""
    rows = [{"id": fresh_id(), "transmitter": name, "event": event, "subject": who, "at": now} for who in subjects]
    conn.execute(insert(signal_taken), rows)


def stopped(conn: Connection, name: str, since: int, event: str | None = None) -> int:
    """How many it stopped from ``since`` on; by ``event`` alone, where that is given."""
    wanted = select(func.count(func.distinct(signal_taken.c.subject))).where(*_lately(name, since))
    if event is not None:
        wanted = wanted.where(signal_taken.c.event == event)
    return int(conn.execute(wanted).scalar_one())


def times(conn: Connection, name: str, event: str, subject: str, since: int) -> int:
    """How often it stopped this one by ``event`` from ``since`` on."""
    mine = (signal_taken.c.subject == subject) & (signal_taken.c.event == event)
    wanted = select(func.count()).select_from(signal_taken).where(*_lately(name, since), mine)
    return int(conn.execute(wanted).scalar_one())


def _lately(name: str, since: int) -> tuple[ColumnElement[bool], ...]:
    return signal_taken.c.transmitter == name, signal_taken.c.at >= since


def purge(conn: Connection, now: int) -> None:
    """Forget whom it stopped long ago."""
    conn.execute(delete(signal_taken).where(signal_taken.c.at < now - KEEP))


def _read(row: StoredRow) -> Transmitter:
    lists = {name: tuple(json.loads(getattr(row, name))) for name in LISTS}
    rest = {name: getattr(row, name) for name in TransmitterRules.__dataclass_fields__ if name not in lists}
    return Transmitter(row.name, TransmitterRules(**{**rest, **lists}), row.held, row.since)
