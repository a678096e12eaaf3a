"""Attacks on badges: numbers that are none, badges of others, two at the same time."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.service.policy import rules_from
from kiosk.service.store import badges
from tests.fakes.client import NOW
from tests.fakes.enrolling import KEY_PRESENTED, Wizard, login, supervisor, uid
from tests.fakes.service import Hospital, with_rules
from tests.service.enrolment.proving import count, proved

BADGE, OTHER = "04A1B2C3D4E5F6", "04112233445566"
BOSS = "04DDDDDDDDDDDD"


@pytest.mark.parametrize(
    ("number", "code", "resembles"),
    [
        ("08A1B2C3", "random_uid", None),
        ("A1A1A1", "bad_uid", None),
        ("04a1b2c3d4e5f6", "bad_uid", None),
        ("", "bad_uid", None),
        ("00000000", "bad_uid", None),
        ("F6E5D4C3B2A104", "bad_uid", "reversed"),
        ("20854DC32BA76F", "bad_uid", "reversed"),
        ("04A1B2C3", "bad_uid", "truncated"),
        ("8804A1B2", "bad_uid", "truncated"),
        ("04AABBCCDDEEFF", "proof_card", None),
        ("04FF0000000000", "badge_range", None),
    ],
)
@pytest.mark.parametrize("first", [False, True])
async def test_a_number_that_is_no_badge_here_is_refused_before_anything_is_proved(
    service: Hospital, number: str, code: str, resembles: str | None, first: bool
) -> None:
    ben = await service.person("ben")
    await service.badge(ben, BADGE)
    card = bytes.fromhex("04AABBCCDDEEFF")
    await service.db.write(badges.add_proof_card, service.folder.keys.badge, ben, card, NOW)
    with with_rules(service, rules_from({"badge_deny": ["04FF"]})):
        if first:
            await service.person("ada")
            here = Wizard(await service.station())
            await here.begin(login("ada"), new=uid(number))
            assert here.step == "refused"
        else:
            here, _ = await proved(service, "badge")
            await here.made({"presented": uid(number), "kind": "badge"})
            assert here.step == "make"
    assert (here.refused, here.view["refusal"]["resembles"]) == (code, resembles)


@pytest.mark.parametrize("source", ["layout", "other_chip"])
async def test_a_number_that_is_held_to_no_rule_of_chips_is_enrolled_from_its_first_tap(
    either: Hospital, source: str
) -> None:
    await either.person("zoe")
    here = Wizard(await either.station("first"))
    await here.begin(login("zoe"), new=uid("08A1B2C3") | {"source": source})
    assert here.step != "refused"
    other, _ = await proved(either, "badge")
    await other.made({"presented": uid("08A1B2C4") | {"source": source}, "kind": "badge"})
    assert other.step == "try"


async def test_ones_own_badge_is_not_added_twice(either: Hospital) -> None:
    here, _ = await proved(either, "badge")
    await either.badge(here.view["person"]["id"], BADGE)
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    assert (here.step, here.refused) == ("make", "own_already")


async def test_a_badge_tried_must_be_the_one_made(either: Hospital) -> None:
    here, _ = await proved(either, "badge")
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    await here.try_badge(OTHER)
    assert (here.step, here.refused) == ("try", "wrong_thing")
    assert (await either.db.read(count))[0] == 0
    assert (await here.try_badge(BADGE))["step"] == "done"


async def test_a_badge_of_another_does_not_move_without_a_word(either: Hospital) -> None:
    ben = await either.person("ben", "Ben Bitdiddle")
    await either.badge(ben, BADGE)
    colleague = await supervisor(either, OTHER, "nurse")
    here, _ = await proved(either, "badge")
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    assert here.step == "second"
    path = f"{here.path}/try"
    body = {"tried": {"presented": uid(BADGE), "kind": "badge"}}
    assert (await here.station.post(path, body)).code == "wrong_step"
    await here.second(uid(OTHER))
    assert here.refused == "not_entitled"
    await here.second(KEY_PRESENTED)
    await here.key(colleague)
    assert (here.step, here.refused) == ("second", "not_entitled")
    await here.second(uid(BADGE))
    assert (here.step, here.refused) == ("second", "not_entitled")  # ben's own word by a badge and a PIN is one factor
    assert (await here.station.tap(BADGE)).body["person"]["login"] == "ben"
    boss = await supervisor(either, BOSS)
    await here.vouch(BOSS, boss)
    assert here.step == "try"
    assert (await here.try_badge(BADGE))["step"] == "done"


async def test_a_supervisors_word_from_before_is_none_for_a_badge_of_another(service: Hospital) -> None:
    ben = await service.person("ben", "Ben Bitdiddle")
    await service.badge(ben, BADGE)
    await service.badge(await service.person("ada"), OTHER)
    boss = await supervisor(service, BOSS)
    here = Wizard(await service.station())
    await here.begin(uid(OTHER), "badge")
    await here.vouch(BOSS, boss)
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    assert (here.step, here.view["second_why"]) == ("second", "badge_of_another")
    await here.vouch(BOSS, boss)
    said = [row["detail"] for row in await service.trail("proof") if row["detail"].get("part") == "vouch"]
    assert [("factor" in view) for view in said] == [False, True]
    assert (await here.try_badge(BADGE))["step"] == "done"


async def test_a_badge_that_went_to_a_third_meanwhile_does_not_move(either: Hospital) -> None:
    ben, cal = await either.person("ben", "Ben"), await either.person("cal", "Cal")
    await either.badge(ben, BADGE)
    boss = await supervisor(either, BOSS)
    here, _ = await proved(either, "badge")
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    await here.vouch(BOSS, boss)
    owner = await either.db.read(badges.owner, either.folder.keys.badge, bytes.fromhex(BADGE))
    assert owner is not None
    await either.db.write(badges.revoke, owner[0], NOW)
    await either.badge(cal, BADGE)
    await here.try_badge(BADGE)
    assert (here.step, here.refused) == ("make", "taken")
    assert (await here.station.tap(BADGE)).body["person"]["login"] == "cal"


async def test_two_persons_with_the_same_badge_at_the_same_time_one_gets_it(either: Hospital) -> None:
    first, _ = await proved(either, "badge")
    second, _ = await proved(either, "badge", "ben", "ward-4")
    for here in (first, second):
        await here.made({"presented": uid(BADGE), "kind": "badge"})
        assert here.step == "try"
    await asyncio.gather(first.try_badge(BADGE), second.try_badge(BADGE))
    assert sorted(here.step for here in (first, second)) == ["done", "make"]
    loser = first if first.step == "make" else second
    assert loser.refused == "taken"
    assert (await either.db.read(count))[0] == 1
