"""Whom a directory manages, and the groups that it keeps here: changes and look-ups."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kiosk.service.store import integrity, manifests
from kiosk.service.store.guarded import DIRECTORY
from kiosk.service.store.people import PersonLine, by_id, fresh_id
from kiosk.service.store.schema import directory_group, directory_member, directory_person, person, person_role
from kiosk.service.store.sql_types import StoredRow

AT_ONCE = 500
"""Ids in one condition of a query."""


@dataclass(frozen=True, slots=True)
class ManagedMark:
    """That a directory manages ``person``. ``stopped``, ``raised``: epoch seconds, see the table."""

    person: str
    source: str
    external_id: str | None
    since: int
    changed: int
    stopped: int | None
    raised: int | None

    @property
    def keeps_out(self) -> bool:
        """Whether the directory stopped them, and may let them in again."""
        return self.stopped is not None and self.stopped >= 0


@dataclass(frozen=True, slots=True)
class ManagedPerson:
    """Somebody whom a directory manages, as they are now. ``groups``: ids of its groups that are kept here."""

    mark: ManagedMark
    line: PersonLine
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group of a directory that is kept here."""

    id: str
    source: str
    external_id: str | None
    name: str
    since: int
    changed: int


def mark_of(conn: Connection, person_id: str) -> ManagedMark | None:
    """The mark of that person, None for one whom no directory manages. Raises ``TamperedError``."""
    row = integrity.one(conn, directory_person, directory_person.c.person == person_id)
    return None if row is None else _mark(row)


def managed(conn: Connection, person_id: str) -> ManagedPerson | None:
    """That person with mark and groups, None for one whom no directory manages. They are locked first."""
    manifests.lock(conn, person_id)
    mark = mark_of(conn, person_id)
    if mark is None:
        return None
    rows = integrity.rows(conn, directory_member, directory_member.c.person == person_id)
    return ManagedPerson(mark, by_id(conn, person_id), tuple(sorted(row.group_id for row in rows)))


def everyone(conn: Connection, source: str, only: Collection[str] | None = None) -> list[ManagedPerson]:
    """Everybody whom ``source`` manages, or those with the ids ``only``, by id, without what they prove with.

    As they stand there: to plan by, not to be believed. Each is looked at again before anything is done about them.
    """
    mine = directory_person.c.source == source
    if only is not None:
        mine &= directory_person.c.person.in_(sorted(only))
    roles: dict[str, list[str]] = {}
    held = person_role.join(directory_person, directory_person.c.person == person_role.c.person)
    for row in conn.execute(select(person_role).select_from(held).where(mine).order_by(person_role.c.role)):
        roles.setdefault(row.person, []).append(row.role)
    groups: dict[str, list[str]] = {}
    entered = directory_member.join(directory_person, directory_person.c.person == directory_member.c.person)
    for row in conn.execute(select(directory_member).select_from(entered).where(mine)):
        groups.setdefault(row.person, []).append(row.group_id)
    joined = directory_person.join(person, person.c.id == directory_person.c.person)
    wanted = select(directory_person, person.c.login, person.c.name, person.c.state).select_from(joined).where(mine)
    return [
        ManagedPerson(
            _mark(row),
            PersonLine(row.person, row.login, row.name, tuple(roles.get(row.person, ())), row.state, ()),
            tuple(sorted(groups.get(row.person, ()))),
        )
        for row in conn.execute(wanted.order_by(directory_person.c.person))
    ]


def by_external_id(conn: Connection, source: str, external_id: str) -> str | None:
    """Id of the person whom ``source`` calls so."""
    mine = (directory_person.c.source == source) & (directory_person.c.external_id == external_id)
    return conn.execute(select(directory_person.c.person).where(mine)).scalar()


def mark(conn: Connection, person_id: str, source: str, external_id: str | None, now: int) -> None:
    """``source`` manages the person from now on. ``StoreConflictError`` where it calls somebody else so."""
    values = {"person": person_id, "source": source, "external_id": external_id, "since": now, "changed": now}
    integrity.add(conn, directory_person, values)


def remark(conn: Connection, person_id: str, now: int, **values: str | int | None) -> None:
    """Change the person's mark. ``StoreConflictError`` for an ``external_id`` that is somebody else's."""
    integrity.change(conn, directory_person, directory_person.c.person == person_id, {**values, "changed": now})


def unmark(conn: Connection, person_id: str) -> None:
    """No directory manages the person any more, and they are in none of its groups."""
    integrity.remove(conn, directory_member, directory_member.c.person == person_id)
    integrity.remove(conn, directory_person, directory_person.c.person == person_id)


def stopped_once(conn: Connection, person_id: str, at: int, now: int) -> None:
    """The person lost their access at ``at``, and it is not the directory any more that keeps it from them. It counts
    all the same: else whoever lets everybody leave and come back, one by one, takes all factors and is never seen."""
    remark(conn, person_id, now, stopped=-at)


def count(conn: Connection, source: str, before: int, since: int) -> int:
    """How many persons ``source`` manages since ``before`` or longer, and lets in or has stopped after ``since``."""
    stopped = directory_person.c.stopped
    here = stopped.is_(None) | (stopped < 0) | (stopped >= since)
    mine = (directory_person.c.source == source) & here & (directory_person.c.since <= before)
    return int(conn.execute(select(func.count()).select_from(directory_person).where(mine)).scalar_one())


