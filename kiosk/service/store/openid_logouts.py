"""Applications that are to be told that somebody is signed out: written with what ended it, delivered at once, and
again where that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, select, update

from kiosk.service.store import integrity
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import openid_client, openid_logout

KEEP = 7 * 86_400
"""Seconds that one that was delivered or given up is kept."""


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """One that is to be delivered. ``to``: the address, None where the application has none any more."""

    id: str
    application: str
    person: str
    sid: str
    tries: int
    to: str | None


def add(conn: Connection, application: str, person: str, sid: str, now: int) -> None:
    """Tell ``application``, if it wants to be told."""
    row = integrity.one(conn, openid_client, openid_client.c.application == application)
    if row is None or row.logout_uri is None:
        return
    values = {"id": fresh_id(), "application": application, "person": person, "sid": sid, "created": now, "due": now}
    integrity.add(conn, openid_logout, values)


def waiting(conn: Connection, now: int) -> bool:
    """Whether any is due: a look that writes nothing."""
    return conn.execute(select(openid_logout.c.id).where(_due(now)).limit(1)).first() is not None


def alg_of(conn: Connection, application: str) -> Literal["ES256", "RS256"]:
    """What the application's tokens are signed with."""
    row = integrity.one(conn, openid_client, openid_client.c.application == application)
    return "RS256" if row is not None and row.alg == "RS256" else "ES256"


def _due(now: int) -> ColumnElement[bool]:
    return openid_logout.c.sent.is_(None) & openid_logout.c.dead.is_(None) & (openid_logout.c.due <= now)


def claim(conn: Connection, now: int, until: int, most: int) -> list[LogoutNotice]:
    """Those that are due, which nobody else tries before ``until``; their tries are counted."""
    wanted = select(openid_logout).where(_due(now)).order_by(openid_logout.c.due).limit(most)
    found = []
    for row in conn.execute(wanted.with_for_update(skip_locked=True, key_share=True)).all():
        if not integrity.believed(conn, openid_logout, [row], skip=True):
            failed(conn, row.id, "was not written by the service", None, now)
            continue
        values = {"due": until, "tries": row.tries + 1}
        conn.execute(update(openid_logout).where(openid_logout.c.id == row.id).values(values))
        client = integrity.one(conn, openid_client, openid_client.c.application == row.application)
        to = None if client is None else client.logout_uri
        found.append(LogoutNotice(row.id, row.application, row.person, row.sid, row.tries + 1, to))
    return found


def sent(conn: Connection, notice: str, now: int) -> None:
    """It was taken."""
    conn.execute(update(openid_logout).where(openid_logout.c.id == notice).values(sent=now, error=None))


def failed(conn: Connection, notice: str, error: str, due: int | None, now: int) -> None:
    """The try failed; again at ``due``, or never."""
    values: dict[str, int] = {"due": due} if due is not None else {"dead": now}
    conn.execute(update(openid_logout).where(openid_logout.c.id == notice).values(error=error, **values))


def purge(conn: Connection, now: int) -> None:
    """Forget those that are over."""
    before = now - KEEP
    conn.execute(delete(openid_logout).where((openid_logout.c.sent < before) | (openid_logout.c.dead < before)))
