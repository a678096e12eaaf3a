"""Cases for review: opened with what they tell of, closed by a reviewer, never taken away.

Each is listed in a manifest of its workstation's cases, open or closed: one that was deleted, or put back to how it was
before it was closed, shows (decision 22). Every function takes the transaction's ``Connection``.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, select

from kiosk.model.enrolment_code import ALPHABET
from kiosk.service.store import integrity, manifests
from kiosk.service.store.errors import StoreBusyError
from kiosk.service.store.guarded import CASES
from kiosk.service.store.schema import manifest, review_case, workstation
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.vouching import TamperedError

CaseKind = Literal["emergency", "offline"]
SYMBOLS = 8
NAME = "case:"
"""Before a case's id in its workstation's manifest of cases."""
JOURNAL = "journal"
"""What a case is about that tells of a workstation's journal, not of a session."""
MAX_OPEN = 100
"""Cases of one kind that are open at one workstation; a further one is counted at the newest of them. So a workstation
that tells of a thousand odd rows does not hide the few that matter, nor fill the store."""
MAX_WHY = 400
"""Characters of a reason that are kept."""
log = logging.getLogger("kiosk.service.store.review_cases")


@dataclass(frozen=True, slots=True)
class NewCase:
    """What somebody is to look at. ``subject``: what it is about, such as the id of a session. ``person``: their id,
    None where nobody is known. ``station``: the workstation's id. ``happened_at``: epoch seconds."""

    kind: CaseKind
    subject: str
    person: str | None
    station: str
    place: str
    why: str
    happened_at: int


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """As stored; names as the columns of ``schema_review``. ``station``: the workstation's id. Times: epoch seconds."""

    id: str
    kind: str
    subject: str
    person: str | None
    station: str
    place: str
    why: str
    happened: int
    until: int | None
    opened: int
    more: int
    seq: int | None
    reopens: str | None
    reopened_by: str | None
    due: int | None
    told: int
    told_at: int | None
    escalated: int | None
    closed: int | None
    closed_by: str | None
    closed_station: str | None
    finding: str | None
    text: str | None
    jti: str | None
    row: StoredRow


def fresh_id() -> str:
    """Names a case: 40 random bits that can be read out. It is no secret and opens nothing."""
    return "C-" + "".join(secrets.choice(ALPHABET) for _ in range(SYMBOLS))


def open_case(conn: Connection, new: NewCase, now: int) -> str:
    """Somebody is to look at it; the case's id, for the row of the trail that is written after it in this transaction
    (``detail`` ``case``). Where ``MAX_OPEN`` wait already it is counted at the newest of them, whose id that is. A
    workstation whose clock is ahead tells of what has not happened yet: that counts as now."""
    manifests.lock(conn, CASES + new.station)
    mine = (review_case.c.workstation == new.station) & (review_case.c.kind == new.kind)
    waiting = integrity.rows(
        conn, review_case, mine, review_case.c.closed.is_(None), order=(review_case.c.opened,), skip=True
    )
    if len(waiting) >= MAX_OPEN:
        last = waiting[-1]
        log.warning("workstation %s has %d open cases: one more is counted at %s", new.station, len(waiting), last.id)
        integrity.change_row(conn, review_case, last, {"more": last.more + 1})
        return str(last.id)
    case_id = fresh_id()
    who = {"person": new.person, "workstation": new.station, "place": new.place}
    what: dict[str, object] = {"kind": new.kind, "subject": new.subject, "why": new.why[:MAX_WHY]}
    what["happened"] = min(new.happened_at, now)
    integrity.add(conn, review_case, {"id": case_id, **who, **what, "opened": now})
    return case_id


