"""Attacks on who it is and who vouches: supervisors for themselves, enrolments of other stations, logins."""

from __future__ import annotations

import pytest

from kiosk.service.store import people, start_codes
from tests.fakes.client import NOW
from tests.fakes.enrolling import (
    KEY_PRESENTED,
    Plastic,
    Wizard,
    give_start_code,
    in_session,
    login,
    start_code,
    supervisor,
    uid,
)
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

BADGE, OTHER = "04A1B2C3D4E5F6", "04A1B2C3D4E5F7"
BOSS = "04DDDDDDDDDDDD"


async def waiting_for_a_second(hospital: Hospital, kind: str = "key") -> Wizard:
    """Ada, who has a badge and a PIN, needs somebody's word."""
    await hospital.badge(await hospital.person("ada"), BADGE)
    here = Wizard(await hospital.station())
    await here.begin(uid(BADGE), kind)
    assert here.step == "second"
    return here


async def test_nobody_vouches_for_themselves_by_whatever_is_theirs(either: Hospital) -> None:
    boss = await either.person("boss", "Dora Boss", "supervisor")
    await either.badge(boss, BADGE)
    await either.badge(boss, OTHER)
    key = await give_key(either, boss)
    here = Wizard(await either.station())
    await here.begin(start_code(await give_start_code(either, boss)), "key")
    for badge in (BADGE, OTHER):
        await here.second(uid(badge))
        assert (here.step, here.refused) == ("second", "same_person")
    await here.second(KEY_PRESENTED)
    assert (await here.key(key))["state"] == "refused"
    assert (here.step, here.refused) == ("second", "same_person")
    refused = [row["reason"] for row in await either.trail("enrol_vouched")]
    assert refused == ["same_person"]


@pytest.mark.parametrize("by_key", [False, True])
async def test_who_gave_the_start_code_does_not_vouch_for_it(either: Hospital, by_key: bool) -> None:
    ada = await either.person("ada")
    dora = await supervisor(either, BOSS)
    issuer = next(person.login for person in await either.db.read(people.everybody) if person.login != "ada")
    eve, keys = await supervisor(either, OTHER), either.folder.keys.badge
    code = await either.db.write(start_codes.issue, keys, ada, issuer, "reset R-00000000", NOW)
    here = Wizard(await either.station())
    await here.begin(start_code(code), "pin")
    if by_key:
        await here.second(KEY_PRESENTED)
        assert (await here.key(dora))["state"] == "refused"
    else:
        await here.second(uid(BOSS))
    assert (here.step, here.refused) == ("second", "not_entitled")
    await here.vouch(OTHER, eve)
    assert here.step == "make"


@pytest.mark.parametrize("by_key", [False, True])
async def test_a_second_person_without_the_role_or_without_a_key_may_not_vouch(either: Hospital, by_key: bool) -> None:
    here = await waiting_for_a_second(either)
    colleague = await supervisor(either, OTHER, "nurse")
    if by_key:
        await here.second(KEY_PRESENTED)
        assert (await here.key(colleague))["state"] == "refused"
    else:
        await here.second(uid(OTHER))
    assert (here.step, here.refused) == ("second", "not_entitled")
    weak = await either.person("weak", "Wanda Weak", "supervisor")
    await either.badge(weak, BOSS)
    await here.second(uid(BOSS))
    assert (here.step, here.refused) == ("second", "not_entitled")
    assert here.view["second_may"] == "supervisor"


async def test_an_unknown_badge_and_a_suspended_supervisor_vouch_for_nobody(service: Hospital) -> None:
    here = await waiting_for_a_second(service)
    await here.second(uid(OTHER))
    assert (here.step, here.refused) == ("second", "unknown")
    await supervisor(service, BOSS)
    boss = (await service.db.read(people.everybody))[-1]
    await service.db.write(people.set_active, boss.id, False)
    await here.second(uid(BOSS))
    assert (here.step, here.refused) == ("second", "suspended")


async def test_a_voucher_who_was_suspended_since_does_not_count(service: Hospital) -> None:
    here = await waiting_for_a_second(service)
    key = await supervisor(service, BOSS)
    await here.vouch(BOSS, key)
    plastic = Plastic.blank()
    await here.made(plastic.made(here.view["make"]["key"]))
    boss = next(person for person in await service.db.read(people.everybody) if "supervisor" in person.roles)
    await service.db.write(people.remove_role, boss.id, "supervisor")
    await here.try_key(plastic)
    assert here.step == "second"
    await service.db.write(people.add_role, boss.id, "supervisor")
    await here.vouch(BOSS, key)
    assert here.step == "try"
    assert (await here.try_key(plastic))["step"] == "done"


async def test_the_vouch_is_for_one_kind_and_not_for_a_stronger_one(either: Hospital) -> None:
    here = await waiting_for_a_second(either, "pin")
    key = await supervisor(either, BOSS)
    await here.vouch(BOSS, key)
    assert here.step == "make"
    await here.kind("key")
    assert (here.step, here.view["make"]) == ("second", None)
    await here.vouch(BOSS, key)
    assert (here.step, here.view["kind"]) == ("make", "key")
    await here.kind("key")
    assert here.step == "make"
    await here.kind(None)
    assert here.step == "choose"
    await here.kind("key")
    assert here.step == "make"
    await here.kind("temporary_badge")
    assert here.step == "prove" or here.step == "second"


