"""Every table is guarded or is not, on purpose; every guarded column counts; nothing writes around the codes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Connection, Integer, LargeBinary, Table, select, text, true, update

from kiosk.service.audit import put_back
from kiosk.service.platform.row_keys import (
    MAC_BYTES,
    RowGuard,
    RowKeys,
    Tampered,
    key_number_of,
    revision_of,
)
from kiosk.service.store import bulk, codes, integrity, manifests, people, renewing, row_message, schema, vouching
from kiosk.service.store.bulk import NewPerson
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreDownError
from kiosk.service.store.examining import examine
from kiosk.service.store.guarded import GUARDS, UNGUARDED
from kiosk.service.store.schema import METADATA, person, pin
from kiosk.service.store.vouching import TamperedError
from tests.fakes.registry import BADGE_KEYS
from tests.fakes.stores import guard

SERVICE = Path(integrity.__file__).parents[1]
MAY_WRITE = {"integrity.py", "adopting.py", "accepting.py"}


def test_every_table_is_guarded_or_is_not_on_purpose() -> None:
    names = {table.name for table in METADATA.tables.values()}
    assert set(GUARDS) | UNGUARDED == names | {"alembic_version"}
    assert not set(GUARDS) & UNGUARDED
    with_code = {table.name for table in METADATA.tables.values() if "mac" in table.c}
    assert with_code == set(GUARDS) | {"manifest"}


def test_only_what_decides_nothing_is_free() -> None:
    free = {(name, column) for name, guard in GUARDS.items() for column in guard.free}
    directories = {("directory_source", column) for column in ("tried", "good", "trouble")}
    directories |= {("directory_person", "changed"), ("directory_group", "changed")}  # told as lastModified
    told = ("message", "openid_logout", "backchannel_request", "second_request", "signal_event", "phone_push")
    progress = {("audit_cut", "removed")}  # whether what was archived is gone already
    assert {column for name, column in free - directories - progress if name not in told} == {"last_used"}


def _writes(path: Path) -> Iterator[str]:
    """Tables that a file inserts into, updates or deletes from by itself, but for columns that are free."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("insert", "update"):
            yield ast.unparse(node.args[0]) if node.args else ""


def test_nothing_writes_a_guarded_row_around_its_code() -> None:
    status = {
        (path.name, table)
        for path in SERVICE.rglob("*.py")
        if path.name not in MAY_WRITE and "migrations" not in path.parts
        for table in _writes(path)
        if table in GUARDS
    }
    # A message's columns sent, due, tries, dead and error are free; of a server's question when it was polled, offered
    # and told; of one to a second person when it was offered. Of a session that is not believed, that it is the
    # only one of its person is taken away, so that it keeps nobody out. Of a directory: how its last answer was, and
    # when its token was used. Of an archive: that its rows are gone. A case of before that the service did not write
    # is kept as it is, without a code. Of a signal, and of a phone that is to be woken, how its delivery goes.
    own = {("directory_sources.py", table) for table in ("directory_source", "directory_token")}
    told = {("messages.py", "message"), ("openid_logouts.py", "openid_logout")}
    told |= {("seconds.py", "second_request"), ("archives.py", "audit_cut")}
    told |= {("signal_events.py", "signal_event"), ("phone_subscriptions.py", "phone_push")}
    told |= {(f"backchannel_{name}.py", "backchannel_request") for name in ("requests", "pings")}
    assert status == told | {("sessions.py", "session"), ("carrying_cases.py", "review_case")} | own


def test_every_column_counts() -> None:
    for known in GUARDS.values():
        counts_every_column(known.table)


def counts_every_column(table: Table) -> None:
    one = GUARDS[table.name]
    row = {column.name: _some(column.type) for column in table.c if column.name != "mac"}
    said = row_message.message(one, row)
    for column in table.c:
        if column.name == "mac":
            continue
        others = [None, _other(column.type)]
        for value in others:
            changed = row_message.message(one, {**row, column.name: value}) != said
            assert changed is (column.name not in one.free), column


def _some(kind: Any) -> Any:
    if isinstance(kind, LargeBinary):
        return b"1"
    return True if isinstance(kind, Boolean) else 1 if isinstance(kind, Integer | BigInteger) else "1"