def reopen(conn: Connection, case: ReviewCase, by: str, now: int) -> str:
    """A new case in place of one that was closed, by the person of the id ``by``; its id."""
    manifests.lock(conn, CASES + case.station)
    case_id = fresh_id()
    who = {"person": case.person, "workstation": case.station, "place": case.place, "reopened_by": by}
    what = {"kind": case.kind, "subject": case.subject, "why": case.why, "happened": case.happened, "until": case.until}
    integrity.add(conn, review_case, {"id": case_id, **who, **what, "opened": now, "reopens": case.id})
    return case_id


def is_reopened(conn: Connection, case_id: str) -> bool:
    """Whether a later case takes the place of this one."""
    return integrity.one(conn, review_case, review_case.c.reopens == case_id) is not None


def ended(conn: Connection, case_id: str, at: int) -> None:
    """What the case tells of is over; nothing for a case that is closed, or that is not as the service wrote it: the
    alarm tells of that one."""
    try:
        case = find(conn, case_id)
    except TamperedError as error:
        log.error("a case keeps no end: %s", error.found)
        return
    if case is not None and case.closed is None:
        change(conn, case, {"until": max(at, case.happened)})


def lock(conn: Connection, cases: Sequence[ReviewCase]) -> None:
    """Nobody else changes cases of their workstations until this transaction ends."""
    manifests.lock(conn, *(CASES + case.station for case in cases))


def change(conn: Connection, case: ReviewCase, values: dict[str, object]) -> None:
    """Set ``values`` in a case as it was read. Raises ``StoreBusyError`` if somebody changed it meanwhile."""
    manifests.lock(conn, CASES + case.station)
    if not integrity.change_row(conn, review_case, case.row, values):
        raise StoreBusyError("Somebody else changed the same case at this moment. Try again.")


def find(conn: Connection, case_id: str) -> ReviewCase | None:
    """The case of that id; in a transaction that writes, locked from here on."""
    station = conn.execute(select(review_case.c.workstation).where(review_case.c.id == case_id)).scalar()
    if station is None:
        return None
    manifests.lock(conn, CASES + station)
    row = integrity.one(conn, review_case, review_case.c.id == case_id)
    return None if row is None else _case(row)


def why_of(conn: Connection, station: str, subject: str) -> str | None:
    """Why something that the workstation told of became a case; None if it did not."""
    mine = (review_case.c.workstation == station) & (review_case.c.subject == subject)
    rows = integrity.rows(conn, review_case, mine, order=(review_case.c.opened,), skip=True)
    return rows[0].why if rows else None


def waiting(conn: Connection) -> list[ReviewCase]:
    """Those that nobody has closed, oldest first."""
    return _all(conn, review_case.c.closed.is_(None))


def station_names(conn: Connection) -> dict[str, str]:
    """Names of workstations by their ids."""
    return {row.id: row.name for row in conn.execute(select(workstation.c.id, workstation.c.name))}


def missing(conn: Connection) -> list[str]:
    """Ids of cases that were opened and are gone: somebody else took their rows away."""
    there = set(conn.execute(select(review_case.c.id)).scalars())
    subjects = conn.execute(select(manifest.c.subject).where(manifest.c.subject.startswith(CASES))).scalars().all()
    named = (name for subject in subjects for name in manifests.manifest_of(conn, subject).body)
    return sorted({name.removeprefix(NAME) for name in named if name.startswith(NAME)} - there)


def every(conn: Connection) -> list[ReviewCase]:
    """All of them, oldest first; a row that is not the service's own is left out, and told of by the alarm."""
    return _all(conn)


def _all(conn: Connection, *where: ColumnElement[bool]) -> list[ReviewCase]:
    order = (review_case.c.opened, review_case.c.id)
    return _cases(integrity.rows(conn, review_case, *where, order=order, skip=True))


def _cases(rows: Sequence[StoredRow]) -> list[ReviewCase]:
    return [_case(row) for row in rows]


def _case(row: StoredRow) -> ReviewCase:
    names = [name for name in ReviewCase.__dataclass_fields__ if name not in ("row", "station")]
    return ReviewCase(**{name: getattr(row, name) for name in names}, station=row.workstation, row=row)
