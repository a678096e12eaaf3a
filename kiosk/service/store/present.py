"""Who of many logins is there already, and everything about them that a list may change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from kiosk.service.store import integrity, manifests, people
from kiosk.service.store.bulk import among
from kiosk.service.store.schema import badge, manifest, person, person_role


@dataclass(frozen=True, slots=True)
class Present:
    """One person as the store has them. ``badges``: how many that are not revoked."""

    id: str
    login: str
    name: str
    place: str | None
    state: str
    roles: tuple[str, ...]
    badges: int
    contact: str | None = field(repr=False)


def of_logins(conn: Connection, logins: Sequence[str]) -> dict[str, Present]:
    """Those of ``logins`` who are there, by login. Raises ``TamperedError`` for one that the service did not write."""
    wanted = select(person, manifest.c.body.label("listed"), manifest.c.mac.label("listed_mac")).outerjoin(
        manifest, manifest.c.subject == person.c.id
    )
    found = list(among(conn, wanted, person.c.login, logins))
    ids = [row.id for row in found]
    roles: dict[str, list[str]] = defaultdict(list)
    for given in among(conn, select(person_role), person_role.c.person, ids):
        roles[given.person].append(given.role)
    badges: dict[str, set[str]] = defaultdict(set)
    for badge_row in among(
        conn, select(badge.c.id, badge.c.person).where(badge.c.revoked.is_(None)), badge.c.person, ids
    ):
        badges[badge_row.person].add(badge_row.id)
    there = {}
    for row in found:
        manifests.read_manifest(conn, row.id, row.listed, row.listed_mac)
        integrity.check(conn, person, row._mapping)
        held = tuple(sorted(set(roles[row.id])))
        people.check_roles(conn, row.id, held)
        there[row.login] = Present(
            row.id, row.login, row.name, row.place, row.state, held, len(badges[row.id]), row.contact
        )
    return there


def others(conn: Connection, logins: Sequence[str]) -> list[tuple[str, str]]:
    """Login and name of everybody who works here and is none of ``logins``, by login."""
    here, known = select(person.c.login, person.c.name).where(person.c.state != "left"), set(logins)
    return sorted((row.login, row.name) for row in conn.execute(here) if row.login not in known)
