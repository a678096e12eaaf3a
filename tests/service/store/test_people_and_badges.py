"""Persons, badges, workstations and cards as stored, on both databases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import badges, cards, codes, lookups, people, workstations
from kiosk.service.store.badge_number import InvalidBadgeNumberError, other_forms, parse
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreConflictError
from kiosk.service.store.schema import badge_form, pin, workstation

KEYS = BadgeKeys("2", {"1": b"1" * 32, "2": b"2" * 32})
NUMBER = bytes.fromhex("04A1B2C3D4E5F6")


def test_a_badge_is_found_by_its_number_alone(database: Database) -> None:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    made = database.write_now(badges.add, KEYS, ada, NUMBER, 1)
    assert database.read_now(badges.owner, KEYS, NUMBER) == (made, ada)
    assert database.read_now(badges.owner, KEYS, NUMBER[::-1]) is None


def test_a_number_is_nowhere_in_the_database(database: Database) -> None:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    database.write_now(badges.add, KEYS, ada, NUMBER, 1)
    stored = database.read_now(lambda conn: [bytes(h) for h in conn.execute(select(badge_form.c.hmac)).scalars()])
    assert stored
    assert all(len(value) == 32 and NUMBER not in value for value in stored)


def test_a_badge_made_under_an_older_key_still_counts(database: Database) -> None:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    made = database.write_now(badges.add, BadgeKeys("1", {"1": b"1" * 32}), ada, NUMBER, 1)
    assert database.read_now(badges.owner, KEYS, NUMBER) == (made, ada)


def test_a_badge_belongs_to_one_person_until_it_is_taken_away(database: Database) -> None:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    ben = database.write_now(people.add, "ben", "Ben", 1)
    made = database.write_now(badges.add, KEYS, ada, NUMBER, 1)
    with pytest.raises(StoreConflictError):
        database.write_now(badges.add, KEYS, ben, NUMBER, 2)
    database.write_now(badges.revoke, made, 3)
    assert database.read_now(badges.owner, KEYS, NUMBER) is None
    database.write_now(badges.add, KEYS, ben, NUMBER, 4)
    assert database.read_now(badges.of_person, ada) == []


@pytest.mark.parametrize(
    ("reported", "likeness"),
    [
        ("F6E5D4C3B2A104", "reversed"),
        ("20854DC32BA76F", "reversed"),
        ("04A1B2C3", "truncated"),
        ("C3D4E5F6", "truncated"),
        ("8804A1B2", "truncated"),
        ("C3B2A104", "truncated"),
        ("00D4E5F6", "truncated"),
        ("04A1B2C3D4E5F7", None),
    ],
)
def test_an_unknown_number_that_resembles_a_known_badge_is_recognised(
    database: Database, reported: str, likeness: str | None
) -> None:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    database.write_now(badges.add, KEYS, ada, NUMBER, 1)
    assert database.read_now(badges.resembled, KEYS, bytes.fromhex(reported)) == likeness


def test_the_whole_number_of_a_badge_enrolled_in_part_is_recognised(database: Database) -> None:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    database.write_now(badges.add, KEYS, ada, NUMBER[:4], 1)
    assert database.read_now(badges.resembled, KEYS, NUMBER) == "truncated"


@given(st.sampled_from([4, 7, 10]).flatmap(lambda size: st.binary(min_size=size, max_size=size)))
def test_no_other_form_is_the_number_itself(number: bytes) -> None:
    forms = other_forms(number)
    assert number not in {form for _, form in forms}
    assert len({form for _, form in forms}) == len(forms)


@pytest.mark.parametrize("text", ["", "04", "04A1B2", "zz", "04A1B2C3D4E5F60", "A1" * 17])
def test_a_number_of_another_size_is_no_badge(text: str) -> None:
    with pytest.raises(InvalidBadgeNumberError):
        parse(text)


def test_a_number_that_changes_at_every_tap_is_no_badge() -> None:
    with pytest.raises(InvalidBadgeNumberError, match="08") as caught:
        parse("08:A1:B2:C3")
    assert caught.value.random
    assert parse("08A1B2C3D4E5F6") == bytes.fromhex("08A1B2C3D4E5F6")


@pytest.mark.parametrize("text", ["00000000", "FF:FF:FF:FF", "00000000000000", "F" * 20])
def test_what_a_reader_reports_that_read_nothing_is_no_badge(text: str) -> None:
    with pytest.raises(InvalidBadgeNumberError, match="00 or FF"):
        parse(text)
    assert parse("00000001") == b"\0\0\0\1"


def test_a_card_that_signs_with_a_key_is_known_by_its_number(database: Database) -> None:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    for _ in range(2):
        database.write_now(badges.add_proof_card, KEYS, ada, NUMBER, 1)
    assert database.read_now(badges.proof_card_owner, KEYS, NUMBER) == ada


def test_a_code_enrols_one_workstation_once_and_in_time(database: Database) -> None:
    station = database.write_now(workstations.announce, "w", "Ward", "secret", 100, exempt=True)
    assert database.write_now(workstations.enrol, "wrong", "{}", "k1", 101) is None
    assert database.write_now(workstations.enrol, "secret", "{}", "k1", 100 + 3600) is None
    assert database.write_now(workstations.enrol, "secret", "{}", "k1", 3699) == station
    assert database.write_now(workstations.enrol, "secret", "{}", "k2", 3699) is None


def test_the_secret_of_a_code_is_not_stored(database: Database) -> None:
    database.write_now(workstations.announce, "w", "Ward", "the-secret", 100, exempt=False)
    row = database.read_now(lambda conn: conn.execute(select(workstation)).one())
    assert "the-secret" not in str(row)


def test_the_name_of_a_revoked_workstation_is_free_again(database: Database) -> None:
    first = database.write_now(workstations.announce, "w", "Ward", "one", 100, exempt=False)
    with pytest.raises(StoreConflictError):
        database.write_now(workstations.announce, "w", "Ward", "two", 100, exempt=False)
    database.write_now(workstations.revoke, first, 101)
    database.write_now(workstations.announce, "w", "Ward", "two", 102, exempt=False)
    assert [station.state for station in database.read_now(workstations.all_of_them)] == ["revoked", "pending"]


def test_a_new_pin_replaces_the_old_one(database: Database) -> None:
    ada = database.write_now(people.add, "ada", "Ada", 1)
    database.write_now(codes.set_pin, ada, "first", 1)
    database.write_now(codes.set_pin, ada, "second", 2)
    assert database.read_now(lookups.pin_hash, ada) == "second"
    stored = database.read_now(lambda conn: conn.execute(select(pin.c.hash)).scalars().all())
    assert len(stored) == 1
    assert "second" not in stored[0]


def test_a_piv_card_belongs_to_one_person(database: Database) -> None:
    def bind(conn: Connection, login: str) -> None:
        person = people.add(conn, login, login, 1)
        cards.add_piv_card(conn, person, "card", (b"9e", "print"), None, ("service", 1), 1)

    database.write_now(bind, "ada")
    with pytest.raises(StoreConflictError):
        database.write_now(bind, "ben")