async def test_an_own_proof_for_one_kind_does_not_count_for_another(service: Hospital) -> None:
    ada = await service.person("ada")
    key = await give_key(service, ada)
    here = Wizard(await service.station())
    await here.begin(KEY_PRESENTED, "badge")
    await here.key(key)
    assert here.step == "make"
    await here.kind("key")
    assert (here.step, here.offered) == ("prove", ["fido2"])


async def test_an_enrolment_is_known_at_its_own_station_only(either: Hospital) -> None:
    here = await waiting_for_a_second(either)
    thief = Wizard(await either.station("ward-4"), here.view)
    boss = await supervisor(either, BOSS)
    await here.second(uid(BOSS))
    bodies = {
        "kind": {"kind": "key"},
        "second": {"presented": uid(BOSS), "tap": 1},
        "made": {"made": {"presented": uid(OTHER), "kind": "badge"}},
        "try": {"tried": {"presented": uid(OTHER), "kind": "badge"}},
        "challenge": {},
        "cancel": {"reason": "timeout"},
    }
    for what, body in bodies.items():
        assert (await thief.station.post(f"{thief.path}/{what}", body)).status == 404, what
    assert (await thief.station.get(thief.path)).status == 404
    ceremony = here.view["ceremony"]["id"]
    assert (await thief.station.challenge(ceremony, "fido2")).status == 404
    await here.key(boss)
    assert here.step == "make"


async def test_a_proof_for_one_ceremony_is_none_for_another(either: Hospital) -> None:
    ada = await either.person("ada")
    key = await give_key(either, ada)
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "badge")
    first = (await here.station.challenge(here.view["ceremony"]["id"], "fido2")).body
    signed = key.sign(first)
    await here.begin(KEY_PRESENTED, "key")
    asked = (await here.station.challenge(here.view["ceremony"]["id"], "fido2")).body
    assert (await here.prove(signed))["refusal"]["code"] == "bad_signature"
    assert (await here.prove(key.sign(asked)))["refusal"]["code"] == "expired"
    await here.key(key)
    assert here.step == "make"
    assert (await here.station.prove(here.view["id"], key.sign(asked))).status == 404


async def test_a_new_enrolment_at_a_station_ends_the_one_left_over(service: Hospital) -> None:
    here = await waiting_for_a_second(service)
    left = Wizard(here.station, here.view)
    await here.begin(uid(BADGE), "pin")
    await left.look()
    assert (left.step, left.refused) == ("refused", "cancelled")
    assert [row["reason"] for row in await service.trail("enrol")] == ["superseded"]


# Typed logins.


async def test_an_unknown_login_looks_like_a_known_one(service: Hospital) -> None:
    await service.person("ada", "Ada Lovelace", "prescriber")
    await service.person("ben", "Ben Bitdiddle")
    here = Wizard(await service.station())
    seen = []
    for name in ("ada", "ben", "nobody"):
        views = [await here.begin(login(name))]
        views.append(await here.kind("key"))
        ceremony = here.view["ceremony"]
        wrong = await here.prove({"pin": "000000", "method": "pin"})
        code = await here.prove({"number": ceremony["offers"][1]["number"], "code": "1" * 20, "method": "recovery"})
        views += [wrong, code, await here.look()]
        text = str(views).replace(name, "?")
        for key in (here.view["id"], ceremony["id"]):
            text = text.replace(key, "#")
        seen.append(text.replace(f"'number': {ceremony['offers'][1]['number']}", "'number': N"))
        service.clock.pass_by(1000)
    assert seen[0] == seen[1] == seen[2]


async def test_the_number_asked_of_a_login_is_always_the_same(service: Hospital) -> None:
    here = Wizard(await service.station())
    numbers = set()
    for _ in range(3):
        await here.begin(login("nobody"), "key")
        numbers |= {offer["number"] for offer in here.view["ceremony"]["offers"] if offer["method"] == "recovery"}
    assert len(numbers) == 1


async def test_a_login_alone_gets_nobody_else_to_vouch(service: Hospital) -> None:
    await service.person("ada")
    await supervisor(service, BOSS)
    here = Wizard(await service.station())
    await here.begin(login("ada"), "key")
    await here.second(uid(BOSS))
    assert (here.step, here.refused) == ("refused", "unknown")


async def test_a_session_of_another_station_or_one_that_is_locked_says_nothing(service: Hospital) -> None:
    ada = await service.person("ada")
    await service.badge(ada, BADGE)
    station, other = await service.station(), await service.station("ward-4")
    session = await station.open(BADGE)
    here = Wizard(other)
    await here.begin(in_session(session), "key")
    assert (here.view["person"], here.refused) == (None, "unknown")
    assert (await other.get(f"/v1/sessions/{session}/factors")).status == 404
    await other.open(BADGE)
    assert (await station.get(f"/v1/sessions/{session}/factors")).status == 404
    mine = Wizard(station)
    await mine.begin(in_session(session), "key")
    assert mine.refused == "unknown"
