"""Signals that are to be delivered: written with what they are read from, delivered one after another a receiver."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from kiosk.model.binding import Json
from kiosk.service.store import integrity
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import signal_event, signal_receiver
from kiosk.service.store.signal_receivers import POLL
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.vouching import NOT_OURS

OF_STREAMS = ("verification", "stream-updated")
"""Kinds that tell of the stream itself, and are delivered whatever its status is."""
KEEP = 7 * 86_400
"""Seconds that one that was delivered or given up is kept."""
MAX_WAITING = 5000
"""Signals that are kept for one receiver: whoever neither takes nor fetches them fills no disk."""
_FETCHING = select(signal_receiver.c.application).where(signal_receiver.c.delivery == POLL)


@dataclass(frozen=True, slots=True)
class SignalNotice:
    """One that is to be delivered. ``id``: its ``jti``. ``body``: what is signed of it. ``tries``: with this one."""

    number: int
    id: str
    application: str
    kind: str
    body: Mapping[str, Json]
    created: int
    tries: int


def add(conn: Connection, application: str, kind: str, body: Mapping[str, Json], now: int) -> None:
    """Deliver it to ``application`` after all that wait for it."""
    add_once(conn, fresh_id(), application, kind, body, now)


def add_once(conn: Connection, jti: str, application: str, kind: str, body: Mapping[str, Json], now: int) -> None:
    """``add``, by that ``jti``; nothing where there was one of it."""
    values = {"id": jti, "application": application, "kind": kind, "body": json.dumps(body), "created": now}
    integrity.add_unless_there(conn, signal_event, {**values, "due": now})


def next_of(conn: Connection, application: str, most: int, now: int) -> list[SignalNotice]:
    """The oldest that wait for ``application``, which fetches them: the same again until it says that it has them.

    One that the service did not write is given up.
    """
    mine = _deliverable() & (signal_event.c.application == application)
    found = conn.execute(select(signal_event).where(mine).order_by(signal_event.c.number).limit(most)).all()
    good = integrity.believed(conn, signal_event, found, skip=True)
    for row in found:
        if row not in good:
            _set(conn, row.number, dead=now, error=NOT_OURS)
    return [_notice(row, row.tries) for row in good]


def anything(conn: Connection, application: str) -> bool:
    """Whether something waits for it."""
    mine = _deliverable() & (signal_event.c.application == application)
    return conn.execute(select(signal_event.c.number).where(mine).limit(1)).first() is not None


def fetched(conn: Connection, application: str, jtis: Collection[str], now: int) -> int:
    """It has those of them that wait for it. How many."""
    mine = _waiting() & (signal_event.c.application == application) & signal_event.c.id.in_(sorted(jtis))
    return conn.execute(update(signal_event).where(mine).values(sent=now, error=None)).rowcount


def refused(conn: Connection, application: str, jti: str, error: str, now: int) -> bool:
    """It cannot use that one, which is given up. False for what does not wait for it."""
    mine = _waiting() & (signal_event.c.application == application) & (signal_event.c.id == jti)
    return conn.execute(update(signal_event).where(mine).values(dead=now, error=error)).rowcount == 1


def waiting(conn: Connection, application: str) -> int:
    """How many wait for it."""
    mine = _waiting() & (signal_event.c.application == application)
    return int(conn.execute(select(func.count()).select_from(signal_event).where(mine)).scalar_one())


def due(conn: Connection, now: int) -> list[str]:
    """Applications to which the next signal is to be posted now: a look that writes nothing."""
    posted = _deliverable() & signal_event.c.application.not_in(_FETCHING)
    heads = select(func.min(signal_event.c.number)).where(posted).group_by(signal_event.c.application)
    mine = signal_event.c.number.in_(heads.correlate(None)) & (signal_event.c.due <= now)
    return sorted(conn.execute(select(signal_event.c.application).where(mine)).scalars())


def claim(conn: Connection, application: str, now: int, until: int) -> SignalNotice | None:
    """The next of ``application`` if it is due, which nobody else tries before ``until``; its try is counted.

    One that the service did not write is given up, and the one after it is the next.
    """
    while True:
        mine = _deliverable() & (signal_event.c.application == application)
        mine &= signal_event.c.application.not_in(_FETCHING)
        head = conn.execute(select(func.min(signal_event.c.number)).where(mine)).scalar()
        wanted = select(signal_event).where(signal_event.c.number == head, signal_event.c.due <= now, _waiting())
        row = conn.execute(wanted.with_for_update(skip_locked=True, key_share=True)).first()
        if row is None:
            return None
        if integrity.believed(conn, signal_event, [row], skip=True):
            _set(conn, row.number, due=until, tries=row.tries + 1)
            return _notice(row, row.tries + 1)
        _set(conn, row.number, dead=now, error=NOT_OURS)


def sent(conn: Connection, number: int, now: int) -> None:
    """It was taken."""
    _set(conn, number, sent=now, error=None)


def failed(conn: Connection, number: int, error: str, again: int | None, now: int) -> None:
    """The try failed; again at that time, or never."""
    _set(conn, number, error=error, **({"dead": now} if again is None else {"due": again}))


def end_of_application(conn: Connection, application: str, now: int) -> None:
    """What waits for it is given up."""
    mine = _waiting() & (signal_event.c.application == application)
    conn.execute(update(signal_event).where(mine).values(dead=now, error="its stream has ended"))


def standing(conn: Connection, application: str) -> tuple[int, str | None]:
    """How many wait for it, and what went wrong with the first of them."""
    mine = _waiting() & (signal_event.c.application == application)
    rows = conn.execute(select(signal_event.c.error).where(mine).order_by(signal_event.c.number)).scalars().all()
    return len(rows), rows[0] if rows else None


def purge(conn: Connection, now: int) -> None:
    """Forget those that are over. What waited for ``KEEP`` is given up: a receiver that is gone fills no disk."""
    late = _waiting() & (signal_event.c.created < now - KEEP)
    conn.execute(update(signal_event).where(late).values(dead=now, error="it waited too long"))
    before = now - KEEP
    conn.execute(delete(signal_event).where((signal_event.c.sent < before) | (signal_event.c.dead < before)))


def _notice(row: StoredRow, tries: int) -> SignalNotice:
    return SignalNotice(row.number, row.id, row.application, row.kind, json.loads(row.body), row.created, tries)


def _waiting() -> ColumnElement[bool]:
    return signal_event.c.sent.is_(None) & signal_event.c.dead.is_(None)


def _deliverable() -> ColumnElement[bool]:
    """Of a stream that is not enabled only what tells of the stream itself is."""
    enabled = select(signal_receiver.c.application).where(signal_receiver.c.status == "enabled")
    return _waiting() & (signal_event.c.kind.in_(OF_STREAMS) | signal_event.c.application.in_(enabled))


def _set(conn: Connection, number: int, **values: str | int | None) -> None:
    conn.execute(update(signal_event).where(signal_event.c.number == number).values(**values))
