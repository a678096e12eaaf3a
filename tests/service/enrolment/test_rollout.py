"""What the roll-out and the outbox have to do with an enrolment at the workstation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from kiosk.service.policy import rules_from
from kiosk.service.store import integrity, messages, people, recovery_codes
from kiosk.service.store.schema import person
from tests.fakes.client import NOW
from tests.fakes.enrolling import Wizard, give_start_code, in_session, login, start_code, supervisor, uid
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital, with_rules

BADGE, BOSS = "04A1B2C3D4E5F6", "04DDDDDDDDDDDD"
DAY = 86_400


def pilot(begins: int) -> dict[str, Any]:
    wave = {"name": "pilot", "kinds": ["key"], "from": datetime.fromtimestamp(begins, UTC), "places": ["Ward 3"]}
    return {"wave": [wave]}


async def somebody(hospital: Hospital, place: str) -> str:
    ada = await hospital.person("ada")
    await hospital.badge(ada, BADGE)

    def put(conn: Connection) -> None:
        integrity.change(conn, person, person.c.id == ada, {"place": place})

    await hospital.db.write(put)
    assert await hospital.db.read(people.place_of, ada) == place
    return ada


async def test_a_kind_is_offered_to_their_wave_from_its_day_on(either: Hospital) -> None:
    await somebody(either, "Ward 3")
    station = await either.station()
    session = await station.open(BADGE)
    for begins, there in ((NOW + 3600, False), (NOW, True)):
        with with_rules(either, rules_from(pilot(begins))):
            here = Wizard(station)
            await here.begin(in_session(session))
            assert ("key" in here.view["kinds"]) is there
            may_add = (await station.get(f"/v1/sessions/{session}/factors")).body["may_add"]
            assert ("key" in may_add) is there
            await here.cancel()


async def test_asking_for_it_all_the_same_is_refused(service: Hospital) -> None:
    await somebody(service, "Ward 4")
    station = await service.station()
    session = await station.open(BADGE)
    with with_rules(service, rules_from(pilot(NOW - 1))):
        here = Wizard(station)
        await here.begin(in_session(session), "key")
        assert (here.step, here.refused) == ("refused", "policy")


async def test_no_wave_shows_to_one_who_only_typed_a_login(service: Hospital) -> None:
    await somebody(service, "Ward 4")
    with with_rules(service, rules_from(pilot(NOW - 1))):
        seen = []
        for name in ("ada", "nobody"):
            here = Wizard(await service.station(f"station-{name}"))
            await here.begin(login(name))
            seen.append(here.view["kinds"])
        assert seen[0] == seen[1]


async def test_whom_it_concerns_is_told_of_the_code_and_of_the_factor(either: Hospital) -> None:
    ada = await somebody(either, "Ward 3")
    await either.db.write(messages.set_contact, ada, "mailto:ada@home.example")
    key = await supervisor(either, BOSS)
    here = Wizard(await either.station())
    await here.begin(start_code(await give_start_code(either, ada)), "pin")
    await here.vouch(BOSS, key)
    await here.new_pin("482915")
    assert here.step == "done", here.view
    told = [(message.kind, message.facts) for message, _ in await either.db.read(messages.unsent)]
    assert sorted(kind for kind, _ in told) == ["code_used", "factor_added"]
    assert dict(told)["factor_added"] == {"at": "ward-3-a", "factor": "pin"}


async def test_the_use_of_a_recovery_code_is_told(service: Hospital) -> None:
    ada = await somebody(service, "Ward 3")
    await service.db.write(messages.set_contact, ada, "mailto:ada@home.example")
    codes = recovery_codes.fresh()
    await service.db.write(recovery_codes.issue, service.folder.keys.badge, ada, codes, NOW)
    here = Wizard(await service.station())
    await here.begin(uid(BADGE), "key")
    [asked] = [offer["number"] for offer in here.view["ceremony"]["offers"] if offer["method"] == "recovery"]
    await here.recovery(codes[asked - 1])
    assert [message.kind for message, _ in await service.db.read(messages.unsent)] == ["recovery_used"]
    assert codes[asked - 1] not in str(await service.db.read(messages.unsent))


def enforced(begins: int, days: int | None = None) -> dict[str, Any]:
    [wave] = pilot(begins)["wave"]
    return {"wave": [{**wave, "required": True, **({} if days is None else {"enforce_after": days})}]}


async def test_whoever_lacks_what_is_required_is_told_when_they_prove_a_second_factor(either: Hospital) -> None:
    ada = await somebody(either, "Ward 3")
    station = await either.station()

    async def told(begins: int) -> Any:
        with with_rules(either, rules_from(enforced(begins))):
            view = await station.tap(BADGE)
            if view.body["state"] == "prove":
                view = await station.pin(view.body["id"], "123456")
            return view.body["session"]["news"]

    assert await told(NOW + 1) == []
    assert await told(NOW) == []  # a tap within grace: they were asked for nothing
    either.clock.pass_by(5 * 3600)
    assert await told(NOW) == ["required"]
    either.clock.pass_by(5 * 3600)
    await give_key(either, ada)
    assert await told(NOW) == []


async def test_a_weaker_sign_in_is_refused_from_its_day_on(either: Hospital) -> None:
    ada = await somebody(either, "Ward 3")
    await either.badge(await either.person("ben", "Ben"), "04B1B2C3D4E5F6")
    station = await either.station()
    await station.open(BADGE)
    with with_rules(either, rules_from(enforced(NOW - DAY + 1, 1))):
        assert (await station.tap(BADGE)).body["state"] == "done"  # a second before
        either.clock.pass_by(1)
        refused = await station.tap(BADGE)  # their grace is of a PIN
        assert (refused.body["state"], refused.code) == ("refused", "no_method")
        typed = await station.login("ada")
        assert (await station.pin(typed.body["id"], "123456")).code == "no_method"
        assert (await (await either.station("ward-4")).open("04B1B2C3D4E5F6")) is not None  # of no wave
        key = await give_key(either, ada)
        view = await station.tap(BADGE)
        assert [offer["method"] for offer in view.body["offers"]] == ["fido2"]
        asked = (await station.challenge(view.body["id"], "fido2")).body
        assert (await station.prove(view.body["id"], key.sign(asked))).body["state"] == "done"
        assert (await station.tap(BADGE)).body["state"] == "done"  # their grace is of a key


async def test_whoever_is_refused_for_that_enrols_it_from_the_lock_screen(service: Hospital) -> None:
    await somebody(service, "Ward 3")
    boss = await supervisor(service, BOSS)
    station = await service.station()
    with with_rules(service, rules_from(enforced(NOW - DAY, 1))):
        assert (await station.tap(BADGE)).code == "no_method"
        here = Wizard(station)
        await here.begin(uid(BADGE), "key")
        await here.second(uid(BOSS))
        await here.key(boss)
        assert here.step == "make"
