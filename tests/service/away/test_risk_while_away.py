"""A person's own risk counts on their phone as at a workstation, and is learned from."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import Connection, select

from kiosk.service.store.schema import risk_person, risk_station
from tests.fakes.away import Away, allowed, away
from tests.fakes.service import Hospital

DAY = 24 * 3600


@pytest_asyncio.fixture
async def made(either: Hospital) -> AsyncIterator[Away]:
    """Risk is weighed, and the phone is not new any more."""
    with allowed(either, risk=True):
        here = await away(either)
        either.clock.pass_by(3 * DAY)
        yield here


def past(conn: Connection, person: str) -> dict[str, int]:
    body = conn.execute(select(risk_person.c.body).where(risk_person.c.person == person)).scalar()
    return dict(json.loads(body or "{}"))


def stations(conn: Connection) -> list[str]:
    return list(conn.execute(select(risk_station.c.workstation)).scalars())


async def test_it_is_asked_and_approved_and_learned_from(made: Away) -> None:
    before = await made.hospital.db.read(stations)
    secret = await made.asked()
    learned = await made.hospital.db.read(past, made.person)
    assert learned["asked"] >= 1, "a prompt like any other"
    assert await made.approve(await made.waits()) == "approved"
    assert (await made.asking.poll(secret)).status_code == 200
    assert await made.hospital.db.read(stations) == before


async def test_a_no_is_learned_as_one(made: Away) -> None:
    before = await made.hospital.db.read(past, made.person)
    await made.asked()
    assert await made.refuse(await made.waits()) == "refused"
    assert await made.hospital.db.read(past, made.person) != before


async def test_what_was_weighed_stands_in_the_trail(made: Away) -> None:
    await made.asked()
    [row] = [row for row in await made.hospital.trail("phone_asked") if row["result"] == "seen"]
    context = row["detail"]["policy"]["context"]
    assert (context["place"], context["zone"], context["asks"]) == ("", "outside", "server")
    assert isinstance(context["risk"], int)
