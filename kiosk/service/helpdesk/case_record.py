"""What the trail has of the time of a case, and who worked at its workstation then. Bounded, and by indexes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from kiosk.model.review import CaseRow
from kiosk.service.audit.lines import told_by
from kiosk.service.store.review_cases import ReviewCase
from kiosk.service.store.schema import audit_row, opening, session
from kiosk.service.store.sql_types import StoredRow

MAX_ROWS = 100
MAX_READ = 2000
"""Rows of the trail that are looked at for one case."""
MAX_WHAT = 200
"""Characters of what one row says."""
MAX_EMERGENCY = 4 * 3600
"""Seconds after which emergency access is taken to be over whose end nobody wrote down."""
ARRIVING = 900
"""Seconds in which the rest of a workstation's journal arrives after the row that opened a case."""
_DETAILS = ("action", "resource", "records", "purpose", "program", "act", "factor", "why", "code", "path", "called")


def end_of(case: ReviewCase) -> int:
    """When the time of the case is over; epoch seconds."""
    if case.until is not None:
        return case.until
    return case.happened + MAX_EMERGENCY if case.kind == "emergency" else max(case.happened, case.opened)


def rows_of(conn: Connection, case: ReviewCase) -> tuple[tuple[CaseRow, ...], bool]:
    """What happened at its workstation in its time, in order, and whether that is cut."""
    found, cut = _within(conn, case, audit_row.c.workstation == case.station)
    approved = _approved(conn, case)
    kept = {(told.row.chain, told.row.seq) for told in approved}
    rest = [told for told in found if (told.row.chain, told.row.seq) not in kept]
    rest.sort(key=_in_order)
    shown = sorted([*approved, *rest[: max(0, MAX_ROWS - len(approved))]], key=_in_order)
    found = [*approved, *rest]
    names = _opened(conn, [told.row for told in shown])
    return tuple(_line(told, names) for told in shown), cut or len(found) > MAX_ROWS


def worked_there(conn: Connection, case: ReviewCase, person: str) -> bool:
    """Whether that person did anything at the case's workstation in its time, or had their session open there."""
    begin, end = case.happened, end_of(case)
    found, cut = _within(conn, case, audit_row.c.person == person)
    if cut or any(told.row.workstation == case.station for told in found):
        return True
    held = (session.c.person == person) & (session.c.workstation == case.station) & (session.c.opened <= end)
    left = [session.c.ended, session.c.locked]
    open_then = [column.is_(None) | (column >= begin) for column in left]
    return conn.execute(select(session.c.id).where(held, *open_then).limit(1)).first() is not None


def _approved(conn: Connection, case: ReviewCase) -> list[_Told]:
    """What was approved in an emergency access, however much else happened meanwhile: a program that asks all the time
    pushes none of it out of the reviewer's sight."""
    if case.kind != "emergency":
        return []
    mine = (audit_row.c.workstation == case.station) & (audit_row.c.action == "stepup")
    told, _ = _within(conn, case, mine)
    granted = [row for row in told if row.body.get("result") == "success"]
    return sorted(granted, key=_in_order)[:MAX_ROWS]


class _Told(NamedTuple):
    """A row of the trail that tells of the time of a case; ``at``: when it happened, epoch seconds."""

    at: int
    row: StoredRow
    body: Mapping[str, object]
    said: Mapping[str, object]


def _in_order(told: _Told) -> tuple[int, int]:
    return told.at, told.row.seq


def _within(conn: Connection, case: ReviewCase, mine: ColumnElement[bool]) -> tuple[list[_Told], bool]:
    """Rows of the time of a case; whether there are more than are read. What a workstation told of after an outage
    stands where it arrived, and counts by that station's time."""
    begin, end = case.happened, end_of(case)
    last = max(end, case.opened) + ARRIVING
    wanted = select(audit_row).where(mine, audit_row.c.at >= begin, audit_row.c.at <= last)
    wanted = wanted.order_by(audit_row.c.at, audit_row.c.chain, audit_row.c.seq).limit(MAX_READ + 1)
    found, read = [], conn.execute(wanted).all()
    for row in read[:MAX_READ]:
        body = told_by(row.body)
        detail = body.get("detail")
        said = detail if isinstance(detail, dict) else {}
        told_at = said.get("station_at") if said.get("offline") is True else row.at
        if not isinstance(told_at, int):
            continue
        at = min(told_at, row.at)  # a clock that is ahead tells of what has not happened yet
        if begin <= at <= end:
            found.append(_Told(at, row, body, said))
    return found, len(read) > MAX_READ


def _opened(conn: Connection, rows: Sequence[StoredRow]) -> dict[tuple[str, int], list[str]]:
    """Patients and resources that rows of the trail name by commitments, as far as they were not erased."""
    names: dict[tuple[str, int], list[str]] = {}
    for chain in sorted({row.chain for row in rows}):
        seqs = [row.seq for row in rows if row.chain == chain]
        mine = (opening.c.chain == chain) & opening.c.seq.in_(seqs)
        for found in conn.execute(select(opening.c.seq, opening.c.value).where(mine).order_by(opening.c.value)):
            names.setdefault((chain, found.seq), []).append(found.value)
    return names


def _line(told: _Told, names: Mapping[tuple[str, int], list[str]]) -> CaseRow:
    row, body, said = told.row, told.body, told.said
    parts = [str(body["reason"])] if body.get("reason") else []
    parts += names.get((row.chain, row.seq), [])
    parts += [f"{name}={said[name]}" for name in _DETAILS if isinstance(said.get(name), str | int)]
    what = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in "; ".join(parts))
    login, result = body.get("login"), str(body.get("result", ""))
    shown = login if isinstance(login, str) else None
    return CaseRow(told.at, row.seq, row.action or "", result, shown, what[:MAX_WHAT])
