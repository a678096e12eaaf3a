"""The hospital's own policies, by version, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kiosk.service.store import policy_versions
from kiosk.service.store.database import Database
from kiosk.service.store.policy_versions import PolicyVersion
from kiosk.service.store.vouching import TamperedError

NOW = 1_800_000_000


def put(database: Database, policy: str, again: int | None = None) -> PolicyVersion:
    return database.write_now(
        policy_versions.add, policy, by="root", administrator="eve", reason="Because.", again=again, now=NOW
    )


def test_versions_are_counted_and_kept(database: Database) -> None:
    assert database.read_now(policy_versions.newest) is None
    assert database.read_now(policy_versions.every) == []
    made = [put(database, "one"), put(database, "two"), put(database, "one", again=1), put(database, "", again=0)]
    assert [version.version for version in made] == [1, 2, 3, 4]
    assert database.read_now(policy_versions.newest) == made[3]
    assert database.read_now(policy_versions.every) == made[::-1]
    assert [database.read_now(policy_versions.text_of, version) for version in made] == ["one", "two", "one", ""]
    assert database.read_now(policy_versions.find, 9) is None
    assert made[3].sha256 == ""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy_version SET sha256 = 'ab' WHERE version = 2",
        "UPDATE policy_version SET reason = 'Another.' WHERE version = 2",
        "DELETE FROM policy_version WHERE version = 2",
        "UPDATE manifest SET body = '{}' WHERE subject = 'policy'",
    ],
)
def test_one_that_is_not_as_it_was_applied_is_not_believed(database: Database, statement: str) -> None:
    put(database, "one")
    put(database, "two")
    database.write_now(lambda conn: conn.execute(text(statement)) and None)
    with pytest.raises(TamperedError):
        database.write_now(policy_versions.newest)


@pytest.mark.parametrize("statement", ["UPDATE policy_text SET text = 'three'", "DELETE FROM policy_text"])
def test_nor_is_another_text(database: Database, statement: str) -> None:
    made = put(database, "one")
    database.write_now(lambda conn: conn.execute(text(statement)) and None)
    with pytest.raises(TamperedError):
        database.read_now(policy_versions.text_of, made)
