"""What the service does by itself, on every replica: sign the trail's heads, forget what has expired."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.checkpoint import append_to, write_checkpoint
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.context import Service
from kiosk.service.store import (
    badges,
    ceremonies,
    enrolments,
    events,
    grants,
    guesses,
    jtis,
    lookups,
    people,
    resets,
    start_codes,
    stopping,
)
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.errors import StoreError

log = logging.getLogger("kiosk.service.housekeeping")
SEAL_EVERY = 300
TIDY_EVERY = 60
KEEP_CHALLENGES = 600
KEEP_EVENTS = 7 * 86_400
KEEP_ENROLMENTS = 86_400


async def run(service: Service, checkpoints: Path) -> None:
    """Tidy every minute, sign the heads every five, until cancelled."""
    turn = 0
    while True:
        await asyncio.sleep(TIDY_EVERY)
        turn += 1
        try:
            await service.db.write(tidy, service.now())
        except StoreError as error:
            log.warning("what has expired could not be forgotten: %s", error)
        if turn * TIDY_EVERY % SEAL_EVERY == 0:
            await seal(service, checkpoints)


def tidy(conn: Connection, now: int) -> None:
    """Forget used identifiers, challenges, grants and events that are too old to matter, and what was asked for."""
    end_temporary_badges(conn, now)
    end_enrolments(conn, now)
    end_late_resets(conn, now)
    enrolments.purge(conn, now - KEEP_ENROLMENTS)
    guesses.purge(conn, now - start_codes.SECONDS)
    jtis.purge(conn, now)
    ceremonies.purge(conn, now - KEEP_CHALLENGES)
    grants.purge(conn, now - KEEP_CHALLENGES)
    events.purge(conn, now - KEEP_EVENTS)


def end_temporary_badges(conn: Connection, now: int) -> None:
    """A badge whose time is over opens nothing from that second on; here it is taken away, and what is open locked."""
    for badge, owner in badges.past_their_end(conn, now):
        badges.revoke(conn, badge, now)
        locked = stopping.lock_everywhere(conn, owner, now, "factor")
        who = people.by_id(conn, owner)
        detail: dict[str, Json] = {"badge": badge, "sessions_locked": locked}
        append(conn, SERVICE, Event("badge_ended", "success", now, person=owner, login=who.login, detail=detail))


def end_enrolments(conn: Connection, now: int) -> None:
    """What was made in an enrolment that nobody ended is gone with it; each that ended by itself has its row."""
    for row in enrolments.untold(conn):
        _enrolment_ended(conn, row, now, "ended_elsewhere")
    for row in enrolments.too_old(conn, now):
        enrolments.save(conn, replace(row, step="refused", pending=None, key_id=None, ended=now))
        _enrolment_ended(conn, row, now, "expired")


def _enrolment_ended(conn: Connection, row: EnrolmentRow, now: int, reason: str) -> None:
    who = people.by_id(conn, row.person) if row.person else None
    station = lookups.station(conn, row.workstation)
    event = Event("enrol", "refused", now, reason=reason, detail={"enrolment": row.id, "act": row.act})
    event = replace(event, workstation=row.workstation, station=station.name if station else None)
    append(conn, row.workstation, replace(event, person=row.person, login=who.login if who else None))


def end_late_resets(conn: Connection, now: int) -> None:
    """A reset whose code nobody fetched is over."""
    for one in resets.lapse(conn, now):
        who = people.by_id(conn, one.person)
        append(
            conn,
            SERVICE,
            Event("reset_lapsed", "success", now, person=who.id, login=who.login, detail={"reset": one.id}),
        )


async def seal(service: Service, checkpoints: Path) -> None:
    """Sign how far each chain has come, and append it to the file that is to be copied elsewhere."""
    try:
        made = await service.db.write(write_checkpoint, service.keys.checkpoint, service.now())
    except StoreError as error:
        log.warning("no checkpoint could be written: %s", error)
        return
    if made is not None:
        try:
            append_to(checkpoints, made)
        except OSError as error:
            log.warning("the checkpoint could not be appended to its file: %s", error.strerror)
