"""Many rows at once: the same rows, rules and rollback as one by one, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select

from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import people
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreConflictError, StoreRefusedError
from kiosk.service.store.many import add_rows
from kiosk.service.store.schema import badge, person_role

ROLES = ("person", "role")


def roles(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(person_role)).scalar_one()


def test_no_rows_are_no_statement(database: Database) -> None:
    database.write_now(add_rows, person_role, ROLES, [])
    assert database.read_now(roles) == 0


def test_a_value_left_out_is_its_columns_default(database: Database) -> None:
    person = database.write_now(people.add, "ada", "Ada", 1)
    database.write_now(add_rows, badge, ("id", "person", "created"), [("b1", person, 5)])
    found = database.read_now(lambda conn: conn.execute(select(badge)).one())
    assert (found.id, found.person, found.created, found.revoked) == ("b1", person, 5, None)


@pytest.mark.parametrize("rows", [[("{}", "nurse"), ("{}", "nurse")], [("{}", "nurse"), ("nobody", "nurse")]])
def test_a_broken_rule_is_a_conflict_and_nothing_stays(database: Database, rows: list[tuple[str, str]]) -> None:
    person = database.write_now(people.add, "ada", "Ada", 1)
    with pytest.raises(StoreConflictError) as refused:
        database.write_now(add_rows, person_role, ROLES, [(who.format(person), role) for who, role in rows])
    assert refused.value.rule
    assert database.read_now(roles) == 0


def test_what_no_column_holds_is_refused(database: Database) -> None:
    person = database.write_now(people.add, "ada", "Ada", 1)
    with pytest.raises(StoreRefusedError):
        database.write_now(add_rows, badge, ("id", "person", "created"), [("b1", person, 2**64)])
    with pytest.raises(StoreRefusedError):
        database.write_now(add_rows, person_role, ROLES, [(person, "\ud800")])


def test_the_hash_of_many_is_the_hash_of_one() -> None:
    keys = BadgeKeys("2", {"1": b"1" * 32, "2": b"2" * 32})
    hashed = keys.hasher("1")
    for number in (b"\x04\xa1\xb2\xc3", b"\x04\xa1\xb2\xc3\xd4\xe5\xf6", b"\x04\xa1\xb2\xc3"):
        assert hashed(number) == keys.hash("1", number)
