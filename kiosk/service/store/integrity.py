"""Rows that only the service can have written: added, changed and believed here, and nowhere else.

Every function takes the transaction's ``Connection``, whose engine knows the keys (``RowGuard``). The code is over:
label, table, key number, revision, then the row's message (``row_message``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Insert,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kiosk.service.platform.row_keys import revision_of
from kiosk.service.store.guarded import GUARDS, Values
from kiosk.service.store.manifests import PUT_BACK, enlist, enlist_new, manifest_message, manifest_of, unlist
from kiosk.service.store.many import Value
from kiosk.service.store.many import add_rows as _plain_rows
from kiosk.service.store.row_message import defaults, message, plan_of
from kiosk.service.store.schema import manifest
from kiosk.service.store.sql_types import AnyExpression, StoredRow, StoredValues
from kiosk.service.store.unit import Make, later, misfit
from kiosk.service.store.vouching import NOT_OURS, TamperedError, guard_of, refused

_BEFORE = "mac_before"
_KEY = "key_of_"


def add(conn: Connection, table: Table, values: Values) -> None:
    """Insert one row; columns that are not named have their defaults. Raises as ``conn.execute``."""
    conn.execute(_insert(table), _sealed(conn, table, values))


def add_soon(conn: Connection, table: Table, values: Values) -> dict[str, object]:
    """``add``, sent with what follows (``unit``). The whole row."""
    row = _sealed(conn, table, values)
    later(conn, inserting(table, tuple(row)), row)
    return row


def add_unless_there(conn: Connection, table: Table, values: Values) -> None:
    """``add``, but nothing happens if there is a row of that key."""
    new = postgres_insert if conn.dialect.name == "postgresql" else sqlite_insert
    conn.execute(new(table).on_conflict_do_nothing(), _sealed(conn, table, values))


def add_all(conn: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert several rows."""
    if rows:
        conn.execute(_insert(table), [_sealed(conn, table, values) for values in rows])


