"""A role, a name or a life that SQL gave to somebody is not believed; nor is a suspension that SQL lifted."""

from __future__ import annotations

import pytest

from kiosk.service.store import people, stopping
from tests.fakes.asking import ADA, make
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter


async def test_a_role_that_sql_gave(either: Hospital) -> None:
    ward = await make(either)
    await SqlWriter(either).insert("person_role", {"person": ward.person, "role": "administrator"})
    answer = await ward.station.tap(ADA)
    assert (answer.status, answer.code) == (403, "integrity")
    assert (await ward.station.step_up(ward.session)).code == "integrity"


async def test_a_role_that_was_taken_is_not_put_back(either: Hospital) -> None:
    ward = await make(either, "nurse", "researcher")
    await either.db.write(people.remove_role, ward.person, "researcher")
    await SqlWriter(either).insert("person_role", {"person": ward.person, "role": "researcher"})
    assert (await ward.station.tap(ADA)).code == "integrity"


async def test_a_role_that_sql_took_is_noticed(either: Hospital) -> None:
    """Roles bar, too: a person with none may do what a student may not."""
    ward = await make(either, "student")
    await SqlWriter(either).sql("DELETE FROM person_role")
    assert (await ward.station.tap(ADA)).code == "integrity"


@pytest.mark.parametrize("change", ["login = 'root'", "name = 'Eve'", "user_handle = '0'", "contact = 'mailto:eve@e'"])
async def test_a_person_that_sql_changed(either: Hospital, change: str) -> None:
    ward = await make(either)
    await SqlWriter(either).sql(f"UPDATE person SET {change}")  # noqa: S608
    assert (await ward.station.tap(ADA)).code == "integrity"


async def test_a_suspension_that_sql_lifted(either: Hospital) -> None:
    ward = await make(either)
    writer = SqlWriter(either)
    (before,) = await writer.rows("person")
    await either.db.write(people.set_active, ward.person, False)
    assert (await ward.station.tap(ADA)).code == "suspended"
    await writer.sql("UPDATE person SET state = 'active'")
    assert (await ward.station.tap(ADA)).code == "integrity"
    await writer.put_back("person", before)
    assert (await ward.station.tap(ADA)).code == "integrity"


async def test_somebody_who_left_and_was_put_back(either: Hospital) -> None:
    ward = await make(either)
    writer = SqlWriter(either)
    (before,), roles = await writer.rows("person"), await writer.rows("person_role")
    await either.db.write(stopping.set_left, ward.person)
    await writer.put_back("person", before)
    for role in roles:
        await writer.insert("person_role", role)
    assert (await ward.station.tap(ADA)).code == "integrity"


async def test_a_manifest_that_was_changed_or_deleted_lets_nobody_in(either: Hospital) -> None:
    ward = await make(either)
    writer = SqlWriter(either)
    (mine,) = await writer.rows("manifest", "subject = :s", s=ward.person)
    await writer.sql("DELETE FROM manifest WHERE subject = :s", s=ward.person)
    assert (await ward.station.tap(ADA)).code == "integrity"
    await writer.insert("manifest", {**mine, "body": mine["body"].replace("role:nurse", "role:administrator")})
    assert (await ward.station.tap(ADA)).code == "integrity"


async def test_grace_that_sql_gave(either: Hospital) -> None:
    ward = await make(either)
    either.clock.pass_by(5 * 3600)
    assert (await ward.station.tap(ADA)).body["state"] == "prove"
    await SqlWriter(either).sql("UPDATE second_factor SET at = at + 18000")
    assert (await ward.station.tap(ADA)).code == "integrity"


async def test_grace_that_ended_is_not_put_back(either: Hospital) -> None:
    ward = await make(either)
    writer = SqlWriter(either)
    (before,) = await writer.rows("second_factor")
    await either.db.write(stopping.forget, ward.person, int(either.clock()))
    await writer.put_back("second_factor", before, "person")
    assert (await ward.station.tap(ADA)).code == "integrity"
