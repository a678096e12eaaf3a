"""A list of persons and badges, taken in whole or not at all, every act of it in the trail."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefused, Admin, act_event
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append_all
from kiosk.service.keys import BadgeKeys
from kiosk.service.records import resembling
from kiosk.service.records.people_csv import Entry, PeopleFile, Problem
from kiosk.service.store import bulk
from kiosk.service.store.bulk import Added, NewPerson
from kiosk.service.store.sqlite import roomy


class ImportRefused(ActRefused):
    """Something is wrong with the list: ``problems``, in the order of their lines. Nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        wrong = sum(not problem.warning for problem in problems)
        super().__init__(f"Nothing was imported: {wrong} problem{'s' if wrong != 1 else ''}. Mend the file and repeat.")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Imported:
    """How much came in."""

    persons: int
    badges: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that is wrong with a list, by line, and ``known``: what the store held when that was found out."""

    problems: list[Problem]
    known: tuple[int, ...]

    @property
    def ok(self) -> bool:
        """Whether the list may come in."""
        return all(problem.warning for problem in self.problems)


def check(conn: Connection, keys: BadgeKeys, read: PeopleFile, *, allowed: bool) -> Checked:
    """What is wrong with ``read``, here and now. ``allowed``: numbers that look reversed are only warned of."""
    found = [
        *read.problems,
        *resembling.within(read, allowed=allowed),
        *resembling.against_store(conn, keys, read.entries, allowed=allowed),
    ]
    return Checked(sorted(found, key=lambda problem: problem.line), bulk.known(conn))


def run(
    conn: Connection,
    admin: Admin,
    keys: BadgeKeys,
    read: PeopleFile,
    name: str,
    checked: Checked,
    tell: Callable[[int], None] = lambda count: None,
    *,
    allowed: bool = False,
) -> Imported:
    """Add everybody of ``read``. ``name``: the file's. ``tell`` hears how many are in. Raises ``ImportRefused``.

    ``checked``: by ``check`` a moment ago, outside this transaction; looked at again if anything came in since.
    """
    if checked.known != bulk.known(conn):
        checked = check(conn, keys, read, allowed=allowed)
    if not checked.ok:
        raise ImportRefused(checked.problems)
    new = [NewPerson(one.login, one.name, one.roles, one.place, one.number, one.contact) for one in read.entries]
    with roomy(conn), _uncollected():
        added = bulk.add_all(conn, keys, new, admin.now, tell)
    warned = {problem.line: problem.resembles for problem in checked.problems}
    done = Imported(len(added), sum(ids.badge is not None for ids in added))
    events = _events(admin, read, name, list(zip(read.entries, added, strict=True)), warned, done)
    with _uncollected():
        # Last, because the chain's head is locked from here to the end.
        append_all(conn, SERVICE, events)
    return done


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the cycle collector: it would walk every row again and again, a quarter of the time, and find none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _events(
    admin: Admin, read: PeopleFile, name: str, pairs: list[tuple[Entry, Added]], warned: dict[int, str], done: Imported
) -> Iterator[Event]:
    for entry, ids in pairs:
        who = (ids.person, entry.login)
        roles: list[Json] = [*entry.roles]
        detail: dict[str, Json] = {"name": entry.name, "roles": roles, "import": read.sha256}
        if entry.place is not None:
            detail["place"] = entry.place
        yield act_event(admin, "person.add", who=who, detail=detail)
        if ids.badge is not None:
            like = warned.get(entry.line, "none")
            given: dict[str, Json] = {"badge": ids.badge, "resembles": like, "import": read.sha256}
            yield act_event(admin, "badge.add", who=who, detail=given)
    whole: dict[str, Json] = {"file": name, "sha256": read.sha256, "bytes": read.size}
    yield act_event(
        admin, "import", detail={**whole, "persons": done.persons, "badges": done.badges, "warnings": len(warned)}
    )