def _other(kind: Any) -> Any:
    if isinstance(kind, LargeBinary):
        return b"12"
    return False if isinstance(kind, Boolean) else 12 if isinstance(kind, Integer | BigInteger) else "12"


@given(st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=8, max_size=8), st.data())
def test_no_two_rows_have_one_message(values: list[str | None], data: st.DataObject) -> None:
    """Not by moving text from one column to the next, whatever it is."""
    names = [column.name for column in person.c if column.name != "mac"]
    columns = [name for name in names if name not in ("user_handle", "created")]
    row: dict[str, Any] = {**dict.fromkeys(names), **dict(zip(columns, values, strict=False))}
    other = {**row, data.draw(st.sampled_from(columns)): data.draw(st.text(max_size=9))}
    if row != other:
        assert row_message.message(GUARDS["person"], row) != row_message.message(GUARDS["person"], other)


def test_a_value_of_another_kind_is_no_value_of_its_column() -> None:
    row = {column.name: None for column in pin.c}
    said = {row_message.message(GUARDS["pin"], {**row, "changed": value}) for value in (1, "1", b"1", 1.0, True)}
    assert len(said) >= 4


def test_a_code_is_of_its_table_revision_and_key() -> None:
    one, two = RowKeys(1, {1: b"1" * 32}), RowKeys(2, {1: b"1" * 32, 2: b"2" * 32})
    mac = one.mac("pin", 7, b"said")
    assert len(mac) == MAC_BYTES
    assert (key_number_of(mac), revision_of(mac)) == (1, 7)
    assert one.right("pin", mac, b"said")
    assert two.right("pin", mac, b"said"), "an older key's code is read"
    assert not one.right("totp", mac, b"said")
    assert not one.right("pin", mac, b"sai")
    assert not one.right("pin", mac[:4] + b"\x00" * 7 + b"\x08" + mac[12:], b"said"), "revision"
    assert not one.right("pin", two.mac("pin", 7, b"said"), b"said"), "a key that is not here"
    for bad in (None, b"", mac[:-1], mac + b"\x00", bytes(MAC_BYTES)):
        assert not one.right("pin", bad, b"said")
    assert "1111" not in repr(two)


def test_a_store_without_keys_writes_nothing(database: Database) -> None:
    def act(conn: Connection) -> None:
        people.add(conn.execution_options(**{vouching.OPTION: None}), "ada", "Ada", 1)

    with pytest.raises(StoreDownError, match="without the keys"):
        database.write_now(act)


def _persons(database: Database) -> tuple[str, str]:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    bob = database.write_now(people.add, "bob", "Bob", 1)
    for someone in (ada, bob):
        database.write_now(codes.set_pin, someone, "hash", 1)
        database.write_now(people.add_role, someone, "nurse")
    return ada, bob


class _EnoughError(Exception):
    """Takes a transaction back."""


def _sql(database: Database, *statements: str, **values: str) -> None:
    def act(conn: Connection) -> None:
        for statement in statements:
            conn.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})

    database.write_now(act)


def test_an_untouched_store_is_right_and_every_fault_is_named(database: Database) -> None:
    ada, bob = _persons(database)
    clean = database.read_now(examine)
    assert (clean.found, clean.rows) == ([], 6)
    _sql(
        database,
        "UPDATE pin SET hash='x' WHERE person=:ada",
        "DELETE FROM pin WHERE person=:bob",
        "INSERT INTO person_role (person, role) VALUES (:bob, 'administrator')",
        "DELETE FROM person_role WHERE person=:ada",
        ada=ada,
        bob=bob,
    )
    assert {(fault.table, fault.key) for fault in database.read_now(examine).found} == {
        ("pin", ada),
        ("manifest", f"{bob}/pin"),
        ("person_role", f"{bob}/administrator"),
        ("manifest", f"{ada}/role:nurse"),
    }
    _sql(database, "UPDATE manifest SET body='{}' WHERE subject=:ada", ada=ada)
    assert ("manifest", ada) in {(fault.table, fault.key) for fault in database.read_now(examine).found}


