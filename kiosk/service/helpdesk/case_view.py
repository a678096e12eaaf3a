"""A case as whoever looks at it is shown it, at a workstation or in the administrators' command."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.review import CaseRow, CaseView
from kiosk.service.admin.act import Admin, record
from kiosk.service.helpdesk import case_record
from kiosk.service.policy.review_rules import ReviewRules
from kiosk.service.store import emergencies, lookups, review_cases
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.review_cases import ReviewCase


def due_of(rules: ReviewRules, case: ReviewCase) -> int:
    """As it was set, or will be within the minute; epoch seconds."""
    return case.due if case.due is not None else rules.due(case.opened)


def subject_of(conn: Connection, case: ReviewCase) -> StoredPerson | None:
    """Who it is about."""
    return lookups.person_seen(conn, case.person) if case.person else None


def view(
    conn: Connection,
    rules: ReviewRules,
    case: ReviewCase,
    now: int,
    rows: tuple[tuple[CaseRow, ...], bool] = ((), False),
) -> CaseView:
    """``rows``: of its time, and whether they are cut."""
    who, due = subject_of(conn, case), due_of(rules, case)
    closer = lookups.person_seen(conn, case.closed_by) if case.closed_by else None
    station = lookups.station(conn, case.station)
    use = emergencies.find_seen(conn, case.subject) if case.kind == "emergency" else None
    writer = lookups.person_seen(conn, use.text_by) if use is not None and use.text_by else None
    return CaseView(
        id=case.id,
        kind=case.kind,
        state="closed" if case.closed is not None else "overdue" if due <= now else "open",
        login=who.person.login if who else None,
        name=who.person.name if who else None,
        station=station.name if station else case.station,
        place=case.place,
        why=case.why,
        happened=case.happened,
        until=case.until,
        opened=case.opened,
        due=due,
        more=case.more,
        reopens=case.reopens,
        closed=case.closed,
        closed_by=closer.person.login if closer else None,
        finding=case.finding,
        text=case.text,
        findings=rules.findings,
        rows=rows[0],
        cut=rows[1],
        account=use.text if use is not None else None,
        account_by=writer.person.login if writer else None,
        account_at=use.text_at if use is not None else None,
        account_due=use.text_due if use is not None else None,
        step_ups=(use.step_ups or 0) if use is not None else 0,
        records=(use.records or 0) if use is not None else 0,
    )


def for_administrator(conn: Connection, admin: Admin, rules: ReviewRules, case_id: str) -> CaseView | None:
    """One case with what happened in its time; None for none of that number. That somebody looked is an act."""
    case = review_cases.find(conn, case_id.upper())
    if case is None:
        return None
    record(conn, admin, "review.show", detail={"case": case.id})
    return view(conn, rules, case, admin.now, case_record.rows_of(conn, case))
