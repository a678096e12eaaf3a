"""Every case for review, whether it is overdue, and with which finding it was closed."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.records.table import Cell, ReportTable, day
from kiosk.service.store import emergencies, inventory, review_cases
from kiosk.service.store.emergencies import EmergencyUse
from kiosk.service.store.review_cases import ReviewCase

COLUMNS = (
    *("id", "state", "kind", "login", "station", "place", "why", "happened", "until", "opened", "due", "more"),
    *("reopens", "told", "escalated", "closed", "closed_by", "finding", "text"),
    *("account", "account_due", "account_by", "account_text"),
)


def reviews(conn: Connection, now: int) -> ReportTable:
    """Overdue cases first, then those that wait, then closed ones, each in the order in which they were opened. One
    whose row somebody took away is ``missing``. ``account``: whether the text about an emergency access was
    ``written``, is ``owed`` or ``overdue``."""
    logins = {person.id: person.login for person in inventory.persons(conn)}
    names = review_cases.station_names(conn)
    order = {"missing": 0, "overdue": 1, "open": 2, "closed": 3}
    found = [(state_of(case, now), case) for case in review_cases.every(conn)]
    found.sort(key=lambda one: order[one[0]])
    uses = {use.id: use for use in emergencies.every(conn)}
    gone: list[tuple[Cell, ...]] = [
        (case_id, "missing", *[None] * (len(COLUMNS) - 2)) for case_id in review_cases.missing(conn)
    ]
    return ReportTable(
        COLUMNS,
        (
            *gone,
            *(
                (*_row(case, state, logins, names), *_account(case, uses.get(case.subject), logins, now))
                for state, case in found
            ),
        ),
    )


def state_of(case: ReviewCase, now: int) -> str:
    """``closed``, ``overdue`` or ``open``."""
    if case.closed is not None:
        return "closed"
    return "overdue" if case.due is not None and case.due <= now else "open"


def _row(case: ReviewCase, state: str, logins: dict[str, str], names: dict[str, str]) -> tuple[Cell, ...]:
    where = (names.get(case.station, case.station), case.place, case.why)
    times = (day(case.happened), day(case.until), day(case.opened), day(case.due))
    told = (case.more, case.reopens, case.told, day(case.escalated))
    closed = (day(case.closed), logins.get(case.closed_by or ""), case.finding, case.text)
    return (case.id, state, case.kind, logins.get(case.person or ""), *where, *times, *told, *closed)


def _account(case: ReviewCase, use: EmergencyUse | None, logins: dict[str, str], now: int) -> tuple[Cell, ...]:
    if case.kind != "emergency" or use is None or use.text_due is None:
        return (None, None, None, None)
    state = "written" if use.text is not None else "overdue" if use.text_due <= now else "owed"
    return (state, day(use.text_due), logins.get(use.text_by or ""), use.text)
