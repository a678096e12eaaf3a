"""Carries out what a directory wants of one person, by administrators' acts, in the caller's transaction."""

from __future__ import annotations

import os

from sqlalchemy import Connection

from kiosk.service.admin import life, people
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person
from kiosk.service.directory.deciding import PersonPlan, PlannedAct, RoleGiving, decide
from kiosk.service.directory.wanted import WantedPerson
from kiosk.service.store import directory
from kiosk.service.store import people as stored

NEVER_IN = 0
"""``stopped`` of somebody who came suspended: the brake counts who loses their access."""


def acting(source: str, now: int, how: str = "directory") -> Admin:
    """Who stands in the trail for what ``source`` wants. ``how``: who spoke for it, such as a token's id."""
    return Admin(f"directory {source}", os.geteuid(), now, None, how, source)


def plan_of(conn: Connection, person: str | None, wanted: WantedPerson | None, giving: RoleGiving) -> PersonPlan:
    """What is to be done now about ``person``, an id, None for somebody new. They are locked. Raises
    ``TamperedError``."""
    now = None if person is None else directory.managed(conn, person)
    taken = None if wanted is None else stored.find(conn, wanted.login.lower())
    return decide(now, wanted, giving, login_taken=taken is not None and taken.id != person)


def carry(
    conn: Connection,
    admin: Admin,
    person: str | None,
    wanted: WantedPerson | None,
    plan: PersonPlan,
    giving: RoleGiving,
) -> str | None:
    """Do what ``plan_of`` said in this transaction; the person's id. Raises ``ActRefusedError``: nothing is to stay."""
    source = admin.source or ""
    if person is None and wanted is not None:
        person = _create(conn, admin, source, wanted, plan)
    if person is None:
        return None
    login = plan.login
    for act in plan.acts:
        if act.kind == "login":
            people.relogin(conn, admin, login, act.value)
            login = people.check_login(act.value)
        elif act.kind != "create":
            _one(conn, admin, person, login, act)
    if not plan.leaving and any(act.kind == "suspend" for act in plan.acts):
        directory.remark(conn, person, admin.now, stopped=NEVER_IN)
    if plan.altering:
        directory.remark(conn, person, admin.now, altered=admin.now)
    if plan.raising:
        directory.remark(conn, person, admin.now, raised=admin.now)
    elif plan.acts:
        directory.remark(conn, person, admin.now)
    return person


def _create(conn: Connection, admin: Admin, source: str, wanted: WantedPerson, plan: PersonPlan) -> str:
    made = people.add(conn, admin, wanted.login, wanted.name, ())
    directory.mark(conn, made, source, wanted.external_id, admin.now)
    return made


def _one(conn: Connection, admin: Admin, person: str, login: str, act: PlannedAct) -> None:
    match act.kind:
        case "back":
            people.resume(conn, admin, login)
            _let_in(conn, admin, person)
        case "name":
            people.rename(conn, admin, login, act.value)
        case "role_add":
            people.add_role(conn, admin, login, act.value)
        case "role_remove":
            people.remove_role(conn, admin, login, act.value)
        case "suspend":
            people.suspend(conn, admin, login)
            directory.remark(conn, person, admin.now, stopped=admin.now)
        case "leave":
            _leave(conn, admin, person, login)


def _leave(conn: Connection, admin: Admin, person: str, login: str) -> None:
    """Whom an administrator had suspended, a directory never brings back: their mark does not say that it stopped
    them."""
    mark, line = directory.mark_of(conn, person), stored.by_id(conn, person)
    directory.quit_all(conn, person)
    life.leave(conn, admin, login, f"by the directory “{admin.source}”")
    if line.active or (mark is not None and mark.keeps_out):
        directory.remark(conn, person, admin.now, stopped=admin.now)
    else:
        directory.stopped_once(conn, person, admin.now, admin.now)


def _let_in(conn: Connection, admin: Admin, person: str) -> None:
    mark = directory.mark_of(conn, person)
    if mark is not None and mark.stopped:
        directory.stopped_once(conn, person, mark.stopped, admin.now)
    else:
        directory.remark(conn, person, admin.now, stopped=None)


def adopt(conn: Connection, admin: Admin, login: str, source: str, external_id: str | None) -> None:
    """A person whom an administrator added is ``source``'s from now on. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    had = directory.mark_of(conn, person.id)
    if had is not None:
        raise ActRefusedError(f"The directory “{had.source}” manages {person.login} already.")
    if external_id is not None and directory.by_external_id(conn, source, external_id) is not None:
        raise ActRefusedError(f"“{source}” calls somebody else {external_id} already.")
    directory.mark(conn, person.id, source, external_id, admin.now)
    record(conn, admin, "directory.adopt", person=person, detail={"source": source, "external_id": external_id})


def release(conn: Connection, admin: Admin, login: str) -> str:
    """No directory manages the person any more; which one did. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    had = directory.mark_of(conn, person.id)
    if had is None:
        raise ActRefusedError(f"No directory manages {person.login}.")
    directory.unmark(conn, person.id)
    detail = {"source": had.source, "external_id": had.external_id}
    record(conn, admin, "directory.release", person=person, detail={**detail})
    return had.source
