"""Who wants a colleague locked out: by typed logins, with the own PIN in between, from one station or from many."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.proofs import pin_and_otp
from tests.fakes import attacked_service
from tests.fakes.client import Client
from tests.fakes.fire import later
from tests.fakes.service import Hospital, with_rules

ADA, BEN, EVE = "04A1B2C3", "04A1B2C4", "04A1B2C5"
QUARTER = 900
WRONG = "000000"


async def guess_typed(station: Client, login: str, pin: str = WRONG) -> str:
    """One wrong PIN at a typed login; the refusal's code."""
    begun = await station.login(login)
    return (await station.pin(begun.body["id"], pin)).code


async def test_nobody_locks_a_ward_by_typed_logins_with_the_own_pin_in_between(tmp_path: Path, database: str) -> None:
    """Over TLS: what once locked thirty colleagues in seventeen seconds locks none, and stops at a handful of tries."""
    colleagues = [f"nurse{number}" for number in range(12)]
    async with attacked_service.ward(tmp_path, ["eve", *colleagues], stations=2, database=database) as ward:
        evil, other = await ward.station(), await ward.station()
        looked_at = 0
        for login in colleagues:
            for _ in range(10):
                looked_at += await guess_typed(evil, login) == "wrong_pin"
            tap = (await evil.tap(ward.uids["eve"])).body
            if tap["state"] == "prove":
                await evil.pin(tap["id"], attacked_service.PIN)
        assert looked_at <= 10
        for login in colleagues:
            await other.open(ward.uids[login], attacked_service.PIN)


async def test_a_success_calms_the_station_for_nobody_else(either: Hospital) -> None:
    for login, uid in (("ada", ADA), ("eve", EVE)):
        await either.badge(await either.person(login), uid)
    station = await either.station()
    view = (await station.tap(EVE)).body["id"]
    await station.pin(view, WRONG)
    for _ in range(4):
        await guess_typed(station, "ada")
    either.clock.pass_by(2)
    assert (await station.pin(view, "123456")).body["state"] == "done"
    # Eve's own try is forgiven, the four at Ada's login are not: the second next one is slowed again.
    assert (await station.pin((await station.login("ada")).body["id"], WRONG)).body["refusal"]["wait"] == 2
    assert await guess_typed(station, "ada") == "too_fast"


async def test_typed_logins_never_close_the_pin_to_whoever_has_the_badge(either: Hospital) -> None:
    await either.badge(await either.person("ada"), ADA)
    stations = [await either.station(f"w-{number}") for number in range(6)]
    for station in stations:
        for _ in range(10):
            await guess_typed(station, "ada")
            either.clock.pass_by(61)
    for station in stations:
        assert (await station.open(ADA)) != ""
        either.clock.pass_by(5 * 3600)


async def test_a_lock_ends_by_itself_and_says_when(either: Hospital) -> None:
    await either.badge(await either.person("ada"), ADA)
    station = await either.station()
    for lock in (QUARTER, 2 * QUARTER, 4 * QUARTER):
        for left in range(9, -1, -1):
            either.clock.pass_by(61)
            view = await station.tap(ADA)
            answer = await station.pin(view.body["id"], WRONG)
            assert answer.body["refusal"]["retries_left"] == left
        assert (answer.code, answer.body["refusal"]["wait"]) == ("locked_out", lock)
        either.clock.pass_by(lock - 1)
        closed = await station.tap(ADA)
        assert (closed.body["state"], closed.code, closed.body["refusal"]["wait"]) == ("refused", "locked_out", 1)
        either.clock.pass_by(1)
    await station.open(ADA)
    assert [row["reason"] for row in await either.trail("sign_in") if "reason" in row] == ["locked_out"] * 6


