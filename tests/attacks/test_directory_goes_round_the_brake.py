"""Whoever has a directory's token goes round the brake: by giving back, by adding, by two requests at once."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.service.admin import directory, people
from kiosk.service.admin.act import Admin
from kiosk.service.directory.brake import DAY
from tests.fakes.directories import ROLES, person, set_directory, speaker
from tests.fakes.scim import ScimSpeaker
from tests.fakes.service import Hospital

HOUR = 3600


async def coming(there: ScimSpeaker, number: int, first: int = 0) -> list[str]:
    return [await there.user(f"p{each}", externalId=f"e{each}") for each in range(first, first + number)]


@pytest.mark.parametrize("how", ["DELETE", "active"])
async def test_whoever_is_let_in_again_was_stopped_all_the_same(either: Hospital, how: str) -> None:
    """To leave takes all factors. One by one, each back at once, nobody in the hospital would have any."""
    set_directory(either, leave_percent=0, leave_least=2)
    there = await speaker(either)
    ids = await coming(there, 4)

    async def out_and_in(number: int) -> int:
        path = f"/Users/{ids[number]}"
        if how == "DELETE":
            out = (await there.ask("DELETE", path)).status
            if out == 204:
                await there.user(f"p{number}", externalId=f"e{number}")
            return out
        said = [{"op": "replace", "path": "active", "value": value} for value in (False, True)]
        answers = [await there.patch(path, step) for step in said]
        return answers[0].status

    good = 204 if how == "DELETE" else 200
    assert [await out_and_in(number) for number in range(4)] == [good, good, 403, 403]
    assert [(await person(either, f"p{number}")).state for number in range(4)] == ["active"] * 4
    either.clock.pass_by(HOUR + 1)
    assert await out_and_in(2) == good


async def test_whom_an_administrator_stopped_counts_as_they_leave(service: Hospital) -> None:
    """They leave with their factors too, and the directory still does not let them in again."""
    set_directory(service, leave_percent=0, leave_least=1)
    there = await speaker(service)
    ids = await coming(there, 2)
    for number in range(2):
        await service.db.write(people.suspend, Admin("root", 0, int(service.clock())), f"p{number}")
    assert [(await there.ask("DELETE", f"/Users/{who}")).status for who in ids] == [204, 403]
    again = await there.ask("POST", "/Users", {"userName": "p0", "displayName": "P", "externalId": "e0"})
    assert again.status == 409 and (await person(service, "p0")).state == "left"


async def test_whoever_adds_persons_lets_no_more_of_the_others_leave(service: Hospital) -> None:
    set_directory(service, leave_percent=20, leave_least=1)
    there = await speaker(service)
    ids = await coming(there, 5)
    service.clock.pass_by(DAY)
    await coming(there, 20, first=5)
    assert [(await there.ask("DELETE", f"/Users/{who}")).status for who in ids[:2]] == [204, 403]


async def test_several_roles_of_one_person_are_several(service: Hospital) -> None:
    both = {"roles": {"Desk": ["help_desk", "supervisor"]}, "privileged": ["help_desk", "supervisor"]}
    set_directory(service, **both, privileged_most=3)
    there = await speaker(service)
    desk = await there.group("Desk")
    ids = await coming(there, 2)
    entered = [
        (await there.patch(f"/Groups/{desk}", {"op": "add", "path": "members", "value": [{"value": who}]})).status
        for who in ids
    ]
    assert entered == [200, 403]
    assert (await person(service, "p1")).roles == ()


async def test_two_requests_at_once_give_no_more_power_than_one(either: Hospital) -> None:
    set_directory(either, **ROLES)
    there, other = await speaker(either), await speaker(either)
    desk = await there.group("Desk")
    ids = await coming(there, 4)
    add = [{"op": "add", "path": "members", "value": [{"value": who}]} for who in ids]
    both = (there, other) * 2
    answers = await asyncio.gather(*(who.patch(f"/Groups/{desk}", said) for who, said in zip(both, add, strict=True)))
    roles = [(await person(either, f"p{number}")).roles for number in range(4)]
    assert sorted(roles) == [(), (), (), ("help_desk",)], [answer.status for answer in answers]


async def test_what_is_held_up_is_said_once_in_the_trail(service: Hospital) -> None:
    """Otherwise whoever has the token fills it; and otherwise nobody who reads it knows."""
    set_directory(service, leave_percent=0, leave_least=0)
    there = await speaker(service)
    ids = await coming(there, 3)
    for who in ids:
        assert (await there.ask("DELETE", f"/Users/{who}")).status == 403
    told = [row for row in await service.trail("directory") if row["result"] == "refused"]
    assert len(told) == 1 and "directory let entra --leave 1" in told[0]["detail"]["said"]


@pytest.mark.parametrize("number", ["--5", "-", "", "1e3", "٣"])
async def test_a_number_that_is_none_is_refused(service: Hospital, number: str) -> None:
    there = await speaker(service)
    answer = await there.ask("GET", f"/Users?startIndex={number}")
    assert (answer.status, answer.body.get("scimType")) == (400, "invalidValue")


def active_login(number: int) -> dict[str, object]:
    return {"op": "replace", "path": "userName", "value": f"other{number}"}


async def test_not_everybody_gets_another_login_within_an_hour(either: Hospital) -> None:
    """Nobody who types their login would get in."""
    set_directory(either, altered_percent=0, altered_least=2)
    there = await speaker(either)
    ids = await coming(there, 4)
    renamed = [(await there.patch(f"/Users/{who}", active_login(at))).status for at, who in enumerate(ids)]
    assert renamed == [200, 200, 403, 403]
    either.clock.pass_by(HOUR + 1)
    answer = await there.patch(f"/Users/{ids[2]}", active_login(2))
    assert answer.status == 200 and (await person(either, "other2")).name


@pytest.mark.parametrize("how", ["member by member", "whole group", "group's end", "group's name"])
async def test_a_role_is_not_taken_from_everybody_within_an_hour(either: Hospital, how: str) -> None:
    set_directory(either, **ROLES, altered_percent=0, altered_least=2)
    there = await speaker(either)
    ids = await coming(there, 4)
    ward = await there.group("Nurses", *ids)
    before = [(await person(either, f"p{at}")).roles for at in range(4)]
    assert all(before)
    if how == "member by member":
        gone = [{"op": "remove", "path": f'members[value eq "{who}"]'} for who in ids]
        assert [(await there.patch(f"/Groups/{ward}", step)).status for step in gone] == [200, 200, 403, 403]
        assert [(await person(either, f"p{at}")).roles for at in range(4)] == [(), (), *before[2:]]
        return
    if how == "group's end":
        answer = await there.ask("DELETE", f"/Groups/{ward}")
    elif how == "whole group":
        answer = await there.patch(f"/Groups/{ward}", {"op": "replace", "path": "members", "value": []})
    else:
        answer = await there.patch(f"/Groups/{ward}", {"op": "replace", "path": "displayName", "value": "Nobody's"})
    assert (answer.status, [(await person(either, f"p{at}")).roles for at in range(4)]) == (403, before)
    assert "directory let entra --altered 4" in answer.body["detail"]
    await either.db.write(directory.let, Admin("root", 0, int(either.clock())), "entra", 0, 0, 4, HOUR)
    if how == "group's end":
        assert (await there.ask("DELETE", f"/Groups/{ward}")).status == 204
        assert [(await person(either, f"p{at}")).roles for at in range(4)] == [()] * 4


async def test_a_token_reads_so_much_a_minute_and_then_waits(service: Hospital) -> None:
    """Whoever reads everybody without an end would keep the database from those who tap."""
    set_directory(service)
    there, other = await speaker(service), await speaker(service, "okta")
    ids = await coming(there, 3)
    service.app.state.directory_reads.most = 10
    answers = [await there.ask("GET", path) for path in ("/Users", "/Users", "/Users", f"/Users/{ids[0]}")]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 61
    assert (await other.ask("GET", "/Users")).status == 200
    assert (await there.ask("DELETE", f"/Users/{ids[0]}")).status == 204, "whoever leaves, leaves"
    service.clock.pass_by(61)
    assert (await there.ask("GET", "/Users")).status == 200
