"""Everybody and everything that proves, read in a few queries: for reports and lists, never for a decision."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kiosk.service.store.schema import (
    badge,
    badge_form,
    fido2_credential,
    person,
    person_role,
    pin,
    piv_ca,
    piv_card,
    recovery_code,
    recovery_set,
    second_factor,
    session,
    totp,
)
from kiosk.service.store.sql_types import StoredRow


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as reports see one. ``place``: where they usually work. ``state``: active, suspended or left."""

    id: str
    login: str
    name: str
    roles: tuple[str, ...]
    place: str | None
    state: str
    created: int
    contact: str | None = None


def persons(conn: Connection) -> list[Someone]:
    """Everybody, by login."""
    roles: dict[str, list[str]] = defaultdict(list)
    for row in conn.execute(select(person_role).order_by(person_role.c.role)):
        roles[row.person].append(row.role)
    who = person.c
    columns = select(who.id, who.login, who.name, who.place, who.state, who.created, who.contact)
    rows = sorted(conn.execute(columns), key=lambda row: row.login)
    return [Someone(r.id, r.login, r.name, tuple(roles[r.id]), r.place, r.state, r.created, r.contact) for r in rows]


def badges(conn: Connection) -> list[StoredRow]:
    """Every badge that is or was, oldest first, with the keyed hash of its number (``hmac``, None once revoked)."""
    exact = (badge_form.c.badge == badge.c.id) & (badge_form.c.form == "exact")
    wanted = select(badge, badge_form.c.hmac).outerjoin(badge_form, exact)
    return list(conn.execute(wanted.order_by(badge.c.created, badge.c.id)))


def keys(conn: Connection) -> list[StoredRow]:
    """Every FIDO2 credential that is or was, oldest first."""
    order = (fido2_credential.c.created, fido2_credential.c.credential_id)
    return list(conn.execute(select(fido2_credential).order_by(*order)))


def cards(conn: Connection) -> list[StoredRow]:
    """Every PIV card that is or was, oldest first."""
    return list(conn.execute(select(piv_card).order_by(piv_card.c.created, piv_card.c.id)))


def cas(conn: Connection) -> list[StoredRow]:
    """Every CA trusted for PIV cards."""
    return list(conn.execute(select(piv_ca).where(piv_ca.c.untrusted.is_(None))))


def pins(conn: Connection) -> list[StoredRow]:
    """Every PIN, without its hash."""
    return list(conn.execute(select(*(column for column in pin.c if column.name != "hash"))))


def code_apps(conn: Connection) -> list[StoredRow]:
    """Every code app, without its secret."""
    return list(conn.execute(select(*(column for column in totp.c if column.name != "secret"))))


def recovery_sets(conn: Connection) -> list[StoredRow]:
    """Every set of recovery codes, with how many of its codes are not used (``codes_left``)."""
    mine = (recovery_code.c.person == recovery_set.c.person) & recovery_code.c.used.is_(None)
    left = select(func.count()).select_from(recovery_code).where(mine).correlate(recovery_set).scalar_subquery()
    return list(conn.execute(select(recovery_set, left.label("codes_left"))))


def last_sessions(conn: Connection) -> dict[str, int]:
    """When each person last opened a session."""
    newest = select(session.c.person, func.max(session.c.opened).label("opened")).group_by(session.c.person)
    return {row.person: row.opened for row in conn.execute(newest)}


def last_second_factors(conn: Connection) -> dict[str, int]:
    """When each person last proved a second factor, also where its grace is over since: then the sessions tell."""
    more_than_a_tap = session.c.amr.not_in(("[]", '["pop"]'))
    opened = select(session.c.person, func.max(session.c.auth_time).label("at")).where(more_than_a_tap)
    found = {row.person: row.at for row in conn.execute(opened.group_by(session.c.person))}
    for row in conn.execute(select(second_factor.c.person, second_factor.c.at).where(second_factor.c.at > 0)):
        found[row.person] = max(row.at, found.get(row.person, 0))
    return found
