"""A list of persons and badges, taken in whole or not at all, every act of it in the trail."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, act_event
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append_all
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.policy import wording
from kiosk.service.records import carrying, list_roles, resembling, updating
from kiosk.service.records.line_problem import LineProblem
from kiosk.service.records.people_csv import PeopleFile, PersonEntry
from kiosk.service.records.updating import UpdatePlan
from kiosk.service.store import bulk, manifests, people, present
from kiosk.service.store.bulk import AddedPerson, NewPerson
from kiosk.service.store.factors import short_of
from kiosk.service.store.present import Present
from kiosk.service.store.sqlite import roomy


class ImportRefusedError(ActRefusedError):
    """Something is wrong with the list: ``problems``, in the order of their lines. Nothing was changed."""

    def __init__(self, problems: list[LineProblem]) -> None:
        wrong = sum(not problem.warning for problem in problems)
        super().__init__(f"Nothing was imported: {wrong} problem{'s' if wrong != 1 else ''}. Mend the file and repeat.")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Imported:
    """How much came in: new ``persons`` and ``badges``, and of people who were there ``changes``, and who has left."""

    persons: int
    badges: int
    changes: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """How a list is taken. ``allowed``: numbers that look reversed are only warned of. ``named``: the roles of the
    rules; None: new roles are meant as written. ``update``: people who are there are changed to what the list says.
    ``leave``: whoever works here and is not in it leaves."""

    allowed: bool = False
    named: frozenset[str] | None = None
    update: bool = False
    leave: bool = False


AS_EVER = Terms()


@dataclass(frozen=True, slots=True)
class CheckedList:
    """Everything that is wrong with a list, by line, what it would do, on which ``terms``; ``known``: what the store
    held when that was found out."""

    problems: list[LineProblem]
    known: tuple[int, ...]
    plan: UpdatePlan
    terms: Terms

    @property
    def ok(self) -> bool:
        """Whether the list may come in."""
        return all(problem.warning for problem in self.problems)


def check(conn: Connection, keys: BadgeKeys, read: PeopleFile, terms: Terms = AS_EVER) -> CheckedList:
    """What is wrong with ``read``, here and now, and what it would do."""
    logins = [entry.login for entry in read.entries]
    there: dict[str, Present] = present.of_logins(conn, logins) if terms.update else {}
    likes = bulk.likenesses(conn, keys, [entry.number for entry in read.entries if entry.number is not None])
    found = [
        *read.problems,
        *resembling.within(read, allowed=terms.allowed),
        *resembling.against_store(read.entries, there, likes, allowed=terms.allowed),
        *(_wrong_people(read, there) if terms.update else _taken(conn, read)),
    ]
    if terms.named is not None:
        found += list_roles.odd(read.entries, people.roles_held(conn) | terms.named)
    plan = updating.plan(conn, read.entries, there, likes) if terms.update else UpdatePlan(tuple(read.entries))
    return CheckedList(sorted(found, key=lambda problem: problem.line), bulk.known(conn), plan, terms)


def _taken(conn: Connection, read: PeopleFile) -> Iterator[LineProblem]:
    taken = bulk.logins_taken(conn, [entry.login for entry in read.entries])
    for entry in read.entries:
        if entry.login in taken:
            sentence = f"There is somebody with the login “{entry.login}” already."
            yield LineProblem(entry.line, f"{sentence} To change people who are there: --update", "login")


def _wrong_people(read: PeopleFile, there: dict[str, Present]) -> Iterator[LineProblem]:
    for entry in read.entries:
        known = there.get(entry.login)
        if known is None and not entry.name:
            yield LineProblem(entry.line, "There is nobody with this login, and to add somebody takes a name.", "login")
        elif known is not None and known.state == "left":
            sentence = f"{known.name} has left, and is left alone. For one who comes back: person resume {entry.login}"
            yield LineProblem(entry.line, sentence, "login", warning=True)


def run(
    conn: Connection,
    admin: Admin,
    keys: BadgeKeys,
    read: PeopleFile,
    name: str,
    checked: CheckedList,
    tell: Callable[[int], None] = lambda count: None,
) -> Imported:
    """Do what ``checked`` says, all of it or nothing. ``name``: the file's. ``tell`` hears how many are in.

    ``checked``: by ``check`` a moment ago, outside this transaction; looked at again if anything came in since. Raises
    ``ImportRefusedError``, and ``ActRefusedError`` where the list would do something else by now than what was shown.
    """
    _lock(conn, checked)
    checked = _as_shown(conn, keys, read, checked)
    plan, terms = checked.plan, checked.terms
    new = [
        NewPerson(person.login, person.name, person.roles, person.place, person.number, person.contact)
        for person in plan.new
    ]
    with roomy(conn), _uncollected():
        added = bulk.add_all(conn, keys, new, admin.now, tell)
    warned = {problem.line: problem.resembles for problem in checked.problems if problem.resembles}
    more: dict[str, Json] = {"import": read.sha256}
    going = plan.missing if terms.leave else ()
    entries = {entry.login: entry for entry in read.entries} if plan.changes else {}
    events = [
        *carrying.changes(conn, admin, keys, plan.changes, entries, warned, more),
        *carrying.leaving(conn, admin, going, more),
    ]
    given = sum(ids.badge is not None for ids in added) + sum(change.what == "badge" for change in plan.changes)
    done = Imported(len(added), given, len(plan.changes), len(going))
    if terms.update and not added and not events:
        return done
    of_new = _events(admin, read, list(zip(plan.new, added, strict=True)), warned)
    with _uncollected():
        # Last, because the chain's head is locked from here to the end.
        append_all(conn, SERVICE, chain(of_new, events, [_whole(admin, read, name, done, terms, len(warned))]))
    return done


def _lock(conn: Connection, shown: CheckedList) -> None:
    """Whoever is there and is to be changed, before any of them is looked at again (decision 33)."""
    going = [item.login for item in shown.plan.missing] if shown.terms.leave else []
    ids = bulk.ids_of(conn, going)
    manifests.lock(conn, *{change.person for change in shown.plan.changes}, *ids)


def _as_shown(conn: Connection, keys: BadgeKeys, read: PeopleFile, shown: CheckedList) -> CheckedList:
    """``shown``, or what is found now where anything may have changed. Raises as ``run``."""
    checked = shown
    if shown.terms.update or shown.known != bulk.known(conn):
        checked = check(conn, keys, read, shown.terms)
    if not checked.ok:
        raise ImportRefusedError(checked.problems)
    if checked.plan != shown.plan:
        raise ActRefusedError(
            "Somebody changed people meanwhile. Nothing was imported: look again at what it would do."
        )
    return checked


def _whole(admin: Admin, read: PeopleFile, name: str, done: Imported, terms: Terms, warnings: int) -> Event:
    """The row of the file itself."""
    said: dict[str, Json] = {"file": wording.of_path(name), "sha256": read.sha256, "bytes": read.size}
    said |= {"persons": done.persons, "badges": done.badges, "warnings": warnings}
    if terms.update:
        said |= {"changes": done.changes, "left": done.gone}
    return act_event(admin, "import", detail=said)


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
    admin: Admin, read: PeopleFile, pairs: list[tuple[PersonEntry, AddedPerson]], warned: dict[int, str]
) -> Iterator[Event]:
    for entry, ids in pairs:
        who = (ids.person, entry.login)
        roles: list[Json] = [*entry.roles]
        detail: dict[str, Json] = {"name": entry.name, "roles": roles, "import": read.sha256}
        if entry.place is not None:
            detail["place"] = entry.place
        yield act_event(admin, "person.add", who=who, detail=detail)
        if ids.badge is not None:
            like = warned.get(entry.line) or "none"
            mark = short_of(f"badge:{ids.badge}")
            given: dict[str, Json] = {"factor": mark, "badge": ids.badge, "resembles": like, "import": read.sha256}
            yield act_event(admin, "badge.add", who=who, detail=given)
