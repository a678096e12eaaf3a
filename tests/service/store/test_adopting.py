"""Rows of the version before get their codes at the upgrade, once; PINs' hashes are encrypted with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, text

from kiosk.service.folder import finish, make_folder, migrate, open_folder, upgraded_folder
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.store import lookups, people, start_codes
from kiosk.service.store.database import Database
from kiosk.service.store.examining import examine
from kiosk.service.store.vouching import TamperedError
from kiosk.settings.service import ServiceSettings
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.old_stores import BOTH, left_at
from tests.fakes.registry import BADGE_KEYS
from tests.fakes.stores import guard

BEFORE = "0013"
HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("246810")
OF_BEFORE = (
    "INSERT INTO person (id, login, name, user_handle, created) VALUES ('p1', 'ada', 'Ada', :handle, 1)",
    "INSERT INTO person (id, login, name, user_handle, state, created) VALUES ('p2', 'bob', 'Bob', :other, 'left', 1)",
    "INSERT INTO person_role (person, role) VALUES ('p1', 'nurse')",
    "INSERT INTO pin (person, hash, changed) VALUES ('p1', :hash, 1)",
    "INSERT INTO badge (id, person, created) VALUES ('b1', 'p1', 1)",
    "INSERT INTO badge (id, person, created, revoked) VALUES ('b2', 'p1', 1, 2)",
    "INSERT INTO badge_form (badge, key_id, form, hmac) VALUES ('b1', '1', 'exact', :handle)",
    "INSERT INTO workstation (id, name, place, state, jwk, jkt, created) "
    "VALUES ('w1', 'w', 'W', 'enrolled', '{}', 'j', 1)",
    "INSERT INTO application (id, name, audience, jwk, jkt, created) VALUES ('a1', 'a', 'https://a', '{}', 'j', 1)",
    "INSERT INTO web_origin (origin, application, actions, created) VALUES ('https://o', 'a1', '[]', 1)",
    "INSERT INTO recovery_set (person, created, until) VALUES ('p1', 1, 2)",
    "INSERT INTO recovery_code (person, number, key_id, salt, hash) VALUES ('p1', 1, '1', :handle, :handle)",
    "INSERT INTO second_factor (person, acr, amr, at) VALUES ('p1', 'phr', '[]', 5)",
    "INSERT INTO audit_chain (chain, head_seq, head_hash) VALUES ('service', 0, :handle)",
    "INSERT INTO crl (issuer, scope, delta, der, this_update, next_update, added) "
    "VALUES ('i', '', false, :other, 1, 2, 3)",
    "INSERT INTO crl (issuer, scope, delta, der, this_update, next_update, added) "
    "VALUES ('i', '', true, :other, 1, 2, 3)",
)
VALUES = {"handle": b"h" * 32, "other": b"o" * 32, "hash": HASH}


def furnish(store: Database) -> None:
    """What the version before wrote."""

    def act(conn: Connection) -> None:
        for statement in OF_BEFORE:
            conn.execute(text(statement), {name: value for name, value in VALUES.items() if f":{name}" in statement})

    store.write_now(act)


@pytest.mark.parametrize("kind", BOTH)
def test_rows_of_the_version_before_are_believed_once(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    store = left_at(BEFORE, request, tmp_path, kind)
    furnish(store)
    # Each but the role, which its person's manifest lists; and that any program may ask for the application's tokens.
    assert store.migrate_now() == len(OF_BEFORE)
    examined = store.read_now(examine)
    assert examined.found == []
    ada = store.read_now(lookups.person_by_login, "ada")
    assert ada is not None
    assert ada.person.roles == ("nurse",)
    assert store.read_now(lookups.pin_hash, "p1") == HASH
    stored = store.read_now(lambda conn: conn.execute(text("SELECT hash FROM pin")).scalar_one())
    assert "argon2" not in stored
    listed = store.read_now(
        lambda conn: conn.execute(text("SELECT body FROM manifest WHERE subject='p1'")).scalar_one()
    )
    assert set(json.loads(listed)) == {"person", "role:nurse", "pin", "badge:b1", "recovery", "recovery:1", "grace"}
    assert store.migrate_now() == 0
    store.write_now(people.add_role, "p1", "doctor")
    store.write_now(start_codes.issue, BADGE_KEYS, "p1", "root", "new", NOW)
    assert store.read_now(examine).found == []
    store.close_now()


@pytest.mark.parametrize("kind", BOTH)
def test_rows_that_come_later_are_never_believed_that_way(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    """Not even by a start that still has the mark of the upgrade, which a crash can leave behind."""
    store = left_at(BEFORE, request, tmp_path, kind)
    furnish(store)
    store.migrate_now()
    store.write_now(lambda conn: conn.execute(text("UPDATE pin SET hash = 'x', mac = NULL")))
    assert store.migrate_now() == 0
    with pytest.raises(TamperedError):
        store.read_now(lookups.pin_hash, "p1")
    store.close_now()


@pytest.mark.parametrize("kind", BOTH)
def test_a_schema_that_was_set_back_is_not_believed(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    """Whoever may write the schema too makes the database look like the version before."""
    old = left_at(BEFORE, request, tmp_path, kind)
    furnish(old)
    later = Database(old.url, guard())
    old.close_now()
    assert later.migrate_now() == 0
    assert len(later.read_now(examine).found) >= len(OF_BEFORE) - 1
    with pytest.raises(TamperedError):
        later.read_now(lookups.person_by_login, "ada")
    later.close_now()


def test_a_folder_of_the_version_before_gets_its_keys_and_says_so_in_the_trail(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    old = left_at(BEFORE, request, tmp_path, "sqlite")
    furnish(old)
    old.write_now(lambda conn: conn.execute(text("DELETE FROM audit_chain")))
    old.close_now()
    finish(make_folder(data, ServiceSettings(origin=ORIGIN), NOW))
    (tmp_path / "old.db").rename(data / "kiosk.db")
    for kind in ("row", "pin"):
        (data / "keys" / f"{kind}-1.key").unlink()
    with pytest.raises(KeyFileError, match="start the service once"):
        open_folder(data)
    folder = upgraded_folder(data)
    assert folder.keys.rows.adopting
    migrate(folder)
    again = upgraded_folder(data)
    assert not again.keys.rows.adopting
    store = again.database()
    assert store.read_now(examine).found == []
    told = store.read_now(lambda conn: conn.execute(text("SELECT body FROM audit_row")).scalars().all())
    assert [json.loads(row)["detail"]["act"] for row in told] == ["adopt"]
    store.close_now()
