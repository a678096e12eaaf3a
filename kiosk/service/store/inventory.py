"""Everybody and everything that proves, read in a few queries: for reports and lists, never for a decision."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kiosk.service.store.schema import (
    badge,
    badge_form,
    fido2_credential,
    person,
    person_role,
    pin,
    piv_ca,
    piv_card,
    second_factor,
    session,
    totp,
)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as reports see one. ``place``: where she usually works."""

    id: str
    login: str
    name: str
    roles: tuple[str, ...]
    place: str | None
    active: bool
    created: int


@dataclass(frozen=True, slots=True)
class Badge:
    """``hmac``: the keyed hash of its number, None once it is revoked."""

    id: str
    person: str
    created: int
    revoked: int | None
    hmac: bytes | None


def persons(conn: Connection) -> list[Someone]:
    """Everybody, by login."""
    roles: dict[str, list[str]] = defaultdict(list)
    for row in conn.execute(select(person_role).order_by(person_role.c.role)):
        roles[row.person].append(row.role)
    columns = select(person.c.id, person.c.login, person.c.name, person.c.place, person.c.state, person.c.created)
    rows = sorted(conn.execute(columns), key=lambda row: row.login)
    return [Someone(r.id, r.login, r.name, tuple(roles[r.id]), r.place, r.state == "active", r.created) for r in rows]


def badges(conn: Connection) -> list[Badge]:
    """Every badge that is or was, oldest first."""
    exact = (badge_form.c.badge == badge.c.id) & (badge_form.c.form == "exact")
    wanted = select(badge.c.id, badge.c.person, badge.c.created, badge.c.revoked, badge_form.c.hmac)
    rows = conn.execute(wanted.outerjoin(badge_form, exact).order_by(badge.c.created, badge.c.id))
    return [Badge(r.id, r.person, r.created, r.revoked, None if r.hmac is None else bytes(r.hmac)) for r in rows]


def keys(conn: Connection) -> list[Row[Any]]:
    """Every FIDO2 credential that is or was, oldest first."""
    order = (fido2_credential.c.created, fido2_credential.c.credential_id)
    return list(conn.execute(select(fido2_credential).order_by(*order)))


def cards(conn: Connection) -> list[Row[Any]]:
    """Every PIV card that is or was, oldest first."""
    return list(conn.execute(select(piv_card).order_by(piv_card.c.created, piv_card.c.id)))


def cas(conn: Connection) -> list[Row[Any]]:
    """Every CA trusted for PIV cards."""
    return list(conn.execute(select(piv_ca)))


def pins(conn: Connection) -> dict[str, int]:
    """When each person's PIN was set."""
    return {row.person: row.changed for row in conn.execute(select(pin.c.person, pin.c.changed))}


def code_apps(conn: Connection) -> dict[str, tuple[int, int]]:
    """When each person's code app was added, and the time step of its last accepted code (-1: none yet)."""
    rows = conn.execute(select(totp.c.person, totp.c.created, totp.c.last_step))
    return {row.person: (row.created, row.last_step) for row in rows}


def last_sessions(conn: Connection) -> dict[str, int]:
    """When each person last opened a session."""
    newest = select(session.c.person, func.max(session.c.opened).label("opened")).group_by(session.c.person)
    return {row.person: row.opened for row in conn.execute(newest)}


def last_second_factors(conn: Connection) -> dict[str, int]:
    """When each person last proved a second factor."""
    return {row.person: row.at for row in conn.execute(select(second_factor.c.person, second_factor.c.at))}
