"""A directory, or whoever rules it, says what it should not: mass leaves, power by a group, others' logins, old ids."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from kiosk.service.admin import directory
from kiosk.service.admin.act import Admin
from kiosk.service.directory import deciding
from kiosk.service.directory.wanted import WantedPerson
from kiosk.service.platform.directory_settings import check_privileged, directory_from
from kiosk.service.store import directory_sources
from kiosk.service.store.schema import directory_member, directory_person
from kiosk.settings import SettingsError
from tests.fakes.directories import ROLES, person, set_directory, speaker
from tests.fakes.scim import ScimSpeaker
from tests.fakes.service import Hospital

HOUR = 3600


async def many(there: ScimSpeaker, number: int) -> list[str]:
    return [await there.user(f"person{each}") for each in range(number)]


@pytest.mark.parametrize("how", ["DELETE", "active"])
async def test_more_than_a_part_of_everybody_leaving_stops_and_asks(service: Hospital, how: str) -> None:
    set_directory(service, leave_percent=20, leave_least=1)
    there = await speaker(service)
    ids = await many(there, 10)
    service.clock.pass_by(24 * HOUR)
    off = {"op": "replace", "path": "active", "value": False}

    async def end(who: str) -> int:
        if how == "DELETE":
            return (await there.ask("DELETE", f"/Users/{who}")).status
        return (await there.patch(f"/Users/{who}", off)).status

    assert [await end(who) < 300 for who in ids[:4]] == [True, True, False, False]
    assert [(await person(service, f"person{each}")).active for each in range(4)] == [False, False, True, True]
    state = await service.db.read(directory_sources.state_of, "entra")
    assert state.trouble is not None and "directory let entra --leave 3" in state.trouble
    service.clock.pass_by(HOUR + 1)
    assert await end(ids[2]) < 300, "what was let go an hour ago does not count any more"


async def test_an_administrators_word_lets_them_go_for_a_while(service: Hospital) -> None:
    set_directory(service, leave_percent=0, leave_least=0)
    there = await speaker(service)
    ids = await many(there, 3)
    assert (await there.ask("DELETE", f"/Users/{ids[0]}")).status == 403
    await service.db.write(directory.let, Admin("root", 0, int(service.clock())), "entra", 2, 0, 0, HOUR)
    assert [(await there.ask("DELETE", f"/Users/{who}")).status for who in ids] == [204, 204, 403]
    service.clock.pass_by(HOUR + 1)
    assert (await there.ask("DELETE", f"/Users/{ids[2]}")).status == 403
    rows = [row["detail"] for row in await service.trail("admin") if row["detail"]["act"] == "directory.let"]
    assert [(row["by"], row["leave"]) for row in rows] == [("root", 2)]


async def test_a_group_called_as_a_role_gives_nothing(service: Hospital) -> None:
    set_directory(service, **ROLES)
    there = await speaker(service)
    who = await there.user("eve", roles=[{"value": "administrator"}], groups=[{"value": "administrator"}])
    for name in ("administrator", "help_desk", "Administrators", "nurse"):
        await there.group(name, who)
    assert (await person(service, "eve")).roles == ()


async def test_a_group_renamed_to_one_with_power_meets_the_brake(service: Hospital) -> None:
    set_directory(service, **ROLES)
    there = await speaker(service)
    group = await there.group("Porters", *await many(there, 3))
    renamed = await there.patch(f"/Groups/{group}", {"op": "replace", "path": "displayName", "value": "Desk"})
    assert renamed.status == 403
    assert (await there.ask("GET", f"/Groups/{group}")).body["displayName"] == "Porters"
    assert (await person(service, "person0")).roles == ()


def test_settings_give_power_by_a_group_only_if_they_say_so_twice() -> None:
    power = frozenset({"administrator"})
    once = {"roles": {"Admins": ["administrator"]}}
    with pytest.raises(SettingsError, match="gives power"):
        check_privileged(directory_from(once), power)
    check_privileged(directory_from({**once, "privileged": ["administrator"]}), power)
    # And if nobody had looked, it would still not be given.
    wanted = WantedPerson("1", "eve", "Eve", groups=frozenset({"admins"}))
    plan = deciding.decide(None, wanted, deciding.RoleGiving(directory_from(once), power))
    assert [act.kind for act in plan.acts] == ["create"]


async def test_nobody_is_renamed_to_anothers_login(service: Hospital) -> None:
    set_directory(service)
    there = await speaker(service)
    boss = await service.person("boss", "The Boss", "supervisor")
    eve, anna = await there.user("eve"), await there.user("anna")
    for login in ("boss", "BOSS", "anna"):
        taken = await there.patch(f"/Users/{eve}", {"op": "replace", "path": "userName", "value": login})
        assert (taken.status, taken.body["scimType"]) == (409, "uniqueness")
    assert (await there.ask("DELETE", f"/Users/{anna}")).status == 204
    late = await there.patch(f"/Users/{eve}", {"op": "replace", "path": "userName", "value": "anna"})
    assert late.status == 409, "a login of somebody who left stays theirs, so the trail names one person by it"
    assert (await person(service, "boss")).id == boss and (await person(service, "eve")).id == eve


async def test_an_id_that_is_used_again_brings_nobody_elses_life_back(service: Hospital) -> None:
    set_directory(service)
    there = await speaker(service)
    anna = await there.user("anna", externalId="1042")
    await there.ask("DELETE", f"/Users/{anna}")
    reused = await there.ask("POST", "/Users", {"userName": "eve", "displayName": "Eve", "externalId": "1042"})
    assert reused.status == 409 and "directory release anna" in reused.body["detail"]
    assert (await person(service, "anna")).state == "left"
    other = await there.ask("POST", "/Users", {"userName": "anna", "displayName": "Another", "externalId": "2001"})
    assert other.status == 409 and (await person(service, "anna")).name == "Anna Okonkwo"


async def test_a_person_whom_sql_marked_as_a_directorys_is_not_touched(service: Hospital) -> None:
    service.tampered = True
    there = await speaker(service)
    boss = await service.person("boss")
    row = {"person": boss, "source": "entra", "since": 1, "changed": 1}
    await service.db.write(lambda conn: conn.execute(insert(directory_person).values(row)))
    assert (await there.ask("DELETE", f"/Users/{boss}")).status == 403
    assert (await person(service, "boss")).state == "active"


async def test_a_member_whom_sql_put_into_a_group_gets_no_role(service: Hospital) -> None:
    service.tampered = True
    set_directory(service, **ROLES)
    there = await speaker(service)
    eve = await there.user("eve")
    desk = await there.group("Desk")
    row = {"group_id": desk, "person": eve}
    await service.db.write(lambda conn: conn.execute(insert(directory_member).values(row)))
    named = {"op": "replace", "path": "displayName", "value": "Eve"}
    assert (await there.patch(f"/Users/{eve}", named)).status == 403
    assert (await person(service, "eve")).roles == ()
