"""Emergency accesses as they are kept: begun, extended, ended, written about.

The manifest of their workstation's cases names each, and each that was written about (``names_of``). So one that is
taken away, or whose text is, shows. An altered manifest keeps none from ending: it is not asked for that.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kiosk.service.store import integrity, manifests, review_cases
from kiosk.service.store.guarded import CASES, Values
from kiosk.service.store.schema import emergency_use, manifest, person, person_role, workstation
from kiosk.service.store.sql_types import StoredRow

GRACE = 120
"""Seconds past its end after which one that nobody ended is over."""
USE, TEXT = "use:", "text:"
"""Before its id in the manifest of its workstation's cases: there was one; somebody wrote about it."""
MAX_TOLD = 100
"""People who get a message of one."""


@dataclass(frozen=True, slots=True)
class EmergencyUse:
    """One emergency access. ``person``: id of who it was said to be. ``case_id``: of its review. ``seq``: of its row in
    the workstation's chain.

    ``ended``: epoch seconds, None while it lasts. ``text``: what was written about it, by the person of the id
    ``text_by``, at ``text_at``, under the case ``text_case`` where a reviewer did. ``text_due``: until when it is owed;
    None for one of before, and for one of too many in an hour in the same name, about which nothing is.
    ``text_told``: how often it was asked for. ``step_ups``: how many were granted in it, of ``records`` altogether;
    None for none.
    """

    id: str
    workstation: str
    person: str | None
    presented: str
    reason: str
    begun: int
    expires: int
    extended: int = 0
    ended: int | None = None
    end_reason: str | None = None
    offline: bool = False
    case_id: str = ""
    seq: int = 0
    text: str | None = None
    text_by: str | None = None
    text_case: str | None = None
    text_at: int | None = None
    text_due: int | None = None
    text_told: int | None = 0
    step_ups: int | None = None
    records: int | None = None


def add(conn: Connection, use: EmergencyUse) -> None:
    """Keep a new one. Whoever opened its case in this transaction has told of the manifest by the case's row."""
    values = {name: getattr(use, name) for name in EmergencyUse.__slots__}
    manifests.lock(conn, CASES + use.workstation)
    manifests.enlist(conn, CASES + use.workstation, USE + use.id)
    integrity.add(conn, emergency_use, values)


def find(conn: Connection, use: str) -> EmergencyUse | None:
    """The one of that id."""
    row = integrity.one(conn, emergency_use, emergency_use.c.id == use)
    return None if row is None else _use(row)


def find_seen(conn: Connection, use: str) -> EmergencyUse | None:
    """``find``, for whoever only looks: None, too, for a row that is not the service's own."""
    found = integrity.rows(conn, emergency_use, emergency_use.c.id == use, skip=True)
    return _use(found[0]) if found else None


def goes_on(use: EmergencyUse, now: int) -> bool:
    """Whether it goes on, by the service's own count."""
    return use.ended is None and use.begun <= now < use.expires


def note_step_up(conn: Connection, use: EmergencyUse, records: int) -> bool:
    """One more step-up was granted in it, of so many records. False if another one was since ``use`` was read."""
    counted = {"step_ups": (use.step_ups or 0) + 1, "records": (use.records or 0) + records}
    as_read = emergency_use.c.step_ups.is_not_distinct_from(use.step_ups)
    return bool(integrity.change(conn, emergency_use, (emergency_use.c.id == use.id) & as_read, counted))


def lasting_at(conn: Connection, station: str) -> list[EmergencyUse]:
    """Those that last at that workstation. The caller has the workstation's lock (decision 33)."""
    mine = (emergency_use.c.workstation == station) & emergency_use.c.ended.is_(None)
    return [_use(row) for row in integrity.rows(conn, emergency_use, mine, skip=True)]


def begun_between(conn: Connection, station: str, since: int, until: int) -> int:
    """How many began at that workstation from ``since`` to ``until``, both included: what is told late is counted among
    those of its own time."""
    mine = (emergency_use.c.workstation == station) & emergency_use.c.begun.between(since, until)
    return conn.execute(select(func.count()).select_from(emergency_use).where(mine)).scalar_one()


def named_between(conn: Connection, station: str, person_id: str, since: int, until: int) -> int:
    """As ``begun_between``, of those in the name of that person."""
    mine = (emergency_use.c.workstation == station) & (emergency_use.c.person == person_id)
    then = emergency_use.c.begun.between(since, until)
    counted = select(func.count()).select_from(emergency_use).where(mine & then)
    return conn.execute(counted).scalar_one()


def extend(conn: Connection, use: EmergencyUse, expires: int) -> None:
    """It lasts until then, extended once more."""
    longer = {"expires": expires, "extended": use.extended + 1}
    integrity.change(conn, emergency_use, emergency_use.c.id == use.id, longer)


def end(conn: Connection, use: EmergencyUse, now: int, reason: str) -> None:
    """It is over, and its case can be closed. A row that is not the service's own is left as it is and told of by the
    alarm: it must keep nobody else's from ending, nor the next one from beginning."""
    review_cases.ended(conn, use.case_id, now)
    over = {"ended": now, "end_reason": reason}
    integrity.change(conn, emergency_use, emergency_use.c.id == use.id, over, skip=True)


