"""A PIN or badge that was replaced opens nothing offline, at whichever station it was typed before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from sqlalchemy import Connection, select

from kiosk.agent.own_decisions import TICKETS
from kiosk.downtime import kept as kept_file
from kiosk.model.refusal import RefusalCode
from kiosk.service.admin import factors
from kiosk.service.admin.act import Admin
from kiosk.service.proofs.pin_and_otp import HASHER
from kiosk.service.store import downtime, events, integrity, sessions, stopping
from kiosk.service.store import factors as stored
from kiosk.service.store.schema import second_factor
from kiosk.service.store.schema import session as session_table
from tests.attacks.test_offline_pins import BADGE, PIN, AtTheBadge, code_of, sealed, signed_in
from tests.fakes.apart import private
from tests.fakes.enrolling import Wizard, give_start_code, in_session, start_code, supervisor
from tests.fakes.service import Hospital, hospital

__all__ = ["sealed"]
NEW_PIN = "735190"
BOSS = "04DDDDDDDDDDDD"


@pytest_asyncio.fixture
async def ward(tmp_path: Path, sealed: None) -> AsyncIterator[AtTheBadge]:
    async with hospital(tmp_path / "data", policy={"downtime_pin": "sealed"}) as made:
        yield await signed_in(made, tmp_path / "station")


async def hears(ward: AtTheBadge) -> list[str]:
    """The station is told over its event stream, and does what it is told; the kinds of events."""
    told = await ward.hospital.db.read(events.missed, ward.station.client_id, 0)
    for event in told:
        if event.kind == "forget":
            gone = event.session
            ward.own.drop(lambda made: made.session == gone)  # noqa: B023  # called here and now
    return [event.kind for event in told]


async def opens_nothing(ward: AtTheBadge) -> None:
    assert "forget" in await hears(ward)
    assert (await ward.station.get("/v1/offline")).body["tickets"] == []
    assert code_of(ward.types(PIN)) == RefusalCode.OFFLINE
    assert kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins == ()


def admin(made: Hospital) -> Admin:
    return Admin("root", 0, int(made.clock()))


async def test_after_one_s_own_change_elsewhere(ward: AtTheBadge) -> None:
    boss = await supervisor(ward.hospital, BOSS)
    here = Wizard(await ward.hospital.station("ward-4"))
    session = await here.station.open(BADGE, PIN)
    await here.begin(in_session(session), "pin")
    if here.step == "prove":
        await here.pin()
    if here.step == "second":
        await here.vouch(BOSS, boss)
    await here.new_pin(NEW_PIN)
    assert here.step == "done", here.view
    await opens_nothing(ward)


async def test_after_a_new_one_by_a_start_code(ward: AtTheBadge) -> None:
    boss = await supervisor(ward.hospital, BOSS)
    here = Wizard(await ward.hospital.station("ward-4"))
    await here.begin(start_code(await give_start_code(ward.hospital, ward.person)), "pin")
    await here.vouch(BOSS, boss)
    await here.new_pin(NEW_PIN)
    assert here.step == "done", here.view
    await opens_nothing(ward)


async def test_after_a_new_one_by_an_administrator(ward: AtTheBadge) -> None:
    await ward.hospital.db.write(factors.set_pin, admin(ward.hospital), "ada", HASHER.hash(NEW_PIN))
    await opens_nothing(ward)


async def test_after_a_badge_took_another_s_place(ward: AtTheBadge) -> None:
    made = ward.hospital
    held = await made.db.read(stored.of_person, ward.person)
    (old,) = [factor.mark for factor in held if factor.kind == "badge"]
    new = "04112233445566"
    await made.db.write(factors.add_badge, admin(made), made.folder.keys.badge, "ada", new, replaces=old)
    assert "forget" not in await hears(ward), "it is good until the new one has worked"
    there = await made.station("ward-4")
    await there.open(new, PIN)
    await opens_nothing(ward)


async def test_whose_work_waits_locked_is_among_those_whose_cards_stop(ward: AtTheBadge) -> None:
    """A CA that is trusted no more takes their tickets too, though nothing of theirs is open."""
    made, now = ward.hospital, int(ward.hospital.clock())

    def lock(conn: Connection) -> None:
        session = conn.execute(select(session_table.c.id).where(session_table.c.person == ward.person)).scalar_one()
        found = sessions.find(conn, session)
        assert found is not None
        sessions.lock(conn, found, now)
        integrity.remove(conn, second_factor, second_factor.c.person == ward.person)

    await made.db.write(lock)
    assert ward.person in await made.db.read(stopping.going_on, now)
    await made.db.write(downtime.forget, ward.person, now)
    assert ward.person not in await made.db.read(stopping.going_on, now)