@pytest.mark.parametrize("value", ["1.5", "7", "'x'", "x'ff'"], ids=["real", "whole", "text", "octets"])
@pytest.mark.parametrize("column", ["person.mac", "person.name", "person.user_handle", "manifest.mac", "manifest.body"])
def test_a_value_of_another_kind_is_named_and_stops_nobody(sqlite: Database, column: str, value: str) -> None:
    """SQLite keeps any value in any column."""
    sqlite.write_now(people.add, "ada", "Ada", 1)
    table, _, name = column.partition(".")
    sqlite.write_now(lambda conn: conn.execute(text(f"UPDATE {table} SET {name} = {value}")).rowcount)  # noqa: S608
    assert table in {fault.table for fault in sqlite.read_now(examine).found}
    assert sqlite.read_now(put_back.examine).found


def test_one_row_that_is_not_right_is_told_once_an_hour() -> None:
    now = [0.0]
    told = RowGuard(RowKeys(1, {1: b"1" * 32}), guard().pins, guard().marks, lambda: now[0])
    with_key = Tampered("pin", "ada", "was not written by the service")
    for _ in range(3):
        told.notice(with_key)
    assert told.noticed() == [with_key]
    assert told.noticed() == []
    now[0] = 3600.0
    told.notice(with_key)
    assert told.noticed() == [with_key]


def test_what_ends_many_ends_the_others_where_one_is_not_right(database: Database) -> None:
    _persons(database)
    _sql(database, "UPDATE pin SET hash='x' WHERE person=(SELECT min(person) FROM pin)")
    with pytest.raises(TamperedError):
        database.write_now(integrity.change, pin, true(), {"suspended": 5})
    changed = database.write_now(lambda conn: integrity.change(conn, pin, true(), {"suspended": 5}, skip=True))
    assert len(changed) == 1


def test_a_transaction_that_is_taken_back_leaves_its_manifest_as_it_was(database: Database) -> None:
    ada, _ = _persons(database)

    def act(conn: Connection) -> None:
        people.add_role(conn, ada, "doctor")
        raise _EnoughError

    with pytest.raises(_EnoughError):
        database.write_now(act)
    assert database.read_now(people.by_id, ada).roles == ("nurse",)
    assert database.read_now(examine).found == []


def test_rows_of_an_older_key_are_read_and_written_anew(database: Database) -> None:
    ada, bob = _persons(database)
    _sql(database, "UPDATE pin SET hash='x' WHERE person=:bob", bob=bob)
    newer = Database(database.url, guard(1, 2))
    assert newer.read_now(people.by_id, ada).login == "ada"
    moved = sum(newer.write_now(renewing.renew_rows, table, None).done for table in renewing.TABLES)
    assert moved == 5, "two persons, a PIN, two manifests; never a row that is not right"
    only = Database(database.url, RowGuard(RowKeys(2, {2: bytes([2]) * 32}), guard().pins, guard().marks))
    assert [fault.table for fault in only.read_now(examine).found] == ["pin"]
    newer.close_now()
    only.close_now()


def test_a_row_keeps_its_revision_for_its_manifest(database: Database) -> None:
    ada, _ = _persons(database)

    def look(conn: Connection) -> tuple[int, int]:
        row = conn.execute(select(pin).where(pin.c.person == ada)).one()
        return revision_of(row.mac), manifests.manifest_of(conn, ada).body["pin"]

    before = database.read_now(look)
    database.write_now(codes.set_pin, ada, "other", 2)
    after = database.read_now(look)
    assert before[0] == before[1] < after[0] == after[1]


def test_what_decides_nothing_changes_no_code(database: Database) -> None:
    ada, _ = _persons(database)

    def mac(conn: Connection) -> bytes:
        return bytes(conn.execute(select(pin.c.mac).where(pin.c.person == ada)).scalar_one())

    before = database.read_now(mac)
    database.write_now(integrity.change, pin, pin.c.person == ada, {"last_used": 9})
    assert database.read_now(mac) == before
    database.write_now(lambda conn: conn.execute(update(pin).values(last_used=10)))
    assert database.read_now(examine).found == []


def test_schema_names_what_guards_import() -> None:
    assert all(getattr(schema, name) is guard.table for name, guard in GUARDS.items())


def test_a_list_that_came_in_has_right_codes(database: Database) -> None:
    new = [NewPerson(f"p{n}", f"P {n}", ("nurse", "w"), None, bytes([4, n, 1, 2])) for n in range(3)]
    database.write_now(lambda conn: bulk.add_all(conn, BADGE_KEYS, new, 1, lambda _done: None))
    examined = database.read_now(examine)
    assert (examined.found, examined.rows > 3 * 4) == ([], True)
