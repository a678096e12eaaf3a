"""Tells reviewers of cases: once as each is opened, again each working day, and higher up once one is overdue.

The replica that leads does it. What was told stands in the case's own row, changed in the transaction that writes the
messages: so two replicas that both believe that they lead tell it once.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from sqlalchemy import Connection, select

from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.channels import outbox
from kiosk.service.policy.review_rules import ReviewRules
from kiosk.service.shared.context import Service
from kiosk.service.store import lookups, review_cases
from kiosk.service.store.review_cases import ReviewCase
from kiosk.service.store.schema import person_role

log = logging.getLogger("kiosk.service.jobs.review_reminders")
AT_ONCE = 25
"""Cases of one transaction; the others wait for the next minute."""
MAX_TOLD = 50
"""Persons who are told of one case."""


async def tell(service: Service) -> None:
    """Whatever is to be told now. Nothing where another replica leads. Raises ``StoreError``."""
    if service.lead.leads:
        await service.db.write(tell_some, service.review, service.now())


def tell_some(conn: Connection, rules: ReviewRules, now: int) -> int:
    """Tell of the first cases of which something is to be told; how many."""
    done = 0
    some = [case for case in review_cases.waiting(conn) if _kind(rules, case, now) is not None][:AT_ONCE]
    review_cases.lock(conn, some)  # all of them before the service's own chain (decision 33)
    for waiting in some:
        case = review_cases.find(conn, waiting.id)  # as it is now
        kind = None if case is None or case.closed is not None else _kind(rules, case, now)
        if case is not None and kind is not None:
            _tell(conn, rules, case, kind, now)
            done += 1
    return done


def _kind(rules: ReviewRules, case: ReviewCase, now: int) -> outbox.Kind | None:
    if case.due is None or case.told_at is None:
        return "review_opened"
    if case.due <= now and case.escalated is None:
        return "review_overdue"
    again = case.told <= rules.reminders and rules.next_reminder(case.told_at) <= now
    return "review_reminder" if again else None


def _tell(conn: Connection, rules: ReviewRules, case: ReviewCase, kind: outbox.Kind, now: int) -> None:
    higher = kind == "review_overdue" or case.escalated is not None
    due = case.due if case.due is not None else rules.due(case.opened)
    station = lookups.station(conn, case.station)
    told = 0
    for person in _holding(conn, rules.reviewers if higher else rules.roles, case.person):
        told += outbox.tell(conn, person, kind, now, at=station.name if station else None, case=case.id)
    values: dict[str, object] = {"due": due, "told": case.told + 1, "told_at": now}
    if kind == "review_overdue":
        values["escalated"] = now
    review_cases.change(conn, case, values)
    append(
        conn,
        SERVICE,
        Event(
            "review_told",
            "success" if told else "failure",
            now,
            reason=kind,
            workstation=case.station,
            station=station.name if station else None,
            detail={"case": case.id, "kind": case.kind, "due": due, "told": told},
        ),
    )
    if not told:
        log.warning("nobody could be told of case %s: no reviewer has an address", case.id)


def _holding(conn: Connection, roles: Collection[str], but: str | None) -> list[str]:
    """Ids of active persons who have one of ``roles`` and are not ``but``."""
    wanted = select(person_role.c.person).where(person_role.c.role.in_(roles)).distinct().order_by(person_role.c.person)
    found = []
    for who in conn.execute(wanted.limit(2 * MAX_TOLD)).scalars().all():
        known = lookups.person_seen(conn, who) if who != but else None
        if known is not None and not known.suspended and set(known.person.roles) & set(roles):
            found.append(who)
    return found[:MAX_TOLD]
