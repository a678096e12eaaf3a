"""What the service does by itself, on every replica: sign the trail's heads, forget what has expired."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service import steady
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
    messages,
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
DAY = 86_400
KEEP_EVENTS = 7 * DAY
KEEP_ENROLMENTS = DAY
KEEP_MESSAGES = 30
"""Days; the setting's value where none is set."""
Part = Callable[[Connection, int], object]


async def run(service: Service, checkpoints: Path, keep_messages: int = KEEP_MESSAGES) -> None:
    """Tidy every minute, sign the heads every five, until cancelled, whatever fails once.

    ``keep_messages``: days. The two wait for themselves alone: nothing that fails in tidying keeps a head unsigned.
    """
    async with asyncio.TaskGroup() as both:
        both.create_task(_every("housekeeping", lambda: tidy_by_parts(service, keep_messages), TIDY_EVERY))
        both.create_task(_every("signing the trail", lambda: seal(service, checkpoints), SEAL_EVERY))


async def _every(what: str, once: Callable[[], Awaitable[None]], seconds: int) -> None:
    await asyncio.sleep(seconds)
    await steady.forever(what, once, every=seconds, first=TIDY_EVERY, longest=SEAL_EVERY)


async def tidy_by_parts(service: Service, keep_messages: int = KEEP_MESSAGES) -> None:
    """Each part in a transaction of its own, so that one that fails keeps no other from its work. Raises nothing."""
    for name, part in parts(keep_messages).items():
        await steady.attempt(f"housekeeping ({name})", functools.partial(service.db.write, part, service.now()))


def tidy(conn: Connection, now: int, keep_messages: int = KEEP_MESSAGES) -> None:
    """All parts in one transaction. ``keep_messages``: days."""
    for part in parts(keep_messages).values():
        part(conn, now)


def parts(keep_messages: int) -> dict[str, Part]:
    """What is to be ended or forgotten: identifiers, challenges, grants and events that are too old to matter, what was
    asked for, and where messages went."""
    return {
        "temporary badges": end_temporary_badges,
        "enrolments": end_enrolments,
        "late resets": end_late_resets,
        "old enrolments": lambda conn, now: enrolments.purge(conn, now - KEEP_ENROLMENTS),
        "guesses": lambda conn, now: guesses.purge(conn, now - start_codes.SECONDS),
        "identifiers": jtis.purge,
        "ceremonies": lambda conn, now: ceremonies.purge(conn, now - KEEP_CHALLENGES),
        "grants": lambda conn, now: grants.purge(conn, now - KEEP_CHALLENGES),
        "events": lambda conn, now: events.purge(conn, now - KEEP_EVENTS),
        "messages": lambda conn, now: messages.purge(conn, now - keep_messages * DAY),
    }


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
