"""Attacks by start codes and recovery codes: guessed, used before, of another."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from kiosk.service.jobs.housekeeping import tidy
from kiosk.service.policy import rules_from
from kiosk.service.store import people, recovery_codes, start_codes
from kiosk.service.store.schema import guesses
from tests.fakes.enrolling import Wizard, give_start_code, start_code, uid
from tests.fakes.service import Hospital, with_rules

BADGE = "04A1B2C3D4E5F6"


async def test_a_start_code_counts_once_in_time_and_wrong_ones_look_alike(either: Hospital) -> None:
    ada = await either.person("ada")
    code = await give_start_code(either, ada)
    here = Wizard(await either.station())
    await here.begin(start_code("000000000000"), "badge")
    assert (here.step, here.view["person"], here.refused) == ("refused", None, "start_code")
    await here.begin(start_code(code), "badge")
    assert here.step == "second"
    await here.begin(start_code(code), "badge")
    assert here.refused == "start_code"
    late = await give_start_code(either, ada)
    either.clock.pass_by(900)
    await here.begin(start_code(late), "badge")
    assert here.refused == "start_code"


async def test_a_start_code_of_somebody_suspended_is_as_good_as_none(service: Hospital) -> None:
    ada = await service.person("ada")
    code = await give_start_code(service, ada)
    await service.db.write(people.set_active, ada, False)
    here = Wizard(await service.station())
    await here.begin(start_code(code), "badge")
    assert (here.view["person"], here.refused) == (None, "start_code")


async def test_guessing_start_codes_is_slowed_at_the_station(service: Hospital) -> None:
    code = await give_start_code(service, await service.person("ada"))
    here = Wizard(await service.station())
    for number in range(5):
        await here.begin(start_code(f"{number:012}"), "badge")
        assert here.refused == "start_code"
    await here.begin(start_code(code), "badge")
    assert (here.refused, here.view["refusal"]["wait"]) == ("too_fast", 2)
    service.clock.pass_by(3)
    await here.begin(start_code(code), "badge")
    assert here.step == "second"


async def test_a_code_is_guessed_ten_times_wherever_that_is(either: Hospital) -> None:
    """SP 800-63B-4 section 3.2.2 allows a hundred; a wrong try counts against every code that begins so."""
    ada = await either.person("ada")
    code = await give_start_code(either, ada)
    wrong = [f"{code[:4]}{guess:08}" for guess in range(12) if f"{guess:08}" != code[4:]]
    here = [Wizard(await either.station(f"ward-{number}")) for number in range(5)]
    for number, guess in enumerate(wrong[:10]):
        await here[number % 5].begin(start_code(guess), "badge")
        assert here[number % 5].refused == "start_code"
    fresh = Wizard(await either.station("ward-9"))
    await fresh.begin(start_code(code), "badge")
    assert (fresh.refused, fresh.view["refusal"]["wait"]) == ("too_fast", start_codes.SECONDS)
    # The next code begins otherwise, but for one time in ten thousand.
    again = code
    while again[:4] == code[:4]:
        again = await give_start_code(either, ada)
    await fresh.begin(start_code(again), "badge")
    assert fresh.step == "second"


async def test_guessing_at_many_stations_stops_those_that_guess_and_nobody_else(either: Hospital) -> None:
    ada = await either.person("ada")
    code = await give_start_code(either, ada)
    others = (number for number in range(10_000) if f"{number:04}" != code[:4])
    with with_rules(either, rules_from({"start_code_tries": 10})):
        guessing = [Wizard(await either.station(f"ward-{number}")) for number in range(5)]
        for here in guessing:
            for _ in range(2):
                await here.begin(start_code(f"{next(others):04}00000000"), "badge")
                assert here.refused == "start_code"
        for here in guessing:
            await here.begin(start_code(code), "badge")
            assert (here.refused, here.view["refusal"]["wait"]) == ("too_fast", start_codes.SECONDS)
        # One wrong try more at a station that had none, and it waits, too.
        once = Wizard(await either.station("ward-8"))
        await once.begin(start_code(f"{next(others):04}00000000"), "badge")
        await once.begin(start_code(code), "badge")
        assert once.refused == "too_fast"
        fresh = Wizard(await either.station("ward-9"))
        await fresh.begin(start_code(code), "badge")
        assert fresh.step == "second"


async def test_counts_of_wrong_codes_are_forgotten(either: Hospital) -> None:
    here = Wizard(await either.station())
    await here.begin(start_code("000000000000"), "badge")
    count = select(func.count()).select_from(guesses)

    async def left() -> int:
        return int(await either.db.read(lambda conn: conn.execute(count).scalar_one()))

    assert await left() == 3  # the station's, the beginning's, everybody's
    either.clock.pass_by(start_codes.SECONDS + 1)
    await either.db.write(tidy, int(either.clock()))
    assert await left() == 0


async def test_a_mark_that_no_factor_can_have_is_refused_and_written_nowhere(service: Hospital) -> None:
    station = await service.station()
    body = {"who": {"login": "ada", "kind": "login"}, "tap": 1, "act": "lost", "factor": "key:" + "x" * 2000}
    before = len(await service.trail())
    answer = await station.post("/v1/enrolments", {**body, "kind": None, "new": None})
    assert (answer.status, answer.code) == (422, "too_long")
    assert len(await service.trail()) == before


async def test_one_station_cannot_use_up_the_guesses_of_all(either: Hospital) -> None:
    """Neither a right PIN in between nor waiting out each slowing gives further start codes to guess."""
    ada = await either.person("ada")
    await either.person("eve", "Eve")
    here, refused = Wizard(await either.station()), []
    with with_rules(either, replace(either.service.rules, slow_first=1, slow_most=1)):
        for number in range(30):
            await here.begin(start_code(f"{number:012}"), "badge")
            refused.append(here.refused)
            either.clock.pass_by(1)
            if number % 4 == 3:
                view = await here.station.login("eve")
                await here.station.pin(view.body["id"], "123456")
    assert refused == ["start_code"] * 10 + ["too_fast"] * 20
    code = await give_start_code(either, ada)
    await here.begin(start_code(code), "badge")
    assert (here.refused, here.view["refusal"]["wait"]) == ("too_fast", start_codes.SECONDS - 30)
    other = Wizard(await either.station("ward-4"))
    await other.begin(start_code(code), "badge")
    assert other.step == "second"


async def give_codes(hospital: Hospital, person: str) -> tuple[str, ...]:
    codes = recovery_codes.fresh()
    keys = hospital.folder.keys.badge
    await hospital.db.write(recovery_codes.issue, keys, person, codes, int(hospital.clock()))
    return codes


async def test_a_recovery_code_of_another_number_or_used_before_is_refused(either: Hospital) -> None:
    ada = await either.person("ada")
    await either.badge(ada, BADGE)
    codes = await give_codes(either, ada)
    here = Wizard(await either.station())
    await here.begin(uid(BADGE), "badge")
    assert here.offered == ["recovery"]
    ceremony, [asked] = here.view["ceremony"]["id"], here.view["ceremony"]["offers"]
    first = asked["number"]
    other, right = first % 10 + 1, codes[first - 1]
    for number, code in ((other, codes[other - 1]), (first, codes[other - 1]), (0, right), (11, right), (-1, right)):
        answer = await here.station.prove(ceremony, {"number": number, "code": code, "method": "recovery"})
        assert answer.body["refusal"]["code"] == "wrong_code"
        either.clock.pass_by(61)
    await here.recovery(right)
    await here.pin()
    assert here.step == "make"
    await here.begin(uid(BADGE), "badge")
    assert here.view["ceremony"]["offers"][0]["number"] not in (None, first)
    refused = await here.prove({"number": first, "code": right, "method": "recovery"})
    assert refused["refusal"]["code"] == "wrong_code"


async def test_recovery_codes_that_nobody_used_for_ninety_days_are_not_even_offered(service: Hospital) -> None:
    ada = await service.person("ada")
    await service.badge(ada, BADGE)
    await give_codes(service, ada)
    service.clock.pass_by(recovery_codes.SECONDS)
    here = Wizard(await service.station())
    await here.begin(uid(BADGE), "key")
    assert here.step == "second"


async def test_wrong_recovery_codes_slow_the_station_and_lock_nobody_out(either: Hospital) -> None:
    ada = await either.person("ada")
    await either.badge(ada, BADGE)
    codes = await give_codes(either, ada)
    here = Wizard(await either.station())
    await here.begin(uid(BADGE), "key")
    asked = here.view["ceremony"]["offers"][0]["number"]
    for number in range(12):
        view = await here.recovery("0" * 20)
        assert (view["refusal"]["code"], view["refusal"]["retries_left"]) == ("wrong_code", None)
        if number >= 4:
            assert (await here.recovery(codes[asked - 1]))["refusal"]["code"] == "too_fast"
            either.clock.pass_by(61)
        if number == 8:
            await here.begin(uid(BADGE), "key")
    await here.recovery(codes[asked - 1])
    await here.pin()
    assert here.step == "make"


async def test_a_recovery_code_opens_no_session_and_no_step_up(service: Hospital) -> None:
    ada = await service.person("ada")
    await service.badge(ada, BADGE)
    codes = await give_codes(service, ada)
    station = await service.station()
    view = await station.tap(BADGE)
    refused = await station.prove(view.body["id"], {"number": 1, "code": codes[0], "method": "recovery"})
    assert refused.code == "no_method"
    assert await service.db.read(recovery_codes.left, ada, int(service.clock())) == 10
