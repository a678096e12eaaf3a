"""Codes for rows that somebody else wrote and an administrator believes: for ``admin.integrity`` alone."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from kiosk.service.store import emergencies, integrity, manifests, schema
from kiosk.service.store.adopting import pages
from kiosk.service.store.guarded import CASES, GUARDS, ROLE, Guard


def row(conn: Connection, guard: Guard, key: str) -> None:
    """The row of ``key`` (as ``Guard.key`` says it) is written by the service from now on, as it stands."""
    for page in pages(conn, guard.table):
        for line in page:
            if guard.key(line._mapping) == key:
                integrity.put(conn, guard.table, line)


def listed(conn: Connection, subject: str, name: str, *, there: bool) -> None:
    """The subject's manifest says of ``name`` what is so."""
    if there:
        manifests.enlist(conn, subject, name)
    else:
        manifests.unlist(conn, subject, name)


def put_back(conn: Connection, subject: str, above: int) -> None:
    """An earlier state of all rows of ``subject`` counts again, under a revision above the last that was ``above``."""
    manifests.raise_revision(conn, subject, above)


def manifest(conn: Connection, subject: str, name: str | None, above: int = 0) -> None:
    """A manifest that lists a row that is gone (``name``) forgets it; one that is not right is made anew from rows.

    ``above``: the last revision that was told of it; none is used twice.
    """
    if name is not None:
        manifests.unlist(conn, subject, name)
        return
    conn.execute(delete(schema.manifest).where(schema.manifest.c.subject == subject))
    manifests.raise_revision(conn, subject, above)
    for guard in GUARDS.values():
        if guard.subject is None:
            continue
        for page in pages(conn, guard.table):
            for line in page:
                if guard.subject(line._mapping) == subject:
                    integrity.put(conn, guard.table, line)
    for role in conn.execute(select(schema.person_role.c.role).where(schema.person_role.c.person == subject)).scalars():
        manifests.enlist(conn, subject, ROLE + role)
    if subject.startswith(CASES):
        emergencies.enlist_all(conn, subject.removeprefix(CASES))
