"""Everybody with roles, place and badges, to be kept or compared elsewhere. No badge number leaves: none is here."""

from __future__ import annotations

import hashlib
from collections import defaultdict

from sqlalchemy import Connection

from kiosk.service.admin.act import Admin, record
from kiosk.service.policy import wording
from kiosk.service.records.table import ReportTable, day
from kiosk.service.store import inventory
from kiosk.service.store.factors import short_of

COLUMNS = ("login", "name", "roles", "place", "state", "badges", "since", "contact")


def everybody(conn: Connection) -> ReportTable:
    """One row a person, by login; several roles or badges are separated by semicolons."""
    held: dict[str, list[str]] = defaultdict(list)
    for badge in inventory.badges(conn):
        if badge.revoked is None:
            held[badge.person].append(short_of(f"badge:{badge.id}"))
    rows = (
        (
            person.login,
            person.name,
            ";".join(person.roles),
            person.place,
            person.state,
            ";".join(held[person.id]),
            day(person.created),
            person.contact,
        )
        for person in inventory.persons(conn)
    )
    return ReportTable(COLUMNS, tuple(rows))


def record_export(conn: Connection, admin: Admin, name: str, data: bytes, persons: int) -> None:
    """Write down that the list left, and what it was. ``name``: of the file."""
    sha256 = hashlib.sha256(data).hexdigest()
    record(conn, admin, "export", detail={"file": wording.of_path(name), "sha256": sha256, "persons": persons})
