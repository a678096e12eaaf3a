"""Reports of what happened in a time: sign-ins, refusals, lock-outs; columns in ``docs/reports.md``.

Read from the trail by the time of its rows, the oldest first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from sqlalchemy import ColumnElement, Connection, Integer, func, select

from kiosk.service.admin.act import ActRefusedError
from kiosk.service.audit.lines import told_by
from kiosk.service.platform.json_fields import JsonObject, member, number
from kiosk.service.records import prompt_reports
from kiosk.service.records.table import Cell, ReportTable, day
from kiosk.service.store.schema import audit_row

MAX_LINES = 100_000
SECONDS = 31 * 86_400
"""Of a report for which no beginning is given: 31 days."""
LOCKED_OUT = "locked_out"
GIVEN_UP = frozenset({"refused_by_person", "timeout", "lifted", "locked", "withdrawn"})
Body = JsonObject
Timed = Callable[[Connection, int, int], ReportTable]
"""A report of the rows from the second ``since`` to the second ``until``, both included.

Raises ``ActRefusedError`` for more than ``MAX_LINES`` lines."""


def sign_ins(conn: Connection, since: int, until: int) -> ReportTable:
    """Everybody who signed in, where, by what."""
    rows = _bodies(conn, since, until, "result", "success", audit_row.c.action == "sign_in")
    columns = ("at", "login", "station", "method", "acr", "amr", "session")
    return ReportTable(columns, tuple(_sign_in(body) for body in rows))


def refusals(conn: Connection, since: int, until: int) -> ReportTable:
    """Whatever was refused, to whom, why: proofs, sign-ins, step-ups, enrolments, tokens."""
    columns = ("at", "login", "station", "action", "what", "method", "reason", "why")
    return ReportTable(columns, tuple(_refusal(body) for body in _bodies(conn, since, until, "result", "refused")))


def refused(conn: Connection, since: int, until: int) -> ReportTable:
    """Who was refused what and why, how often: the lines of ``refusals`` that say the same, the most frequent first."""
    found: dict[tuple[Cell, ...], list[int]] = {}
    for body in _bodies(conn, since, until, "result", "refused"):
        _, login, _, action, what, _, reason, why = _refusal(body)
        if reason in GIVEN_UP:  # by the person or their program: nobody refused them anything
            continue
        found.setdefault((login, what or action, reason, why), []).append(number(body, "at"))
    lines = [(*said, len(times), day(times[0]), day(times[-1])) for said, times in found.items()]
    lines.sort(key=lambda line: (-len(found[line[:4]]), *(str(cell or "") for cell in line[:4])))
    return ReportTable(("login", "what", "reason", "why", "times", "first", "last"), tuple(lines))


def lock_outs(conn: Connection, since: int, until: int) -> ReportTable:
    """Tries that locked a PIN or code (``locked``), and those while one was locked (``tried``)."""
    columns = ("at", "login", "station", "action", "method", "what")
    return ReportTable(columns, tuple(_lock_out(body) for body in _bodies(conn, since, until, "reason", LOCKED_OUT)))


TIMED: dict[str, Timed] = {
    "sign-ins": sign_ins,
    "refusals": refusals,
    "refused": refused,
    "lock-outs": lock_outs,
    "prompts": prompt_reports.prompts,
    "risk": prompt_reports.risk,
}
"""By the name that ``kiosk admin report`` takes."""


def _bodies(
    conn: Connection, since: int, until: int, name: str, value: str, *where: ColumnElement[bool]
) -> Iterator[Body]:
    find = func.strpos if conn.dialect.name == "postgresql" else func.instr
    said = find(audit_row.c.body, f'"{name}":"{value}"', type_=Integer) > 0
    wanted = select(audit_row.c.body).where(audit_row.c.at.between(since, until), said, *where)
    order = (audit_row.c.at, audit_row.c.chain, audit_row.c.seq)
    found = conn.execute(wanted.order_by(*order).limit(MAX_LINES + 1)).scalars().all()
    if len(found) > MAX_LINES:
        raise ActRefusedError(f"That are more than {MAX_LINES} lines. Ask for a shorter time with --since and --until.")
    for text in found:
        body = told_by(text)
        if body.get(name) == value:  # a detail may say the same of something else
            yield body


def _sign_in(body: Body) -> tuple[Cell, ...]:
    said = body.get("amr")
    amr = ";".join(str(line) for line in said) if isinstance(said, list) else ""
    return (*_who(body), _text(body.get("method")), _text(body.get("acr")), amr or None, _text(body.get("session")))


def _refusal(body: Body) -> tuple[Cell, ...]:
    detail = member(body, "detail")
    what = detail.get("action") or detail.get("act")
    said = (body.get("action"), what, body.get("method"), body.get("reason"), detail.get("why"))
    return (*_who(body), *(_text(line) for line in said))


def _lock_out(body: Body) -> tuple[Cell, ...]:
    why = member(body, "detail").get("why")
    how = "tried" if why in (None, "locked out") else "locked"
    return (*_who(body), _text(body.get("action")), _text(body.get("method")), how)


def _who(body: Body) -> tuple[Cell, ...]:
    return (day(number(body, "at")), _text(body.get("login")), _text(body.get("station")))


def _text(value: object) -> Cell:
    return value if value is None or isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)
