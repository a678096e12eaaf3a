"""Persons and their roles: changes. What a ceremony looks up about them is in ``lookups``."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select

from kiosk.model.binding import b64u
from kiosk.service.store import integrity, manifests, vouching
from kiosk.service.store.guarded import ROLE
from kiosk.service.store.schema import (
    badge,
    fido2_credential,
    person,
    person_role,
    phone,
    pin,
    piv_card,
    pkoc_badge,
    recovery_set,
    session,
    totp,
)
from kiosk.service.store.unit import misfit

USER_HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person as listed. ``proves_with``: badge, pin, otp, key, piv, pkoc, recovery, as enrolled."""

    id: str
    login: str
    name: str
    roles: tuple[str, ...]
    state: Literal["active", "suspended", "left"]
    proves_with: tuple[str, ...]

    @property
    def active(self) -> bool:
        return self.state == "active"


def fresh_id() -> str:
    """An opaque identifier of 128 random bits."""
    return b64u(secrets.token_bytes(16))


def find(conn: Connection, login: str) -> PersonLine | None:
    """The person of that login."""
    row = conn.execute(select(person.c.id).where(person.c.login == login)).one_or_none()
    return by_id(conn, row.id) if row else None


def id_of_login(conn: Connection, login: str) -> str | None:
    """The id of whoever has that login, as it stands there: they are looked at once they are locked."""
    return conn.execute(select(person.c.id).where(person.c.login == login)).scalar()


def exists(conn: Connection, person_id: str) -> bool:
    """Whether anybody has, or had, that id."""
    return conn.execute(select(person.c.id).where(person.c.id == person_id)).first() is not None


def by_id(conn: Connection, person_id: str) -> PersonLine:
    """The person of that id, who must be there."""
    manifests.lock(conn, person_id)
    row = conn.execute(select(person).where(person.c.id == person_id)).one()
    integrity.check(conn, person, row._mapping)
    line = _line(conn, person_id)
    check_roles(conn, person_id, line.roles)
    return line


def everybody(conn: Connection) -> list[PersonLine]:
    """All persons by login, as they stand there: to be listed, not to be believed."""
    ids = conn.execute(select(person.c.id).order_by(person.c.login)).scalars().all()
    return [_line(conn, key) for key in ids]


def count(conn: Connection) -> int:
    """How many persons there are."""
    return int(conn.execute(select(func.count()).select_from(person)).scalar_one())


def add(conn: Connection, login: str, name: str, now: int) -> str:
    """A new active person without roles; the id. ``StoreConflictError`` for a login that exists."""
    made = fresh_id()
    handle = secrets.token_bytes(USER_HANDLE_BYTES)
    row = {"id": made, "login": login, "name": name, "user_handle": handle, "created": now}
    integrity.add(conn, person, row)
    return made


def set_name_and_place(conn: Connection, person_id: str, new: Mapping[str, str]) -> None:
    """Another ``name``, ``place`` or both."""
    integrity.change(conn, person, person.c.id == person_id, new)


def set_login(conn: Connection, person_id: str, login: str) -> None:
    """Another login, in lower case. ``StoreConflictError`` for one that somebody has."""
    integrity.change(conn, person, person.c.id == person_id, {"login": login})


def ids_by_login(conn: Connection) -> dict[str, str]:
    """Everybody's id by login, as they stand there: to see what is taken."""
    return {row.login: row.id for row in conn.execute(select(person.c.login, person.c.id))}


def place_of(conn: Connection, person_id: str) -> str | None:
    """Where the person of that id usually works, if that is known."""
    return conn.execute(select(person.c.place).where(person.c.id == person_id)).scalar()


def roles_held(conn: Connection) -> frozenset[str]:
    """Every role that somebody has."""
    return frozenset(conn.execute(select(person_role.c.role).distinct()).scalars())


def add_role(conn: Connection, person_id: str, role: str) -> bool:
    """Whether the role was new to the person."""
    mine = (person_role.c.person == person_id) & (person_role.c.role == role)
    if conn.execute(select(person_role.c.role).where(mine)).first():
        return False
    conn.execute(insert(person_role).values(person=person_id, role=role))
    manifests.enlist(conn, person_id, ROLE + role)
    return True


def remove_role(conn: Connection, person_id: str, role: str) -> bool:
    """Whether the person had the role."""
    mine = (person_role.c.person == person_id) & (person_role.c.role == role)
    known = manifests.unlist(conn, person_id, ROLE + role)
    return conn.execute(delete(person_role).where(mine)).rowcount > 0 or known


def take_roles(conn: Connection, person_id: str) -> list[str]:
    """The person has none from now on; which they had."""
    mine = person_role.c.person == person_id
    roles = list(conn.execute(select(person_role.c.role).where(mine).order_by(person_role.c.role)).scalars())
    conn.execute(delete(person_role).where(mine))
    for name in [name for name in manifests.manifest_of(conn, person_id).body if name.startswith(ROLE)]:
        manifests.unlist(conn, person_id, name)
    return roles


def check_roles(conn: Connection, person_id: str, roles: Collection[str]) -> None:
    """Raises ``TamperedError`` unless ``roles`` are those that the service gave to the person."""
    given = {name.removeprefix(ROLE) for name in manifests.manifest_of(conn, person_id).body if name.startswith(ROLE)}
    if given != set(roles):
        misfit(conn, person_id)
        odd = ", ".join(sorted(given ^ set(roles)))
        raise vouching.refused(conn, "person_role", f"{person_id}/{odd}", "was not given or taken by the service")


def set_active(conn: Connection, person_id: str, active: bool) -> None:
    """Suspend or resume."""
    state = "active" if active else "suspended"
    integrity.change(conn, person, person.c.id == person_id, {"state": state})


def end_sessions(conn: Connection, person_id: str, now: int) -> list[tuple[str, str]]:
    """End what the person has open or locked: (session, workstation) of each."""
    mine = (session.c.person == person_id) & (session.c.state != "ended")
    found = integrity.change(conn, session, mine, {"state": "ended", "ended": now, "active_of": None}, skip=True)
    return [(row.id, row.workstation) for row in found]


def _line(conn: Connection, person_id: str) -> PersonLine:
    row = conn.execute(select(person).where(person.c.id == person_id)).one()
    roles = conn.execute(select(person_role.c.role).where(person_role.c.person == person_id).order_by("role"))
    kinds = {
        "badge": badge,
        "pin": pin,
        "otp": totp,
        "key": fido2_credential,
        "piv": piv_card,
        "pkoc": pkoc_badge,
        "recovery": recovery_set,
        "phone": phone,
    }
    has = []
    for word, table in kinds.items():
        mine = table.c.person == person_id
        if "revoked" in table.c:
            mine &= table.c.revoked.is_(None)
        if conn.execute(select(table.c.person).where(mine).limit(1)).first():
            has.append(word)
    return PersonLine(row.id, row.login, row.name, tuple(roles.scalars()), row.state, tuple(has))
