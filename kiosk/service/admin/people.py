"""Persons and roles."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person, whoever_works_here, worded
from kiosk.service.channels import outbox as telling
from kiosk.service.policy.roles import meant
from kiosk.service.policy.toml_values import ROLE
from kiosk.service.store import messages, people, stopping
from kiosk.service.store.stopping import EndedAccess

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_CONTACT = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,19}):(\S+)")
_ADDRESS = re.compile(r"[^\s@:/<>()\",;]+@[^\s@:/<>()\",;]+")
"""What can only be an address of mail (RFC 5322 section 3.4.1, without quoted parts)."""
MAILTO = "mailto:"
MAX_LOGIN = 64
MAX_NAME = 100
MAX_CONTACT = 200
MAX_PLACE = 100


def add(
    conn: Connection, admin: Admin, login: str, name: str, roles: Sequence[str], named: Collection[str] | None = None
) -> str:
    """A new person; the id. Logins are lower case. ``named``: as for ``check_known``. Raises ``ActRefusedError``."""
    login, name = check_login(login), check_name(name)
    check_known(conn, roles, named)
    if people.find(conn, login):
        raise ActRefusedError(f"There is somebody with the login “{login}” already. Choose another.")
    made = people.add(conn, login, name, admin.now)
    for role in dict.fromkeys(roles):
        people.add_role(conn, made, role)
    said: list[Json] = [*dict.fromkeys(roles)]
    record(conn, admin, "person.add", person=the_person(conn, login), detail={"name": name, "roles": said})
    return made


def set_contact(conn: Connection, admin: Admin, login: str, contact: str | None) -> None:
    """Where the person is told of what is done to their factors; None: nowhere. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    new = check_contact(contact) if contact is not None else None
    before = messages.contact_of(conn, person.id)
    if before is not None and before != new:
        # Where they were told until now, they are told of this, too: nobody silences them by changing the address.
        telling.tell(conn, person.id, "contact_changed", admin.now)
    messages.set_contact(conn, person.id, new)
    record(conn, admin, "person.contact", person=person, detail={"set": new is not None, "before": before is not None})


def rename(conn: Connection, admin: Admin, login: str, name: str) -> None:
    """The person is called so from now on; the login stays. Raises ``ActRefusedError``."""
    person, name = the_person(conn, login), check_name(name)
    if person.name == name:
        raise ActRefusedError(f"{login} is called {name} already.")
    people.set_name_and_place(conn, person.id, {"name": name})
    record(conn, admin, "person.rename", person=person, detail={"from": person.name, "to": name})


def relogin(conn: Connection, admin: Admin, login: str, new: str) -> None:
    """The person types this login from now on; what is open stays. Raises ``ActRefusedError``."""
    person, new = the_person(conn, login), check_login(new)
    if people.find(conn, new):
        raise ActRefusedError(f"There is somebody with the login “{new}” already. {login} keeps theirs.")
    people.set_login(conn, person.id, new)
    record(conn, admin, "person.login", person=the_person(conn, new), detail={"from": person.login, "to": new})


def move(conn: Connection, admin: Admin, login: str, place: str) -> None:
    """The person usually works there from now on. Raises ``ActRefusedError``."""
    person, place = the_person(conn, login), worded(place, MAX_PLACE, "A place")
    before = people.place_of(conn, person.id)
    if before == place:
        raise ActRefusedError(f"{person.name} works at {place} already.")
    people.set_name_and_place(conn, person.id, {"place": place})
    record(conn, admin, "person.move", person=person, detail={"from": before, "to": place})


def check_contact(contact: str) -> str:
    """``contact`` as it is stored: an address with its scheme, in lower case (RFC 3986 section 3.1).

    A bare address of mail is one of ``mailto:``. Raises ``ActRefusedError``.
    """
    if _ADDRESS.fullmatch(contact):
        contact = f"{MAILTO}{contact}"
    found = _CONTACT.fullmatch(contact)
    if len(contact) > MAX_CONTACT:
        raise ActRefusedError(f"A contact has at most {MAX_CONTACT} characters.")
    if found is None or not contact.isprintable():
        raise ActRefusedError(
            "Write a contact with its kind, such as mailto:anna@hospital.example or tel:+41791234567."
        )
    return f"{found[1].lower()}:{found[2]}"