def write_text(conn: Connection, use: EmergencyUse, text: str, by: str, now: int, case: str | None) -> None:
    """It was written about, by the person of the id ``by``; ``case``: under which a reviewer did. Before the row that
    tells of it, which tells of the manifest too."""
    manifests.lock(conn, CASES + use.workstation)
    manifests.enlist(conn, CASES + use.workstation, TEXT + use.id)
    written = {"text": text, "text_by": by, "text_at": now, "text_case": case}
    integrity.change(conn, emergency_use, emergency_use.c.id == use.id, written)


def names_of(values: Values) -> set[str]:
    """What the manifest of its workstation's cases lists of the row with these ``values``, unless it is of before."""
    named = {f"{USE}{values['id']}"}
    return named if values["text"] is None else named | {f"{TEXT}{values['id']}"}


def enlist_all(conn: Connection, station: str) -> None:
    """All that there are at that workstation, in a manifest that is made anew."""
    for row in conn.execute(select(emergency_use).where(emergency_use.c.workstation == station)):
        for name in sorted(names_of(row._mapping)):
            manifests.enlist(conn, CASES + station, name)


def missing(conn: Connection) -> list[str]:
    """Ids of those that were taken away, or whose text was: by somebody else."""
    there = {
        name
        for row in conn.execute(select(emergency_use.c.id, emergency_use.c.text))
        for name in names_of(row._mapping)
    }
    subjects = conn.execute(select(manifest.c.subject).where(manifest.c.subject.startswith(CASES))).scalars().all()
    listed = {name for subject in subjects for name in manifests.manifest_of(conn, subject).body}
    gone = (name for name in listed - there if name.startswith((USE, TEXT)))
    return sorted({name.partition(":")[2] for name in gone})


def note_asked(conn: Connection, use: EmergencyUse, told: int) -> None:
    """The text about it was asked for so often."""
    integrity.change(conn, emergency_use, emergency_use.c.id == use.id, {"text_told": told})


def unwritten(conn: Connection, person_id: str) -> list[EmergencyUse]:
    """Those that were said to be this person's, and about which nothing was written; the oldest first."""
    mine = (emergency_use.c.person == person_id) & emergency_use.c.text.is_(None)
    owed = emergency_use.c.text_due.is_not(None)
    return [
        _use(row) for row in integrity.rows(conn, emergency_use, mine, owed, order=(emergency_use.c.begun,), skip=True)
    ]


def to_be_asked(conn: Connection) -> list[EmergencyUse]:
    """Those about which a text is owed that was not asked for twice, the oldest first."""
    owed = emergency_use.c.text.is_(None) & emergency_use.c.text_due.is_not(None) & (emergency_use.c.text_told < 2)
    return [_use(row) for row in integrity.rows(conn, emergency_use, owed, order=(emergency_use.c.begun,), skip=True)]


def every(conn: Connection) -> list[EmergencyUse]:
    """All of them; a row that is not the service's own is left out, and told of by the alarm."""
    return [_use(row) for row in integrity.rows(conn, emergency_use, skip=True)]


def left_open(conn: Connection, now: int) -> list[EmergencyUse]:
    """Those whose end has passed, and of whose end nobody told."""
    late = emergency_use.c.ended.is_(None) & (emergency_use.c.expires + GRACE < now)
    return [_use(row) for row in integrity.rows(conn, emergency_use, late, skip=True)]


def beside(conn: Connection, station: str, place: str, now: int) -> tuple[str, ...]:
    """Names of the other workstations of ``place`` where one lasts."""
    lasts = emergency_use.c.ended.is_(None) & (emergency_use.c.expires + GRACE >= now)
    there = select(workstation.c.name).join(emergency_use, emergency_use.c.workstation == workstation.c.id)
    others = (workstation.c.place == place) & (workstation.c.id != station) & (workstation.c.state == "enrolled")
    return tuple(conn.execute(there.where(lasts, others).order_by(workstation.c.name).distinct()).scalars())


def neighbours(conn: Connection, station: str, place: str) -> list[str]:
    """Ids of the other workstations of ``place``."""
    others = (workstation.c.place == place) & (workstation.c.id != station) & (workstation.c.state == "enrolled")
    return list(conn.execute(select(workstation.c.id).where(others).order_by(workstation.c.id)).scalars())


def people_with(conn: Connection, roles: tuple[str, ...]) -> list[str]:
    """Ids of active people who have one of ``roles`` and can be told something, ``MAX_TOLD`` at most."""
    reachable = (person.c.state == "active") & person.c.contact.is_not(None)
    have = select(person.c.id).join(person_role, person_role.c.person == person.c.id)
    found = have.where(person_role.c.role.in_(roles), reachable).order_by(person.c.id).distinct().limit(MAX_TOLD)
    return list(conn.execute(found).scalars())


def _use(row: StoredRow) -> EmergencyUse:
    values = {name: getattr(row, name) for name in EmergencyUse.__slots__}
    return EmergencyUse(**{**values, "offline": bool(row.offline)})
