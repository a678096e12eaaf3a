"""Persons and their roles: changes. What a ceremony looks up about them is in ``lookups``."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from kiosk.model.binding import b64u
from kiosk.service.store.schema import (
    badge,
    fido2_credential,
    person,
    person_role,
    pin,
    piv_card,
    recovery_set,
    session,
    totp,
)

USER_HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person as listed. ``proves_with``: badge, pin, otp, key, piv, recovery, as enrolled."""

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
    return _line(conn, row.id) if row else None


def by_id(conn: Connection, person_id: str) -> PersonLine:
    """The person of that id, who must be there."""
    return _line(conn, person_id)


def everybody(conn: Connection) -> list[PersonLine]:
    """All persons by login."""
    ids = conn.execute(select(person.c.id).order_by(person.c.login)).scalars().all()
    return [_line(conn, one) for one in ids]


def count(conn: Connection) -> int:
    """How many persons there are."""
    return int(conn.execute(select(func.count()).select_from(person)).scalar_one())


def add(conn: Connection, login: str, name: str, now: int) -> str:
    """A new active person without roles; the id. ``StoreConflict`` for a login that exists."""
    made = fresh_id()
    handle = secrets.token_bytes(USER_HANDLE_BYTES)
    conn.execute(insert(person).values(id=made, login=login, name=name, user_handle=handle, created=now))
    return made


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
    return True


def remove_role(conn: Connection, person_id: str, role: str) -> bool:
    """Whether the person had the role."""
    mine = (person_role.c.person == person_id) & (person_role.c.role == role)
    return conn.execute(delete(person_role).where(mine)).rowcount > 0


def set_active(conn: Connection, person_id: str, active: bool) -> None:
    """Suspend or resume."""
    state = "active" if active else "suspended"
    conn.execute(update(person).where(person.c.id == person_id).values(state=state))


def end_sessions(conn: Connection, person_id: str, now: int) -> list[tuple[str, str]]:
    """End what the person has open or locked: (session, workstation) of each."""
    mine = (session.c.person == person_id) & (session.c.state != "ended")
    found = conn.execute(select(session.c.id, session.c.workstation).where(mine)).all()
    conn.execute(update(session).where(mine).values(state="ended", ended=now))
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
        "recovery": recovery_set,
    }
    has = []
    for word, table in kinds.items():
        mine = table.c.person == person_id
        if "revoked" in table.c:
            mine &= table.c.revoked.is_(None)
        if conn.execute(select(table.c.person).where(mine).limit(1)).first():
            has.append(word)
    return PersonLine(row.id, row.login, row.name, tuple(roles.scalars()), row.state, tuple(has))