def check_login(login: str) -> str:
    """``login`` as it is stored. Raises ``ActRefusedError``."""
    login = login.lower()
    if len(login) > MAX_LOGIN:
        raise ActRefusedError(f"“{login[:MAX_LOGIN]}…” cannot be a login: it has more than {MAX_LOGIN} characters.")
    if not _LOGIN.fullmatch(login):
        raise ActRefusedError(f"“{login}” cannot be a login: letters a to z, digits, and . _ @ - inside.")
    return login


def check_name(name: str) -> str:
    """``name`` as it is stored (``wording.tidy``). Raises ``ActRefusedError``."""
    return worded(name, MAX_NAME, "A name")


def check_role(role: str) -> None:
    """Raises ``ActRefusedError``."""
    if not ROLE.fullmatch(role):
        raise ActRefusedError(f"“{role}” cannot be a role: lower-case letters, digits, - and _, at most 40.")


def check_known(conn: Connection, roles: Sequence[str], named: Collection[str] | None) -> tuple[str, ...]:
    """Those of ``roles`` that are new here. ``named``: the roles of the rules; None: new roles are meant as written.

    Raises ``ActRefusedError`` for what cannot be a role, and for what looks like a known one mistyped: nobody would
    have the rights, and nobody the duties, that the rules give to the one that was meant.
    """
    for role in roles:
        check_role(role)
    if named is None:
        return ()
    known = people.roles_held(conn).union(named)
    new = tuple(role for role in roles if role not in known)
    for role in new:
        back = asked_back(role, known)
        if back is not None:
            raise ActRefusedError(f"{back} To add a new one all the same: --new-role")
    return new


def asked_back(role: str, known: Collection[str]) -> str | None:
    """What is asked of ``role``, which is none of ``known``: None unless it looks like one of them mistyped."""
    close = meant(role, known)
    if close is None:
        return None
    return f"There is no role “{role}” yet: did you mean “{close}”? Known are {', '.join(sorted(known))}."


def suspend(conn: Connection, admin: Admin, login: str) -> int:
    """Nothing of the person's signs in any more; what is open or under way ends. How many sessions.

    Raises ``ActRefusedError``.
    """
    person = the_person(conn, login)
    if not person.active:
        raise ActRefusedError(f"{person.name} is suspended already.")
    people.set_active(conn, person.id, False)
    ended = stopping.end_everywhere(conn, person.id, admin.now, "suspended")
    record(conn, admin, "person.suspend", person=person, detail=ended_told(ended))
    return ended.sessions


def ended_told(ended: EndedAccess) -> dict[str, Json]:
    """What the trail says of all that ended with a person."""
    return {"sessions_ended": ended.sessions, "resets_ended": [*ended.resets], "code_withdrawn": ended.code}


def resume(conn: Connection, admin: Admin, login: str) -> None:
    """The person may sign in again, with a second factor: nothing from before goes on. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    if person.active:
        raise ActRefusedError(f"{person.name} is not suspended.")
    people.set_active(conn, person.id, True)
    # Whoever was suspended by an earlier version kept their grace.
    stopping.forget(conn, person.id, admin.now)
    record(conn, admin, "person.resume", person=person)


def add_role(conn: Connection, admin: Admin, login: str, role: str, named: Collection[str] | None = None) -> int:
    """What is open is locked, so that the new role's rules hold, too. How many sessions.

    ``named``: as for ``check_known``. Raises ``ActRefusedError``.
    """
    person = whoever_works_here(conn, login)
    check_known(conn, (role,), named)
    if not people.add_role(conn, person.id, role):
        raise ActRefusedError(f"{person.name} has the role “{role}” already.")
    locked = stopping.lock_everywhere(conn, person.id, admin.now, "role")
    record(conn, admin, "role.add", person=person, detail={"role": role, "sessions_locked": locked})
    return locked


def remove_role(conn: Connection, admin: Admin, login: str, role: str) -> int:
    """What is open is locked, and what is being proved by that role ends. How many sessions. Raises
    ``ActRefusedError``."""
    person = the_person(conn, login)
    if not people.remove_role(conn, person.id, role):
        raise ActRefusedError(f"{person.name} does not have the role “{role}”.")
    locked = stopping.lock_everywhere(conn, person.id, admin.now, "role")
    record(conn, admin, "role.remove", person=person, detail={"role": role, "sessions_locked": locked})
    return locked