def stopped_lately(conn: Connection, source: str, since: int) -> int:
    """How many persons ``source`` stopped at or after ``since``: also those whom it has let in again."""
    mine = (directory_person.c.source == source) & (func.abs(directory_person.c.stopped) >= since)
    return int(conn.execute(select(func.count()).select_from(directory_person).where(mine)).scalar_one())


def raised_lately(conn: Connection, source: str, since: int, privileged: Collection[str]) -> int:
    """How many roles of ``privileged`` those have to whom ``source`` gave one at or after ``since``; one at least each,
    for it may have taken them again."""
    held = (person_role.c.person == directory_person.c.person) & person_role.c.role.in_(privileged)
    mine = (directory_person.c.source == source) & (directory_person.c.raised >= since)
    each = select(func.count(person_role.c.role)).select_from(directory_person.outerjoin(person_role, held))
    return sum(max(1, roles) for roles in conn.execute(each.where(mine).group_by(directory_person.c.person)).scalars())


def altered_lately(conn: Connection, source: str, since: int) -> int:
    """To how many persons ``source`` gave another login, or from how many it took a role, at or after ``since``."""
    mine = (directory_person.c.source == source) & (directory_person.c.altered >= since)
    return int(conn.execute(select(func.count()).select_from(directory_person).where(mine)).scalar_one())


def ids(conn: Connection, source: str, start: int, number: int, login: str | None = None) -> tuple[list[str], int]:
    """Ids of those whom ``source`` manages and who have not left, by id, from the ``start``-th; and how many there are.

    ``login``: only the one of that login.
    """
    joined = directory_person.join(person, person.c.id == directory_person.c.person)
    mine = (directory_person.c.source == source) & (person.c.state != "left")
    if login is not None:
        mine &= person.c.login == login
    total = conn.execute(select(func.count()).select_from(joined).where(mine)).scalar_one()
    page = select(person.c.id).select_from(joined).where(mine).order_by(person.c.id).offset(start).limit(number)
    return list(conn.execute(page).scalars()), int(total)


def lock_groups(conn: Connection) -> None:
    """Nobody else changes a group, token or source until this transaction ends."""
    manifests.lock(conn, DIRECTORY)


def group(conn: Connection, source: str, group_id: str) -> DirectoryGroup | None:
    """That group of ``source``. Raises ``TamperedError``."""
    mine = (directory_group.c.source == source) & (directory_group.c.id == group_id)
    row = integrity.one(conn, directory_group, mine)
    return None if row is None else _group(row)


def groups(conn: Connection, source: str) -> list[DirectoryGroup]:
    """All groups of ``source``, by id. Raises ``TamperedError``."""
    order = (directory_group.c.id,)
    return [
        _group(row) for row in integrity.rows(conn, directory_group, directory_group.c.source == source, order=order)
    ]


def add_group(conn: Connection, source: str, name: str, external_id: str | None, now: int) -> str:
    """A new group without members; its id. ``StoreConflictError`` for a name that ``source`` has already."""
    made = fresh_id()
    values = {"id": made, "source": source, "name": name, "external_id": external_id, "since": now, "changed": now}
    integrity.add(conn, directory_group, values)
    return made


def change_group(conn: Connection, group_id: str, name: str, external_id: str | None, now: int) -> None:
    """It is called so from now on. ``StoreConflictError`` for a name that its source has already."""
    values = {"name": name, "external_id": external_id, "changed": now}
    integrity.change(conn, directory_group, directory_group.c.id == group_id, values)


def remove_group(conn: Connection, group_id: str) -> None:
    """Take a group away that has no members any more."""
    integrity.remove(conn, directory_group, directory_group.c.id == group_id)


def members(conn: Connection, group_id: str) -> list[str]:
    """Ids of its members, in order, as they stand there: each is looked at again before anything follows from it."""
    mine = select(directory_member.c.person).where(directory_member.c.group_id == group_id)
    return list(conn.execute(mine.order_by(directory_member.c.person)).scalars())


def enter(conn: Connection, group_id: str, person_id: str) -> None:
    """The person is a member from now on, who was none."""
    integrity.add(conn, directory_member, {"group_id": group_id, "person": person_id})


def quit_group(conn: Connection, group_id: str, person_id: str) -> None:
    """The person is a member no more."""
    mine = (directory_member.c.group_id == group_id) & (directory_member.c.person == person_id)
    integrity.remove(conn, directory_member, mine)


def quit_all(conn: Connection, person_id: str) -> None:
    """The person is a member of no group that is kept here."""
    integrity.remove(conn, directory_member, directory_member.c.person == person_id)


def unknown(conn: Connection, source: str, persons: Collection[str]) -> set[str]:
    """Those of ``persons`` whom ``source`` does not manage, or who have left."""
    joined = directory_person.join(person, person.c.id == directory_person.c.person)
    mine = (directory_person.c.source == source) & (person.c.state != "left")
    missing, asked = set(persons), sorted(persons)
    for start in range(0, len(asked), AT_ONCE):
        some = person.c.id.in_(asked[start : start + AT_ONCE])
        missing -= set(conn.execute(select(person.c.id).select_from(joined).where(mine & some)).scalars())
    return missing


def _mark(row: StoredRow) -> ManagedMark:
    return ManagedMark(row.person, row.source, row.external_id, row.since, row.changed, row.stopped, row.raised)


def _group(row: StoredRow) -> DirectoryGroup:
    return DirectoryGroup(row.id, row.source, row.external_id, row.name, row.since, row.changed)