def add_rows(conn: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """As ``many.add_rows``, with revision 1. The caller writes the manifests of new subjects: ``add_manifests``."""
    keys, name, plan = guard_of(conn).keys, table.name, plan_of(table, tuple(columns))

    def complete() -> Iterable[Sequence[Value]]:
        for row in rows:
            parts: list[bytes] = []
            for begin, at, encode in plan:
                if at is None:
                    parts.append(begin)
                elif (value := row[at]) is not None:
                    data = encode(value)
                    parts += (begin, b"%d:" % len(data), data)
            yield (*row, keys.mac(name, 1, b"".join(parts)))

    _plain_rows(conn, table, [*columns, "mac"], complete())


def rows(
    conn: Connection, table: Table, *where: ColumnElement[bool], order: Sequence[AnyExpression] = (), skip: bool = False
) -> list[StoredRow]:
    """The rows of ``table``, each found right. Raises ``TamperedError``; with ``skip`` one that is not is left out."""
    return believed(conn, table, conn.execute(select(table).where(*where).order_by(*order)), skip=skip)


def believed(conn: Connection, table: Table, found: Iterable[StoredRow], *, skip: bool = False) -> list[StoredRow]:
    """``rows`` for a query of one's own that has every column of ``table``."""
    good = []
    for row in found:
        try:
            check(conn, table, row._mapping)
        except TamperedError:
            if not skip:
                raise
            continue
        good.append(row)
    return good


def one(conn: Connection, table: Table, *where: ColumnElement[bool]) -> StoredRow | None:
    """The first row of ``table``, found right; None if there is none. Raises ``TamperedError``."""
    row = conn.execute(select(table).where(*where)).first()
    if row is not None:
        check(conn, table, row._mapping)
    return row


def check(conn: Connection, table: Table, values: Values) -> None:
    """Raises ``TamperedError`` unless the service wrote the row of these ``values``, and this is its last version."""
    why = fault(conn, table, values)
    if why is not None:
        raise refused(conn, table.name, GUARDS[table.name].key(values), why)


def fault(conn: Connection, table: Table, values: Values) -> str | None:
    """Why a row is not believed; None if it is."""
    guard = GUARDS[table.name]
    found = values["mac"]
    mac = bytes(found) if isinstance(found, bytes | memoryview) else b""
    if not guard_of(conn).keys.right(table.name, mac, message(guard, values)):
        return NOT_OURS
    if guard.subject is None:
        return None
    subject = guard.subject(values)
    listed = manifest_of(conn, subject).body.get(guard.name(values))
    if not guard.live(values):
        why = None if listed is None else PUT_BACK
    elif listed is None:
        why = "has been taken away and was put back"
    else:
        why = None if listed == revision_of(mac) else PUT_BACK
    if why is not None:
        misfit(conn, subject)
    return why


def change(
    conn: Connection, table: Table, where: ColumnElement[bool], values: Values, *, skip: bool = False
) -> list[StoredRow]:
    """Set ``values`` in each row of ``where``; those rows as they were. A row that is not right is never made so.

    Raises ``TamperedError`` for it; with ``skip`` it is left as it is, so that one bad row does not save the others.
    """
    found = conn.execute(select(table).where(where).order_by(*table.primary_key).with_for_update(key_share=True)).all()
    good = believed(conn, table, found, skip=skip)
    for row in good:
        change_row(conn, table, row, values)
    return good


def change_row(conn: Connection, table: Table, row: StoredRow, values: Values) -> bool:
    """``change`` for a row that was read and found right in this transaction. Whether it was still as read."""
    guard, had = GUARDS[table.name], row._mapping
    key = _key(table, had)
    if all(name in guard.free or had[name] == value for name, value in values.items()):
        conn.execute(_update(table, guarded=False), {**values, **key})
        return True
    new = _sealed(conn, table, {**had, **values}, before=had["mac"])
    done = {name: new[name] for name in (*values, "mac")}
    return conn.execute(_update(table, guarded=True), {**done, **key, _BEFORE: had["mac"]}).rowcount == 1


def change_soon(conn: Connection, table: Table, row: StoredRow, values: Values) -> None:
    """``change_row``, sent with what follows (``unit``); ``OutdatedError`` where the row is not as it was read."""
    change_values_soon(conn, table, row._mapping, values)


def change_values_soon(conn: Connection, table: Table, had: StoredValues, values: Values) -> dict[str, object]:
    """``change_soon`` for a row that another query read along: all that it ``had``. The whole row as it will be."""
    guard, key, whole = GUARDS[table.name], _key(table, had), {column.name: had[column.name] for column in table.c}
    if all(name in guard.free or had[name] == value for name, value in values.items()):
        later(conn, _updating(table, tuple(values), False), {**values, **key})
        return {**whole, **values}
    new = _sealed(conn, table, {**whole, **values}, before=had["mac"])
    done = {name: new[name] for name in (*values, "mac")}
    later(conn, _updating(table, tuple(done), True), {**done, **key, _BEFORE: had["mac"]}, sure=True)
    return new


@cache
def inserting(table: Table, names: tuple[str, ...]) -> Make:
    """Adds a row with values for these columns."""
    return lambda prefix: insert(table).values({name: _bound(table, prefix, name) for name in names})


@cache
def _updating(table: Table, names: tuple[str, ...], guarded: bool) -> Make:
    def make(prefix: str) -> Update:
        mine = [column == bindparam(f"{prefix}{_KEY}{column.name}", type_=column.type) for column in table.primary_key]
        if guarded:
            mine.append(table.c.mac == bindparam(prefix + _BEFORE, type_=table.c.mac.type))
        return update(table).where(*mine).values({name: _bound(table, prefix, name) for name in names})

    return make


def _bound(table: Table, prefix: str, name: str) -> BindParameter[object]:
    return bindparam(prefix + name, type_=table.c[name].type)


def put(conn: Connection, table: Table, row: StoredRow) -> None:
    """A row as it stands, whoever wrote it, is the service's from now on: for an administrator who looked at it."""
    new = _sealed(conn, table, {name: value for name, value in row._mapping.items() if name != "mac"})
    conn.execute(_update(table, guarded=False), {"mac": new["mac"], **_key(table, new)})


def replace(conn: Connection, table: Table, values: Values) -> None:
    """Write a whole row in place of the one with its key, which no manifest lists; nothing of the old one is used."""
    new = _sealed(conn, table, values)
    conn.execute(_update(table, guarded=False), {**new, **_key(table, new)})


def remove(conn: Connection, table: Table, where: ColumnElement[bool]) -> list[StoredRow]:
    """Delete rows, right or not, and what manifests say of them; those that were there."""
    found = list(conn.execute(select(table).where(where)))
    if found:
        conn.execute(delete(table).where(where))
    guard = GUARDS[table.name]
    if guard.subject is not None:
        for row in found:
            unlist(conn, guard.subject(row._mapping), guard.name(row._mapping))
    return found


def write_codes(conn: Connection, table: Table, found: Sequence[StoredRow], *, first: bool) -> None:
    """New codes under the present key for rows that are believed. ``first``: they had none, and their manifests are
    new; else each keeps its revision."""
    guard, keys = GUARDS[table.name], guard_of(conn).keys
    new = []
    for row in found:
        had = row._mapping
        revision = 1 if first else revision_of(had["mac"])
        if first and guard.subject is not None and guard.live(had):
            enlist_new(conn, guard.subject(had), guard.name(had))
        new.append({**_key(table, had), "mac": keys.mac(table.name, revision, message(guard, had))})
    if new:
        conn.execute(_update(table, guarded=False), new)


def right(conn: Connection, table: Table, row: StoredRow) -> bool:
    """Whether the service wrote it, at whatever time; one that it did not write is noted for the alarm."""
    had = row._mapping
    of_manifest = table is manifest
    said = manifest_message(row.subject, row.body) if of_manifest else message(GUARDS[table.name], had)
    if guard_of(conn).keys.right(table.name, row.mac, said):
        return True
    refused(conn, table.name, row.subject if of_manifest else GUARDS[table.name].key(had), NOT_OURS)
    return False


def _sealed(conn: Connection, table: Table, values: Values, before: bytes | None = None) -> dict[str, object]:
    """The whole row with its code, listed in its subject's manifest if it counts. ``before``: the code it had."""
    guard = GUARDS[table.name]
    row = {**defaults(table), **values}
    if guard.subject is None:
        revision = 1 if before is None else revision_of(before) + 1
    elif guard.live(row):
        revision = enlist(conn, guard.subject(row), guard.name(row))
    else:
        unlist(conn, guard.subject(row), guard.name(row))
        revision = manifest_of(conn, guard.subject(row)).next()
    row["mac"] = guard_of(conn).keys.mac(table.name, revision, message(guard, row))
    counted = table.autoincrement_column
    if counted is not None and row[counted.name] is None:
        del row[counted.name]  # the database counts it
    return row


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


@cache
def _update(table: Table, *, guarded: bool) -> Update:
    """By key; where ``guarded``, only if the row still has the code that it was read with."""
    mine = [column == bindparam(_KEY + column.name) for column in table.primary_key]
    if guarded:
        mine.append(table.c.mac == bindparam(_BEFORE))
    return update(table).where(*mine)


def _key(table: Table, values: Values) -> dict[str, object]:
    return {_KEY + column.name: values[column.name] for column in table.primary_key}
