"""Resets: begun by the help desk, agreed to by a second person where that is needed, ended by their start code."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, func, select

from kiosk.model.enrolment_code import ALPHABET
from kiosk.service.store import integrity
from kiosk.service.store.schema import reset
from kiosk.service.store.sql_types import StoredRow

SYMBOLS = 8
LAPSES = 2 * 86_400
"""Seconds from ``due`` (and, where a second person is needed, from the begin) until it is over by itself."""


@dataclass(frozen=True, slots=True)
class Reset:
    """One reset. ``begun_by``, ``approved_by``: ids of persons. ``due``: epoch seconds; ``lost``: marks.

    ``second``: it waits for a second person; ``risk``: ``repeated``. ``ended_why``: code_given, withdrawn, lapsed or
    replaced.
    """

    id: str
    person: str
    begun_by: str
    workstation: str
    seen: str
    lost: tuple[str, ...]
    begun: int
    due: int
    second: bool
    risk: Literal["repeated"] | None = None
    approved_by: str | None = None
    approved: int | None = None
    ended: int | None = None
    ended_why: str | None = None

    def lapsed(self, now: int) -> bool:
        """Whether nobody fetched its code in time."""
        return now >= self.due + LAPSES


def fresh_id() -> str:
    """Names a reset: 40 random bits that can be read out. It is no secret and opens nothing."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(SYMBOLS))


def add(conn: Connection, new: Reset) -> None:
    """Record one that begins, in place of the person's one before."""
    end_live(conn, new.person, "replaced", new.begun)
    values = {name: getattr(new, name) for name in Reset.__dataclass_fields__}
    integrity.add(conn, reset, {**values, "lost": json.dumps(list(new.lost))})


def find(conn: Connection, reset_id: str) -> Reset | None:
    """The reset of that id."""
    row = integrity.one(conn, reset, reset.c.id == reset_id)
    return None if row is None else _reset(row)


def approve(conn: Connection, reset_id: str, by: str, now: int) -> None:
    """A second person agrees: nothing is waited for any more."""
    integrity.change(conn, reset, reset.c.id == reset_id, {"approved_by": by, "approved": now, "due": now})


def end(conn: Connection, reset_id: str, why: str, now: int) -> bool:
    """It is over. Whether it was not before."""
    mine = (reset.c.id == reset_id) & reset.c.ended.is_(None)
    return len(integrity.change(conn, reset, mine, {"ended": now, "ended_why": why})) == 1


def end_live(conn: Connection, person: str, why: str, now: int) -> bool:
    """Whatever is under way for the person of that id is over. Whether there was anything."""
    mine = (reset.c.person == person) & reset.c.ended.is_(None)
    return bool(integrity.change(conn, reset, mine, {"ended": now, "ended_why": why}))


def end_naming(conn: Connection, person: str, now: int) -> list[str]:
    """Whatever is under way for the person of that id, or was begun or agreed to by them, is withdrawn; its ids."""
    named = (reset.c.person == person) | (reset.c.begun_by == person) | (reset.c.approved_by == person)
    mine = named & reset.c.ended.is_(None)
    found = integrity.change(conn, reset, mine, {"ended": now, "ended_why": "withdrawn"}, skip=True)
    return sorted(row.id for row in found)


def lapse(conn: Connection, now: int) -> list[Reset]:
    """End those whose code nobody fetched in time; which."""
    late = reset.c.ended.is_(None) & (reset.c.due <= now - LAPSES)
    found = integrity.change(conn, reset, late, {"ended": now, "ended_why": "lapsed"}, skip=True)
    return [_reset(row) for row in found]


def begun_since(conn: Connection, since: int, *, person: str | None = None, by: str | None = None) -> int:
    """How many were begun from ``since`` on, for a person or by one; one that was withdrawn counts too."""
    wanted = select(func.count()).select_from(reset).where(reset.c.begun >= since)
    if person is not None:
        wanted = wanted.where(reset.c.person == person)
    if by is not None:
        wanted = wanted.where(reset.c.begun_by == by)
    return int(conn.execute(wanted).scalar_one())


def every(conn: Connection) -> list[Reset]:
    """All that ever were, the newest first."""
    rows = conn.execute(select(reset).order_by(reset.c.begun.desc(), reset.c.id))
    return [_reset(row) for row in rows]


def _reset(row: StoredRow) -> Reset:
    values = {name: getattr(row, name) for name in Reset.__dataclass_fields__}
    return Reset(**{**values, "lost": tuple(json.loads(row.lost)), "second": bool(row.second)})
