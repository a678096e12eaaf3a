"""What a list would change of people who are there already: found out first, shown, and only then carried out.

A column that the list has not, and an empty cell, change nothing. The roles of a cell are all the person's roles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from kiosk.service.records.people_csv import PersonEntry
from kiosk.service.store import present
from kiosk.service.store.bulk import Likeness
from kiosk.service.store.present import Present

What = Literal["name", "place", "contact", "badge", "role given", "role taken"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of one person. ``before`` and ``after``: in words; of a contact neither, of a badge what stays."""

    line: int
    person: str
    login: str
    what: What
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class LeavingPerson:
    """Somebody who is not in the list."""

    login: str
    name: str


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """Everything that a list would do. ``same``: people of it who are so already. ``left``: logins of people who left
    before, and whom a list does not bring back. ``missing``: everybody who works here and is not in it."""

    new: tuple[PersonEntry, ...]
    changes: tuple[Change, ...] = ()
    same: int = 0
    left: tuple[str, ...] = ()
    missing: tuple[LeavingPerson, ...] = ()

    @property
    def taken(self) -> tuple[Change, ...]:
        """Roles that would be taken away."""
        return tuple(change for change in self.changes if change.what == "role taken")

    def given(self, roles: Collection[str]) -> list[tuple[str, str, str]]:
        """Who would get which of ``roles``: login, name and role, in order."""
        new = [(person.login, person.name, role) for person in self.new for role in person.roles if role in roles]
        more = [(c.login, "", c.after) for c in self.changes if c.what == "role given" and c.after in roles]
        return [*new, *more]


def plan(
    conn: Connection, entries: list[PersonEntry], there: Mapping[str, Present], likes: Mapping[bytes, Likeness]
) -> UpdatePlan:
    """What ``entries`` would do. ``there``: their people who are there, by login. ``likes``: of their badges."""
    changes: list[Change] = []
    same, left = 0, []
    for entry in entries:
        person = there.get(entry.login)
        if person is None:
            continue
        if person.state == "left":
            left.append(entry.login)
            continue
        found = list(_changes(entry, person, likes))
        same += not found
        changes += found
    new = tuple(entry for entry in entries if entry.login not in there)
    others = present.others(conn, [entry.login for entry in entries])
    return UpdatePlan(new, tuple(changes), same, tuple(left), tuple(LeavingPerson(*person) for person in others))


def _changes(entry: PersonEntry, person: Present, likes: Mapping[bytes, Likeness]) -> Iterator[Change]:
    who = (entry.line, person.id, person.login)
    if entry.name and entry.name != person.name:
        yield Change(*who, "name", person.name, entry.name)
    if entry.place and entry.place != person.place:
        yield Change(*who, "place", person.place or "", entry.place)
    if entry.contact and entry.contact != person.contact:
        yield Change(*who, "contact")
    if entry.number is not None:
        like = likes.get(entry.number)
        if like is None or like.kind not in ("taken", "card"):
            yield Change(*who, "badge", f"{person.badges} stay" if person.badges else "", "one more")
    if entry.roles:
        yield from (Change(*who, "role taken", role) for role in person.roles if role not in entry.roles)
        yield from (Change(*who, "role given", "", role) for role in entry.roles if role not in person.roles)
