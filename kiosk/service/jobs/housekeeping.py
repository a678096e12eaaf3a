"""What the service does by itself: sign the trail's heads and forget what has expired, on the replica that leads; tell
what this process alone knows, on every one."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit import overspent
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.jobs import history, integrity_alarms, review_reminders, text_reminders
from kiosk.service.jobs.checkpoint_signing import CheckpointSealer
from kiosk.service.platform import background, logs
from kiosk.service.shared.context import Service
from kiosk.service.store import (
    backchannel_requests,
    badges,
    ceremonies,
    disk,
    downtime,
    emergencies,
    enrolments,
    events,
    failures,
    grants,
    guesses,
    jtis,
    lookups,
    manifests,
    messages,
    openid_grants,
    openid_logouts,
    people,
    phone_questions,
    phone_requests,
    phone_subscriptions,
    phones,
    reports,
    reserve,
    resets,
    seconds,
    seen,
    signal_events,
    signal_transmitters,
    spending,
    start_codes,
    stopping,
    workstations,
)
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.factors import short_of

log = logging.getLogger("kiosk.service.jobs.housekeeping")
SEAL_EVERY = 300
FIRST_LOOK = 20
FIRST_FORGET = 120
FIRST_SEAL = 10
"""Seconds after the start: what was written before a crash has waited long enough."""
TIDY_EVERY = 60
KEEP_CHALLENGES = 600
DAY = 86_400
KEEP_SECONDS_GIVEN = 10 * 3600
"""Longer than the longest standing batch."""
KEEP_EVENTS = 7 * DAY
KEEP_ENROLMENTS = DAY
KEEP_NOBODY = 30 * DAY
KEEP_REPORTS = 400 * DAY
"""Ids of reports: a workstation that comes back after longer than that writes what it had sent once more."""
KEEP_MESSAGES = 30
"""Days; the setting's value where none is set."""
MAX_TURNS = 40
"""Transactions of one part in a minute."""
AT_ONCE = 25
"""Persons or enrolments in one transaction of a minute's work: the rest follow a minute later, and nobody waits."""
Part = Callable[[Connection, int], object]


async def run(
    service: Service,
    checkpoints: Path,
    keep_messages: int = KEEP_MESSAGES,
    connected: Callable[[], Collection[str]] = lambda: (),
) -> None:
    """Tidy every minute, sign the heads every five, until cancelled, whatever fails once.

    ``keep_messages``: days. ``connected``: ids of the workstations whose streams are open here. Each
    waits for itself alone: nothing that fails in tidying keeps a head unsigned.
    """
    sealer = CheckpointSealer(service, checkpoints)
    async with asyncio.TaskGroup() as both:
        both.create_task(_every("alarms", lambda: integrity_alarms.tell(service.db, service.now()), TIDY_EVERY))
        both.create_task(_every("housekeeping", lambda: tidy_by_parts(service, keep_messages), TIDY_EVERY))
        both.create_task(_every("telling stations of the disk", lambda: tell_storage(service), TIDY_EVERY))
        both.create_task(_every("keeping room for a full disk", lambda: keep_room(service), TIDY_EVERY, 0))
        both.create_task(_every("reminding reviewers", lambda: review_reminders.tell(service), TIDY_EVERY, FIRST_LOOK))
        both.create_task(_every("asking for texts", lambda: text_reminders.tell(service), TIDY_EVERY, FIRST_LOOK))
        both.create_task(_every("forgetting", lambda: history.forget(service), history.EVERY, FIRST_FORGET))
        both.create_task(_every("noting stations", lambda: note_contact(service, connected()), TIDY_EVERY))
        both.create_task(_every("signing the trail", sealer.once, SEAL_EVERY, FIRST_SEAL))


async def _every(what: str, once: Callable[[], Awaitable[None]], seconds: int, wait: int | None = None) -> None:
    await asyncio.sleep(seconds if wait is None else wait)
    await background.run_periodically(what, once, every=seconds, first=TIDY_EVERY, longest=SEAL_EVERY)


async def note_contact(service: Service, stations: Collection[str]) -> None:
    """These are in contact now: for the list of workstations."""
    if stations:
        await service.db.write(seen.contact, stations, service.now())


async def tell_storage(service: Service) -> None:
    """Stations fetch their rules, and ``storage`` with them, once after each change. Raises ``StoreError``: then the
    next look tells them."""
    if service.storage.look():
        await service.db.write(workstations.tell_settings, service.now())
        service.storage.told()


async def keep_room(service: Service) -> None:
    """See ``reserve``; nothing to do where the database is on another machine. Raises nothing."""
    folder = disk.folder_of(service.db.url)
    if folder is not None:
        reserve.ensure(folder)


async def tidy_by_parts(service: Service, keep_messages: int = KEEP_MESSAGES) -> None:
    """Each part in a transaction of its own, so that one that fails keeps no other from its work. Raises nothing.

    Nothing where another replica leads.
    """
    logs.tell()
    for name, part in parts(keep_messages).items():
        if not service.lead.leads:
            return
        await background.attempt(f"housekeeping ({name})", functools.partial(_turns, service, part))


