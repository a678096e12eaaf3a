"""A whole answer of a directory: what it would change, and carrying that out, one person a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.directory import brake, carrying
from kiosk.service.directory.brake import Braked
from kiosk.service.directory.deciding import PersonPlan, RoleGiving, decide
from kiosk.service.directory.wanted import WantedPerson
from kiosk.service.platform.directory_settings import folded
from kiosk.service.store import directory, people
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreConflictError
from kiosk.service.store.vouching import TamperedError


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """``person``: the id, None for somebody new; ``wanted``: None for somebody who is there no more."""

    person: str | None
    wanted: WantedPerson | None
    plan: PersonPlan


@dataclass(frozen=True, slots=True)
class DirectoryPlan:
    """``persons``: those about whom something is to be done, or refused. ``managed``: how many there are in all."""

    source: str
    managed: int
    persons: tuple[PlannedPerson, ...]

    @property
    def leaving(self) -> int:
        """How many persons would lose their access."""
        return sum(person.plan.leaving for person in self.persons)

    @property
    def raising(self) -> int:
        """How many privileged roles would be given."""
        return sum(person.plan.raising for person in self.persons)

    @property
    def altering(self) -> int:
        """How many persons would have another login, or a role less."""
        return sum(person.plan.altering for person in self.persons)

    @property
    def refused(self) -> int:
        """About how many persons nothing can be done."""
        return sum(person.plan.refused is not None for person in self.persons)


def make(conn: Connection, source: str, answer: Sequence[WantedPerson], giving: RoleGiving) -> DirectoryPlan:
    """What a whole ``answer`` of ``source`` would change. Changes nothing. Raises ``TamperedError``."""
    managed = directory.everyone(conn, source)
    by_id = {now.mark.external_id: now for now in managed}
    taken = people.ids_by_login(conn)
    planned, seen = [], set()
    for wanted in answer:
        now = by_id.get(wanted.external_id)
        person = None if now is None else now.line.id
        seen.add(person)
        if person is None and not wanted.active:
            continue  # nobody is added only to be suspended
        owner = taken.get(wanted.login)
        plan = decide(now, wanted, giving, login_taken=owner is not None and owner != person)
        planned.append(PlannedPerson(person, wanted, plan))
    for now in managed:
        if now.line.id not in seen:
            planned.append(PlannedPerson(now.line.id, None, decide(now, None, giving)))
    return DirectoryPlan(source, len(managed), _worth_telling(planned))


def kept(conn: Connection, source: str, giving: RoleGiving) -> DirectoryPlan:
    """What follows from all that a source which speaks SCIM has said so far: roles, after a change of the settings or
    of a role by hand. Changes nothing. Raises ``TamperedError``."""
    names = {group.id: folded(group.name) for group in directory.groups(conn, source)}
    managed, planned = directory.everyone(conn, source), []
    for now in managed:
        groups = frozenset(names[group] for group in now.groups if group in names)
        wanted = WantedPerson(now.mark.external_id, now.line.login, now.line.name, now.line.active, groups)
        planned.append(PlannedPerson(now.line.id, wanted, decide(now, wanted, giving)))
    return DirectoryPlan(source, len(managed), _worth_telling(planned))


def _worth_telling(planned: Sequence[PlannedPerson]) -> tuple[PlannedPerson, ...]:
    return tuple(item for item in planned if item.plan.acts or item.plan.refused)


@dataclass(slots=True)
class CarriedOut:
    """What came of a plan: how many persons were changed, and about whom nothing could be done, with why."""

    changed: int
    refused: list[tuple[str, str]]


def check(conn: Connection, plan: DirectoryPlan, giving: RoleGiving, now: int) -> None:
    """Raises ``BrakeError``."""
    brake.check(conn, plan.source, Braked(plan.leaving, plan.raising, plan.altering), giving.rules, now)


def carry_out(
    db: Database, admin: Admin, plan: DirectoryPlan, giving: RoleGiving, stopped: Callable[[], bool] = lambda: False
) -> CarriedOut:
    """One person a transaction, each looked at again: who was changed meanwhile has what is right now. Blocks.

    Whoever leaves comes first. Raises ``StoreError``; what was done before stays, the next answer brings the rest.
    """
    done = CarriedOut(0, [])
    for item in sorted(plan.persons, key=lambda item: not item.plan.leaving):
        if stopped():
            break
        if item.plan.refused is not None:
            done.refused.append((item.plan.login, item.plan.refused))
            continue
        try:
            done.changed += db.write_now(_one, admin, item, giving)
        except (ActRefusedError, StoreConflictError, TamperedError) as error:
            done.refused.append((item.plan.login, str(error)))
    return done


def _one(conn: Connection, admin: Admin, item: PlannedPerson, giving: RoleGiving) -> bool:
    plan = carrying.plan_of(conn, item.person, item.wanted, giving)
    if plan.refused is not None:
        raise ActRefusedError(plan.refused)
    if (plan.leaving, plan.altering) > (item.plan.leaving, item.plan.altering) or plan.raising > item.plan.raising:
        return False  # more than the brake has seen: the next answer
    carrying.carry(conn, admin, item.person, item.wanted, plan, giving)
    return bool(plan.acts)
