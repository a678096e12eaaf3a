"""What may happen once happens once, whoever else does the same at the same moment, on both databases (decision 33)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select

from kiosk.service.admin import life, people
from kiosk.service.admin.act import Admin
from kiosk.service.audit.event import SERVICE
from kiosk.service.store import badges, cards, lookups, recovery_codes, start_codes, stopping
from kiosk.service.store.schema import failed_try, session
from tests.fakes.asking import Ward
from tests.fakes.client import NOW, Client
from tests.fakes.enrolling import Wizard, start_code
from tests.fakes.fire import HANDS, Fire, fire, settled, written
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

ADMIN = Admin("root", 0, NOW)
ADA, BEN = "04A1B2C3D4E5F6", "04B1B2C3D4E5F6"


async def ward_of(hospital: Hospital) -> Ward:
    """As ``asking.make``, with a key whose row is in the trail."""
    person = await hospital.person("ada")
    await hospital.badge(person, ADA)
    station = await hospital.station()
    session = await station.open(ADA)
    return Ward(hospital, person, await give_key(hospital, person, told=True), station, session)


@pytest_asyncio.fixture
async def burning(either: Hospital) -> AsyncIterator[Fire]:
    async with fire(either) as found:
        yield found
        await found.holds()


async def test_a_proof_that_is_sent_fifty_times_at_once_counts_once(burning: Fire) -> None:
    (station,) = await burning.stations(1)
    await station.get("/v1/workstation")
    station.old = True  # nothing signed, so that the proof alone tells the requests apart
    headers = {**station.signed("GET", "/v1/workstation")}
    station.old = False
    acts = [lambda: settled(lambda: station.get("/v1/workstation", headers))] * HANDS
    answers = await burning.at_once(acts)
    assert Counter(answer.status for answer in answers) == {200: 1, 401: HANDS - 1}


async def test_a_code_of_the_app_counts_once_at_ten_stations(burning: Fire) -> None:
    hospital = burning.hospital
    app = await hospital.totp(await hospital.person("ada"))
    stations = await burning.stations(10)
    views = [await station.pin((await station.login("ada")).body["id"], "123456") for station in stations]
    code = app.at(int(hospital.clock()))
    acts = [
        lambda one=item, view=view: settled(lambda: one.otp(view.body["id"], code))
        for item, view in zip(stations, views, strict=True)
    ]
    answers = await burning.at_once(acts)
    assert Counter(answer.body["state"] for answer in answers)["done"] == 1


async def test_a_challenge_is_answered_once(burning: Fire) -> None:
    ward = await ward_of(burning.hospital)
    await ward.station.sign_on()
    view = await ward.station.step_up(ward.session, records=51)
    proof = ward.key.sign((await ward.station.challenge(view.body["id"], "fido2")).body)
    acts = [lambda: settled(lambda: ward.station.prove(view.body["id"], proof))] * 20
    answers = await burning.at_once(acts)
    assert Counter(answer.body["state"] for answer in answers) == {"done": 1, "refused": 19}
    granted = [row for row in await burning.hospital.trail("stepup") if row["result"] == "success"]
    assert len(granted) == 1


async def test_a_token_is_redeemed_once_by_fifty(burning: Fire) -> None:
    ward = await ward_of(burning.hospital)
    backend = await burning.hospital.application()
    view = await ward.station.step_up(ward.session, records=51, audience="https://export.example")
    token = (await ward.by_key(view)).body["grant"]["token"]
    await backend.sign_on()
    await backend.post("/v1/tokens/redeem", {"token": "nothing"})
    acts = [lambda: settled(lambda: backend.post("/v1/tokens/redeem", {"token": token}))] * HANDS
    answers = await burning.at_once(acts)
    assert Counter(answer.status for answer in answers) == {200: 1, 409: HANDS - 1}


async def test_a_start_code_lets_one_station_in(burning: Fire) -> None:
    hospital = burning.hospital
    person = await hospital.person("ada", pin=None)
    code = await hospital.db.write(
        start_codes.issue, hospital.folder.keys.badge, person, "desk", "first day", int(hospital.clock())
    )
    stations = await burning.stations(10)
    body = {"who": start_code(code), "tap": 1, "kind": None, "act": "add", "new": None, "factor": None}
    acts = [lambda one=station: settled(lambda: one.post("/v1/enrolments", body)) for station in stations]
    answers = await burning.at_once(acts)
    assert Counter(answer.body["step"] for answer in answers)["refused"] == 9
    assert isinstance(Wizard(stations[0], answers[0].body).step, str)


async def test_a_recovery_code_is_used_once(burning: Fire) -> None:
    hospital, keys = burning.hospital, burning.hospital.folder.keys.badge
    person, codes = await hospital.person("ada"), recovery_codes.fresh()
    await hospital.db.write(recovery_codes.issue, keys, person, codes, NOW)
    number = await hospital.db.read(recovery_codes.ask, person, NOW)
    assert number is not None

    def use(conn: Connection) -> bool:
        lookups.person_by_id(conn, person)
        return recovery_codes.use(conn, keys, person, number, codes[number - 1], NOW)

    assert sum(await burning.at_once([lambda: written(lambda: hospital.db.write(use))] * HANDS)) == 1


async def test_fifty_wrong_pins_at_once_are_fifty(burning: Fire) -> None:
    hospital = burning.hospital
    await hospital.badge(await hospital.person("ada"), ADA)
    stations = await burning.stations(HANDS // 2)
    with burning.under(lockout=50, quick_failures=1000, source_tries=1000):
        views = [await station.tap(ADA) for station in stations]
        acts = [
            lambda one=item, view=view: settled(lambda: one.pin(view.body["id"], "999999"))
            for item, view in zip(stations, views, strict=True)
            for _ in range(2)
        ]
        await burning.at_once(acts)
    found = await hospital.db.read(lambda conn: conn.execute(select(failed_try.c.count)).scalars().all())
    assert found == [HANDS]


async def test_one_public_key_is_enrolled_once_under_twenty_credential_ids(burning: Fire) -> None:
    hospital = burning.hospital
    persons = [await hospital.person(f"n{at}") for at in range(20)]

    def enrol(conn: Connection, owner: str) -> bool:
        if cards.public_key_owner(conn, b"one key") is not None:
            return False
        new = cards.NewCredential(
            owner, owner, b"one key", 0, "00" * 16, "key", True, "pin", "none", False, False, False
        )
        cards.add_credential(conn, new, (SERVICE, 1), NOW)
        return True

    acts = [partial(hospital.db.write, enrol, owner) for owner in persons]
    assert sum(await burning.at_once(acts)) == 1


@pytest.mark.parametrize("seed", range(2))
async def test_one_active_station_a_person_however_they_run(either: Hospital, seed: int) -> None:
    async with fire(either, seed) as burning:
        stations = await burning.stations(5)
        for login, uid in (("ada", ADA), ("ben", BEN)):
            await either.badge(await either.person(login), uid)
            await stations[0].open(uid)
        with burning.under(grace_scope="anywhere"):
            for _ in range(4):
                acts = [
                    lambda one=station, uid=uid: settled(lambda: one.tap(uid))
                    for station in stations
                    for uid in (ADA, BEN)
                ]
                burning.chance.shuffle(acts)
                answers = await burning.at_once(acts)
                assert {answer.body["state"] for answer in answers} <= {"done", "prove"}
        await burning.holds()


@pytest.mark.parametrize("seed", range(2))
async def test_whoever_leaves_in_the_middle_has_nothing_open(either: Hospital, seed: int) -> None:
    async with fire(either, seed) as burning:
        stations = await burning.stations(4)
        person = await either.person("ada")
        await either.badge(person, ADA)
        await stations[0].open(ADA)
        taps = [lambda one=station: settled(lambda: one.tap(ADA)) for station in stations]
        gone = asyncio.create_task(either.db.write(life.leave, ADMIN, "ada", "moved away"))
        await burning.at_once(taps)
        await gone
        state = select(session.c.state).where(session.c.person == person)
        assert set(await either.db.read(lambda conn: conn.execute(state).scalars().all())) == {"ended"}
        await burning.holds()


@pytest.mark.parametrize("seed", range(2))
async def test_a_badge_that_moves_in_the_middle_opens_for_one_of_the_two(either: Hospital, seed: int) -> None:
    async with fire(either, seed) as burning:
        stations, keys = await burning.stations(4), either.folder.keys.badge
        ada, ben = await either.person("ada"), await either.person("ben", "Ben Smith")
        await either.badge(ada, ADA)
        await stations[0].open(ADA)

        def move(conn: Connection) -> None:
            owner = badges.owner(conn, keys, bytes.fromhex(ADA))
            assert owner is not None
            badges.revoke(conn, owner[0], NOW)
            stopping.lock_everywhere(conn, owner[1], NOW, "factor")
            badges.add(conn, keys, ben, bytes.fromhex(ADA), NOW)

        moved = asyncio.create_task(either.db.write(move))
        taps = [lambda one=station: settled(lambda: one.tap(ADA)) for station in stations]
        await burning.at_once(taps)
        await moved
        open_now = select(session.c.person).where(session.c.state == "open")
        assert ada not in await either.db.read(lambda conn: conn.execute(open_now).scalars().all())
        await burning.holds()


@pytest.mark.parametrize("seed", range(2))
async def test_a_role_that_is_taken_in_the_middle_approves_nothing_after(either: Hospital, seed: int) -> None:
    async with fire(either, seed) as burning:
        ward = await ward_of(either)
        await ward.station.sign_on()
        view = await ward.station.step_up(ward.session, records=51)
        proof = ward.key.sign((await ward.station.challenge(view.body["id"], "fido2")).body)
        taken = asyncio.create_task(either.db.write(people.remove_role, ADMIN, "ada", "nurse"))
        for _ in range(burning.chance.randrange(40)):
            await asyncio.sleep(0)
        answer = await settled(lambda: ward.station.prove(view.body["id"], proof))
        await taken
        assert answer.body["state"] in ("done", "refused")
        for row in await either.trail("stepup"):
            assert row["result"] == "success" or row["reason"] in ("policy", "expired", "not_active"), row
        await burning.holds()


async def test_two_who_change_places_at_once_never_fail_each_other(burning: Fire) -> None:
    hospital = burning.hospital
    left, right = await burning.stations(2)
    for login, uid, here in (("ada", ADA, left), ("ben", BEN, right)):
        await hospital.badge(await hospital.person(login), uid)
        await here.open(uid)
    with burning.under(grace_scope="anywhere"):
        for at in range(8):
            places: tuple[Client, Client] = (left, right) if at % 2 else (right, left)
            acts = [
                lambda one=item, uid=uid: settled(lambda: one.tap(uid))
                for item, uid in zip(places, (ADA, BEN), strict=True)
            ]
            assert {item.body["state"] for item in await burning.at_once(acts)} == {"done"}


async def test_nobody_is_run_again_for_serialization(burning: Fire) -> None:
    hospital = burning.hospital
    stations = await burning.stations(6)
    for at, item in enumerate(stations):
        uid = f"04{at:02X}B2C3D4E5F6"
        await hospital.badge(await hospital.person(f"n{at}"), uid)
        await item.open(uid)
    before = dict(hospital.db.again)
    taps = [lambda one=item, at=at: one.tap(f"04{at:02X}B2C3D4E5F6") for at, item in enumerate(stations)]
    for _ in range(5):
        assert {item.body["state"] for item in await burning.at_once(taps)} == {"done"}
    assert dict(hospital.db.again) == before