async def test_no_more_than_a_hundred_in_a_row_are_ever_looked_at(
    either: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty with the badge and fifty at typed logins, whatever time goes by (SP 800-63B-4 section 3.2.2)."""
    monkeypatch.setattr(pin_and_otp, "_verify", lambda _stored, pin: pin == "123456")  # as Argon2 would, in no time
    await either.badge(await either.person("ada"), ADA)
    station = await either.station()
    looked_at = 0
    for _ in range(60):
        either.clock.pass_by(5 * 3600)
        view = await station.tap(ADA)
        if view.body["state"] == "prove":
            looked_at += (await station.pin(view.body["id"], WRONG)).code in ("wrong_pin", "locked_out")
    assert looked_at == 50
    assert (view.code, view.body["refusal"]["wait"]) == ("locked_out", None)
    for _ in range(60):
        either.clock.pass_by(5 * 3600)
        await guess_typed(station, "ada")
    refused = [row for row in await either.trail() if row.get("detail", {}).get("why") == "pin"]
    assert len(refused) == 100
    assert await guess_typed(station, "ada", "123456") == "wrong_pin"


@pytest.mark.timeout(400)  # fifty PINs are checked, two at a time: half a second of a processor each, and others work
async def test_fifty_wrong_at_once_from_fifty_stations_count_fifty(tmp_path: Path, database: str) -> None:
    """Each at a station of its own; the right PIN is not looked at any more then, and the badge still opens."""
    rules = "[policy]\nlockout = 50\nsource_tries = 1000\n"
    async with attacked_service.ward(tmp_path, ["ada"], stations=51, database=database, rules=rules) as ward:
        stations = [await ward.station() for _ in range(51)]
        begun = [(await station.login("ada")).body["id"] for station in stations]

        async def attempt(number: int) -> str:
            answer = await stations[number].pin(begun[number], WRONG)
            tries = 0
            while answer.status == 503:  # others were first: nothing was looked at, so it is asked again
                await later(tries)
                tries += 1
                answer = await stations[number].pin(begun[number], WRONG)
            return answer.code

        codes = await asyncio.gather(*(attempt(number) for number in range(50)))
        assert set(codes) == {"wrong_pin"}
        proofs = [row["reason"] for row in await ward.trail("proof")]
        assert (proofs.count("wrong_pin"), proofs.count("locked_out")) == (49, 1)
        assert (await stations[50].pin(begun[50], attacked_service.PIN)).code == "wrong_pin"
        await stations[50].open(ward.uids["ada"], attacked_service.PIN)


async def test_beyond_a_sources_share_its_stations_are_slowed_from_the_first_wrong_try(either: Hospital) -> None:
    """Twenty stolen station keys at one address are no twenty parties, and those who make no mistake feel nothing."""
    await either.badge(await either.person("ada"), ADA)
    waits: list[int | None] = []
    with with_rules(either, replace(either.service.rules, source_tries=20)):
        await slowed_from_the_first_try(either, waits)
    await (await either.station("another")).open(ADA)


async def slowed_from_the_first_try(either: Hospital, waits: list[int | None]) -> None:
    for number in range(6):
        station = await either.station(f"w-{number}")
        for _ in range(4):
            begun = await station.login(f"nobody{number}")
            answer = await station.pin(begun.body["id"], WRONG)
            waits.append((answer.body["refusal"] or {}).get("wait"))
    assert waits[:4] == [None] * 4
    assert waits[16:19] == [None] * 3
    assert waits[20] == 2


@pytest.mark.parametrize("wrong", ["000000", "not digits"])
async def test_a_login_that_nobody_has_takes_the_same_work(
    either: Hospital, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same statements in the same order, and one Argon2 each; how long that takes is the bench's."""
    await either.person("ada")
    await either.person("gone")
    await either.db.write(people.suspend, Admin("desk", 0, int(either.clock())), "gone")
    station = await either.station()
    await station.get("/v1/workstation")
    said: list[str] = []
    engine = either.db._sqlite.engine if either.db._sqlite else either.db._postgres.engine.sync_engine  # type: ignore[union-attr]
    readers = [either.db._sqlite._reader] if either.db._sqlite else []
    for each_engine in (engine, *readers):
        event.listen(each_engine, "before_cursor_execute", lambda _c, _u, text, *_: said.append(text))
    verify = pin_and_otp._verify

    def counted(stored: str, pin: str) -> bool:
        said.append("argon2")
        return verify(stored, pin)

    monkeypatch.setattr(pin_and_otp, "_verify", counted)
    work = {}
    for _ in range(2):  # the first round makes what is kept from then on
        for login in ("ada", "nobody", "gone"):
            either.clock.pass_by(601)
            said.clear()
            await guess_typed(station, login, wrong)
            work[login] = list(said)
    assert work["ada"].count("argon2") == 1
    assert work["nobody"] == work["ada"]
    assert work["gone"] == work["ada"]
