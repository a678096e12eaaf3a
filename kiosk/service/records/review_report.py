"""Every case for review, whether it is overdue, and with which finding it was closed."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.records.table import Cell, ReportTable, day
from kiosk.service.store import inventory, review_cases
from kiosk.service.store.review_cases import ReviewCase

COLUMNS = (
    *("id", "state", "kind", "login", "station", "place", "why", "happened", "until", "opened", "due", "more"),
    *("reopens", "told", "escalated", "closed", "closed_by", "finding", "text"),
)


def reviews(conn: Connection, now: int) -> ReportTable:
    """Overdue cases first, then those that wait, then closed ones, each in the order in which they were opened. One
    whose row somebody took away is ``missing``."""
    logins = {person.id: person.login for person in inventory.persons(conn)}
    names = review_cases.station_names(conn)
    order = {"missing": 0, "overdue": 1, "open": 2, "closed": 3}
    found = [(state_of(case, now), case) for case in review_cases.every(conn)]
    found.sort(key=lambda one: order[one[0]])
    gone: list[tuple[Cell, ...]] = [
        (case_id, "missing", *[None] * (len(COLUMNS) - 2)) for case_id in review_cases.missing(conn)
    ]
    return ReportTable(COLUMNS, (*gone, *(_row(case, state, logins, names) for state, case in found)))


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
