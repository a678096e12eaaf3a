"""A person calls their keys and cards what they like, as long as every screen can show it."""

from __future__ import annotations

import pytest

from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

BADGE = "04A1B2C3D4E5F6"


async def test_a_key_has_the_name_that_its_person_gives_it(either: Hospital) -> None:
    ada = await either.person("ada")
    await either.badge(ada, BADGE)
    await give_key(either, ada)
    station = await either.station()
    session = await station.open(BADGE)
    [key] = [
        factor
        for factor in (await station.get(f"/v1/sessions/{session}/factors")).body["factors"]
        if factor["kind"] == "key"
    ]
    named = await station.post(f"/v1/sessions/{session}/factors/{key['mark']}/name", {"name": "Blue, on my lanyard"})
    assert [factor["name"] for factor in named.body["factors"] if factor["kind"] == "key"] == ["Blue, on my lanyard"]
    [row] = await either.trail("factor_named")
    assert (row["detail"]["factor"], row["login"]) == (key["mark"], "ada")
    assert "lanyard" not in str(row)


@pytest.mark.parametrize("name", ["", " ", "a" * 41, "Blue  key", "key\u202e", "Blue\nkey", "Кey"])
async def test_a_name_that_no_screen_could_show_is_refused(service: Hospital, name: str) -> None:
    ada = await service.person("ada")
    await service.badge(ada, BADGE)
    await give_key(service, ada)
    station = await service.station()
    session = await station.open(BADGE)
    factors = (await station.get(f"/v1/sessions/{session}/factors")).body["factors"]
    [mark] = [factor["mark"] for factor in factors if factor["kind"] == "key"]
    answer = await station.post(f"/v1/sessions/{session}/factors/{mark}/name", {"name": name})
    assert (answer.status, answer.code) == (422, "bad_name")


async def test_nobody_elses_and_from_no_other_station(service: Hospital) -> None:
    ada, ben = await service.person("ada"), await service.person("ben")
    await service.badge(ada, BADGE)
    await give_key(service, ben)
    station, other = await service.station(), await service.station("ward-3-b")
    session = await station.open(BADGE)
    factors = (await station.get(f"/v1/sessions/{session}/factors")).body["factors"]
    for mark in [factor["mark"] for factor in factors] + ["key:aaaaaaaa"]:
        answer = await station.post(f"/v1/sessions/{session}/factors/{mark}/name", {"name": "Mine"})
        assert answer.status == 404, "a badge or a PIN has no name, and what is not theirs is not there"
    answer = await other.post(f"/v1/sessions/{session}/factors/pin/name", {"name": "Mine"})
    assert answer.status == 404
    assert await service.trail("factor_named") == []
