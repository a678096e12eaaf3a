"""Which rows of the trail answer a question: by patient, person, station, action and time, through indexes alone.

Rows come in the order of time, chain and number. ``RowPosition`` is one row's place in that order; a page that is cut
goes on after its last one. Nothing here says that a row is right: see ``found``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Table,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)

from kiosk.service.store import archives, vouching
from kiosk.service.store.schema import audit_row, opening, workstation
from kiosk.service.store.sql_types import AnyExpression, AnySelect

MAX_PAGE = 10_000
PAGE = 1000
"""Rows of one answer, unless another number is asked for."""
ABOUT = ("app.action.add", "app.action.remove")
"""Acts whose detail names the action that they are about, beside the act."""
_CURSOR = re.compile(r"(-?[0-9]{1,18}):([0-9]{1,18}):(.{1,200})", re.ASCII)


class RowPosition(NamedTuple):
    """A row in the order of answers: epoch seconds, chain, number."""

    at: int
    chain: str
    seq: int

    def cursor(self) -> str:
        """As a command prints and takes it."""
        return f"{self.at}:{self.seq}:{self.chain}"


def place_of(cursor: str) -> RowPosition:
    """Raises ``ValueError`` for what is none."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise ValueError("no cursor")
    return RowPosition(int(found[1]), found[3], int(found[2]))


@dataclass(frozen=True, slots=True)
class Question:
    """``patient``: a patient or resource, as it reads. ``person``: an id. ``stations``: ids, any of them; None for all.

    ``action``: of the row, or what was asked for in it. ``since``, ``until``: epoch seconds, both included.
    ``after``: the last row of the answer before. ``limit``: rows of this answer.
    """

    patient: str | None = None
    person: str | None = None
    stations: tuple[str, ...] | None = None
    action: str | None = None
    since: int | None = None
    until: int | None = None
    after: RowPosition | None = None
    limit: int = PAGE


def places(conn: Connection, asked: Question) -> list[RowPosition]:
    """Where the rows stand that answer ``asked``, in order: one more than ``asked.limit``, if there are more."""
    if asked.patient is not None:
        marks = vouching.guard_of(conn).marks.marks(asked.patient)
        mine = opening.c.mark == marks[0] if len(marks) == 1 else opening.c.mark.in_(marks)
        same = (opening.c.chain == audit_row.c.chain) & (opening.c.seq == audit_row.c.seq)
        wanted = _ordered(opening, asked).distinct().select_from(opening.join(audit_row, same)).where(mine)
        wanted = wanted.where(*_filters(conn, asked, driven=True))
    else:
        wanted = _ordered(audit_row, asked).where(*_filters(conn, asked, driven=False))
    wanted = wanted.where(archives.standing(conn))
    return [RowPosition(*row) for row in conn.execute(wanted)]


def stations(conn: Connection, named: str) -> list[str]:
    """Ids of every workstation that has this id, or had this name; several where a name was given again."""
    wanted = select(workstation.c.id).where((workstation.c.id == named) | (workstation.c.name == named))
    renamed = select(audit_row.c.workstation).where(
        audit_row.c.asked == "workstation.rename", _holds(conn, "from", named)
    )
    return sorted({*conn.execute(wanted).scalars(), *conn.execute(renamed).scalars()} - {None})


def once_called(conn: Connection, login: str) -> list[str]:
    """Ids of everybody who had that login before it was changed."""
    changed = select(audit_row.c.person).where(audit_row.c.asked == "person.login", _holds(conn, "from", login))
    return sorted({*conn.execute(changed).scalars()} - {None})


def has_action(conn: Connection, action: str) -> bool:
    """Whether any row is called so."""
    return conn.execute(select(audit_row.c.seq).where(audit_row.c.action == action).limit(1)).first() is not None


def _ordered(table: Table, asked: Question) -> AnySelect:
    at, chain, seq = table.c.at, table.c.chain, table.c.seq
    wanted = select(at, chain, seq).order_by(at, chain, seq).limit(asked.limit + 1)
    since = asked.since if asked.after is None else max(asked.after.at, asked.since or asked.after.at)
    if since is not None:
        wanted = wanted.where(at >= since)
    if asked.until is not None:
        wanted = wanted.where(at <= asked.until)
    if asked.after is not None:
        last = (bindparam(None, asked.after.at, BigInteger), bindparam(None, asked.after.chain, Text))
        wanted = wanted.where(tuple_(at, chain, seq) > tuple_(*last, bindparam(None, asked.after.seq, BigInteger)))
    return wanted


def _filters(conn: Connection, asked: Question, *, driven: bool) -> list[ColumnElement[bool]]:
    """What else must be true. One index leads; the other columns are compared in a way that no index serves, so that
    no planner without statistics picks the one that most rows share. ``driven``: by the patient already."""
    found: list[ColumnElement[bool]] = []
    if asked.person is not None:
        found.append(_lead(audit_row.c.person, driven) == asked.person)
        driven = True
    if asked.stations is not None:
        column = _lead(audit_row.c.workstation, driven)
        found.append(column == asked.stations[0] if len(asked.stations) == 1 else column.in_(asked.stations))
        driven = True
    if asked.action is not None:
        if has_action(conn, asked.action):
            found.append(_lead(audit_row.c.action, driven) == asked.action)
        else:
            asks = _lead(audit_row.c.asked, driven)
            about = asks.in_(ABOUT) & _holds(conn, "action", asked.action)
            found.append((asks == asked.action) | about)
    return found


def _lead(column: AnyExpression, driven: bool) -> AnyExpression:
    return column.concat(literal_column("''")) if driven else column


def _holds(conn: Connection, name: str, value: str) -> ColumnElement[bool]:
    """Whether the row's text says so. It is canonical JSON: a member has one spelling."""
    find = func.strpos if conn.dialect.name == "postgresql" else func.instr
    said = json.dumps(value, ensure_ascii=False)
    return find(audit_row.c.body, f'"{name}":{said}', type_=Integer) > 0
