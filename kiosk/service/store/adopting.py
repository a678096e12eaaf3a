"""Codes for rows that have none: once, after an upgrade."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Table, bindparam, func, select, tuple_, update

from kiosk.service.store import integrity, manifests, vouching
from kiosk.service.store.guarded import GUARDS, ROLE
from kiosk.service.store.schema import manifest, person_role, pin
from kiosk.service.store.sql_types import AnyExpression, StoredRow

Key = tuple[object, ...]
PAGE = 1000
_PLAIN = "$argon2"


def adopt(conn: Connection) -> int:
    """Believe every row of before that has no code, and give it one; how many. PINs' hashes are encrypted.

    Only for a key that was made for this (``RowKeys.adopting``) and a database without any manifest: rows that lose
    their codes later are never believed again this way.
    """
    guard = vouching.guard_of(conn)
    if not guard.keys.adopting or conn.execute(select(func.count()).select_from(manifest)).scalar_one():
        return 0
    for row in conn.execute(select(pin.c.person, pin.c.hash).where(pin.c.hash.startswith(_PLAIN, autoescape=True))):
        conn.execute(update(pin).where(pin.c.person == row.person).values(hash=guard.pins.seal(row.hash, row.person)))
    done = 0
    for role in conn.execute(select(person_role)).all():
        manifests.enlist_new(conn, role.person, ROLE + role.role)
    for table_guard in GUARDS.values():
        for page in pages(conn, table_guard.table):
            integrity.write_codes(conn, table_guard.table, page, first=True)
            done += len(page)
    return done


def pages(conn: Connection, table: Table) -> Iterator[list[StoredRow]]:
    """All rows of ``table``, a thousand at once, in the order of the key."""
    after: Key | None = None
    while True:
        page = page_after(conn, table, after, PAGE)
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = key_of(table, page[-1])


def page_after(
    conn: Connection, table: Table, after: Key | None, size: int, *where: ColumnElement[bool], lock: bool = False
) -> list[StoredRow]:
    """The next ``size`` rows after the key ``after``, in the order of the key. ``lock``: nobody else changes them."""
    key = list(table.primary_key)
    wanted = select(table).where(*where).order_by(*key).limit(size)
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    return list(conn.execute(wanted if after is None else wanted.where(tuple_(*key) > tuple_(*_bound(table, after)))))


def key_of(table: Table, row: StoredRow) -> Key:
    """Its primary key."""
    return tuple(row._mapping[column.name] for column in table.primary_key)


def _bound(table: Table, values: Key) -> list[AnyExpression]:
    return [bindparam(None, value, type_=column.type) for column, value in zip(table.primary_key, values, strict=True)]
