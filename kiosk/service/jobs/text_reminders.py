"""Asks once more for the text about an emergency access: its person at half of the time, reviewers when it is over.

The replica that leads does it. How often it was asked for stands in the use's own row, changed in the transaction that
writes the messages.
"""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import Connection

from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.channels import outbox
from kiosk.service.policy.review_rules import ReviewRules
from kiosk.service.shared.context import Service
from kiosk.service.store import emergencies, lookups
from kiosk.service.store.emergencies import EmergencyUse

AT_ONCE = 25
OWED: Final = "text_owed"
OVERDUE: Final = "text_overdue"
log = logging.getLogger("kiosk.service.jobs.text_reminders")


async def tell(service: Service) -> None:
    """Whatever is to be told now. Nothing where another replica leads. Raises ``StoreError``."""
    if service.lead.leads:
        await service.db.write(tell_some, service.review, service.now())


def tell_some(conn: Connection, review: ReviewRules, now: int) -> int:
    """Ask for the first texts that are overdue, or for which half of the time has passed; how many."""
    wanted = [(use, kind) for use in emergencies.to_be_asked(conn) if (kind := _kind(use, now)) is not None][:AT_ONCE]
    for use, kind in wanted:
        if kind == OVERDUE:
            them = emergencies.people_with(conn, review.reviewers)
        else:
            them = [use.person] if use.person else emergencies.people_with(conn, review.roles)
        _tell(conn, use, kind, them, now)
    return len(wanted)


def _kind(use: EmergencyUse, now: int) -> outbox.Kind | None:
    if use.text_due is None:
        return None
    if use.text_due <= now:
        return OVERDUE
    return OWED if not use.text_told and (use.begun + use.text_due) // 2 <= now else None


def _tell(conn: Connection, use: EmergencyUse, kind: outbox.Kind, people: list[str], now: int) -> None:
    station = lookups.station(conn, use.workstation)
    name, told = station.name if station else None, 0
    for person in people:
        told += outbox.tell(conn, person, kind, now, at=name, case=use.case_id)
    emergencies.note_asked(conn, use, 2 if kind == OVERDUE else 1)
    append(
        conn,
        SERVICE,
        Event(
            "emergency_text_asked",
            "success" if told else "failure",
            now,
            reason=kind,
            workstation=use.workstation,
            station=name,
            detail={"emergency": use.id, "case": use.case_id, "told": told},
        ),
    )
    if not told:
        log.warning("nobody could be asked for the text about emergency access %s: no address", use.id)