async def _turns(service: Service, part: Part) -> None:
    """Again while there was more than one transaction does: people sign in to applications more than 25 times a minute,
    and each leaves a row."""
    for _ in range(MAX_TURNS):
        if await service.db.write(part, service.now()) != AT_ONCE:
            return


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
        "emergency access": end_emergencies,
        "old enrolments": lambda conn, now: enrolments.purge(conn, now - KEEP_ENROLMENTS),
        "guesses": lambda conn, now: guesses.purge(conn, now - start_codes.SECONDS),
        "logins of nobody": lambda conn, now: failures.purge_nobody(conn, now - KEEP_NOBODY),
        "refusals of budgets": overspent.tell_late,
        "spending": spending.purge,
        "reports": lambda conn, now: reports.purge(conn, now - KEEP_REPORTS),
        "identifiers": jtis.purge,
        "ceremonies": lambda conn, now: ceremonies.purge(conn, now - KEEP_CHALLENGES),
        "grants": lambda conn, now: grants.purge(conn, now - KEEP_CHALLENGES),
        "events": lambda conn, now: events.purge(conn, now - KEEP_EVENTS),
        "downtime tickets": lambda conn, now: downtime.purge(conn, now - downtime.KEEP),
        "sign-ins to applications": openid_grants.purge,
        "servers' questions": backchannel_requests.purge,
        "second persons asked": seconds.purge,
        "second persons": lambda conn, now: seconds.purge_given(conn, now - KEEP_SECONDS_GIVEN),
        "questions to phones": phone_requests.purge,
        "servers' questions on phones": phone_questions.purge,
        "phones to wake": phone_subscriptions.purge,
        "stations that ask no phone": phones.purge_blocks,
        "logouts": openid_logouts.purge,
        "signals": signal_events.purge,
        "whom transmitters stopped": signal_transmitters.purge,
        "messages": lambda conn, now: messages.purge(conn, now - keep_messages * DAY),
    }


def end_temporary_badges(conn: Connection, now: int) -> None:
    """A badge whose time is over opens nothing from that second on; here it is taken away, and what is open locked."""
    over = badges.past_their_end(conn, now)[:AT_ONCE]
    manifests.lock(conn, *(owner for _, owner in over))
    for badge, owner in over:
        badges.revoke(conn, badge, now)
        locked = stopping.lock_everywhere(conn, owner, now, "factor")
        who = people.by_id(conn, owner)
        detail: dict[str, Json] = {"factor": short_of(f"badge:{badge}"), "badge": badge, "sessions_locked": locked}
        append(conn, SERVICE, Event("badge_ended", "success", now, person=owner, login=who.login, detail=detail))


def end_enrolments(conn: Connection, now: int) -> None:
    """What was made in an enrolment that nobody ended is gone with it; each that ended by itself has its row."""
    for row in enrolments.untold(conn):
        _enrolment_ended(conn, row, now, "ended_elsewhere")
    for row in enrolments.too_old(conn, now)[:AT_ONCE]:
        enrolments.save(conn, replace(row, step="refused", pending=None, key_id=None, ended=now))
        _enrolment_ended(conn, row, now, "expired")


def _enrolment_ended(conn: Connection, row: EnrolmentRow, now: int, reason: str) -> None:
    who = people.by_id(conn, row.person) if row.person else None
    station = lookups.station(conn, row.workstation)
    event = Event("enrol", "refused", now, reason=reason, detail={"enrolment": row.id, "act": row.act})
    event = replace(event, workstation=row.workstation, station=station.name if station else None)
    append(conn, row.workstation, replace(event, person=row.person, login=who.login if who else None))


def end_emergencies(conn: Connection, now: int) -> None:
    """One whose time is over, and of whose end its workstation did not tell, is over; those beside it are told."""
    late = emergencies.left_open(conn, now)[:AT_ONCE]
    for use in late:  # their cases are locked before the service's own chain (decision 33)
        emergencies.end(conn, use, now, "not_told")
    for use in late:
        event = Event("emergency_ended", "success", now, reason="not_told", detail={"emergency": use.id})
        station = lookups.station(conn, use.workstation)
        name = station.name if station else None
        append(conn, SERVICE, replace(event, person=use.person, workstation=use.workstation, station=name))
        for beside in emergencies.neighbours(conn, use.workstation, station.place) if station else ():
            workstations.tell_settings(conn, now, beside)


def end_late_resets(conn: Connection, now: int) -> None:
    """A reset whose code nobody fetched is over."""
    for reset in resets.lapse(conn, now):
        who = people.by_id(conn, reset.person)
        append(
            conn,
            SERVICE,
            Event("reset_lapsed", "success", now, person=who.id, login=who.login, detail={"reset": reset.id}),
        )
