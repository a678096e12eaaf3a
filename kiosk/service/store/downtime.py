"""Downtime tickets, and the last row that was taken of each workstation's journal."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from kiosk.model.ticket import Ticket
from kiosk.service.store import events, integrity, jtis
from kiosk.service.store.schema import downtime_ticket, station_journal
from kiosk.service.store.sql_types import StoredRow

OWNER = "offline-sign-in"
"""Whose the challenges are among identifiers that count once."""
DAY = 86_400
MAX_HELD = 32
"""People whose tickets a workstation keeps, the newest: as in its own ``MAX_TICKETS``."""
KEEP = 30 * DAY
"""A workstation that comes back after longer than that tells of sign-ins whose tickets nobody knows; seconds."""


@dataclass(frozen=True, slots=True)
class GivenTicket:
    """``ended``: since when it counts no more, before its time; epoch seconds."""

    id: str
    person: str
    workstation: str
    created: int
    expires: int
    ended: int | None


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The last row that was taken: its number, link and times, see ``kiosk.model.journal``."""

    journal: str
    seq: int
    link: str
    at: int
    up: int
    boot: str
    row: StoredRow | None = None


def give(conn: Connection, made: Ticket, session: str) -> None:
    """Remember a ticket that is given with ``session``."""
    values = {"id": made.jti, "person": made.sub, "workstation": made.aud, "session": session}
    integrity.add_soon(conn, downtime_ticket, {**values, "created": made.iat, "expires": made.exp})


def find(conn: Connection, ticket: str) -> GivenTicket | None:
    """The ticket of that ``jti``."""
    row = integrity.one(conn, downtime_ticket, downtime_ticket.c.id == ticket)
    if row is None:
        return None
    return GivenTicket(row.id, row.person, row.workstation, row.created, row.expires, row.ended)


def use_signature(conn: Connection, challenge: str, ticket: GivenTicket) -> bool:
    """Use the signature over ``challenge`` up, for as long as its ticket is known. False if it was used before."""
    return jtis.use(conn, OWNER, challenge, ticket.expires + KEEP + DAY)


def live(conn: Connection, station: str, now: int) -> tuple[str, ...]:
    """Ids of the tickets that count at that workstation."""
    mine = (downtime_ticket.c.workstation == station) & (downtime_ticket.c.expires > now)
    rows = integrity.rows(conn, downtime_ticket, mine, downtime_ticket.c.ended.is_(None), skip=True)
    return tuple(row.id for row in rows)


def people_with_tickets(conn: Connection, station: str, now: int) -> int:
    """Of how many people a ticket counts at that workstation, as far as it keeps them (``MAX_HELD``)."""
    mine = (downtime_ticket.c.workstation == station) & (downtime_ticket.c.expires > now)
    rows = integrity.rows(conn, downtime_ticket, mine, downtime_ticket.c.ended.is_(None), skip=True)
    return min(MAX_HELD, len({row.person for row in rows}))


def holders(conn: Connection, now: int) -> set[str]:
    """Of whom any workstation holds a ticket that counts, as far as the rows say; none is believed here."""
    live_ones = (downtime_ticket.c.expires > now) & downtime_ticket.c.ended.is_(None)
    return set(conn.execute(select(downtime_ticket.c.person).where(live_ones)).scalars())


def forget(conn: Connection, person: str, now: int) -> None:
    """None of the person's tickets counts any more, and the workstations that hold them are told."""
    mine = (downtime_ticket.c.person == person) & (downtime_ticket.c.expires > now)
    live_ones = mine & downtime_ticket.c.ended.is_(None)
    ended = integrity.change(conn, downtime_ticket, live_ones, {"ended": now}, skip=True)
    for row in ended:
        events.add(conn, row.workstation, "forget", now, session=row.session, where=row.id)


def purge(conn: Connection, before: int) -> int:
    """Forget tickets that ended before ``before``. How many."""
    return len(integrity.remove(conn, downtime_ticket, downtime_ticket.c.expires < before))


def head(conn: Connection, station: str) -> JournalHead | None:
    """Where the workstation's journal stood when it was last taken."""
    row = integrity.one(conn, station_journal, station_journal.c.workstation == station)
    return None if row is None else JournalHead(row.journal, row.seq, row.link, row.at, row.up, row.boot, row)


def move(conn: Connection, station: str, to: JournalHead, before: JournalHead | None) -> None:
    """It stands there now. ``before``: as it was found in this transaction."""
    values = {"journal": to.journal, "seq": to.seq, "link": to.link, "at": to.at, "up": to.up, "boot": to.boot}
    if before is None or before.row is None:
        integrity.add(conn, station_journal, {"workstation": station, **values})
    else:
        integrity.change_row(conn, station_journal, before.row, values)
