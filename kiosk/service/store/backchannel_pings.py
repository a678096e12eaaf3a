"""Servers that are to be told that their question is answered (CIBA Core section 10.2): at once, and again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, or_, select, update

from kiosk.service.store import integrity
from kiosk.service.store.schema import backchannel_client, backchannel_request, ceremony


@dataclass(frozen=True, slots=True)
class PingNotice:
    """One that is to be delivered. ``notify``: what it says, sealed. ``to``: where; None for nowhere any more."""

    id: str
    notify: str
    tries: int
    to: str | None


_ANSWERED = or_(
    backchannel_request.c.denied.is_not(None), backchannel_request.c.on_phone.is_not(None), ceremony.c.state != "prove"
)
_WAITING = (
    select(backchannel_request.c.id)
    .outerjoin(ceremony, ceremony.c.id == backchannel_request.c.ceremony)
    .where(backchannel_request.c.due.is_not(None), backchannel_request.c.notified.is_(None), _ANSWERED)
)


def _due(now: int) -> ColumnElement[bool]:
    return (backchannel_request.c.due <= now) & (backchannel_request.c.expires > now)


def waiting(conn: Connection, now: int) -> bool:
    """Whether any is due: a look that writes nothing."""
    return conn.execute(_WAITING.where(_due(now)).limit(1)).first() is not None


def claim(conn: Connection, now: int, until: int, most: int) -> list[PingNotice]:
    """Those that are due, which nobody else tries before ``until``; their tries are counted."""
    ids = list(conn.execute(_WAITING.where(_due(now)).limit(most)).scalars())
    wanted = select(backchannel_request).where(backchannel_request.c.id.in_(ids), _due(now))
    found = []
    for row in conn.execute(wanted.with_for_update(skip_locked=True, key_share=True)).all():
        if not integrity.believed(conn, backchannel_request, [row], skip=True):
            _set(conn, row.id, notified=now)
            continue
        _set(conn, row.id, due=until, tries=row.tries + 1)
        client = integrity.one(conn, backchannel_client, backchannel_client.c.application == row.application)
        to = None if client is None else client.notify_uri
        found.append(PingNotice(row.id, row.notify, row.tries + 1, to))
    return found


def ended(conn: Connection, request_id: str, now: int) -> None:
    """It was taken, or is given up: the server can still poll."""
    _set(conn, request_id, notified=now)


def again(conn: Connection, request_id: str, due: int) -> None:
    """The try failed; again at ``due``."""
    _set(conn, request_id, due=due)


def _set(conn: Connection, request_id: str, **values: int) -> None:
    """Columns that decide nothing."""
    conn.execute(update(backchannel_request).where(backchannel_request.c.id == request_id).values(**values))
