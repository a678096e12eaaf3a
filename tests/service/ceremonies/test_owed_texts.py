"""A text about each emergency access, owed within a day: asked for, written, reminded of, overdue."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kiosk.model.proof import UidPresented
from kiosk.service.jobs import text_reminders
from kiosk.service.policy.review_rules import ReviewRules
from kiosk.service.records import review_report
from kiosk.service.store import messages
from tests.fakes.apart import apart
from tests.fakes.client import Answer, Client
from tests.fakes.service import Hospital, hospital

RULES = {"stations": ["ward-3-a"], "reasons": ["patient in danger"], "unknown": True}
BADGE, OTHER = "04A1B2C3", "04A1B2C4"
DAY = 86_400


@pytest_asyncio.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Hospital]:
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        await made.badge(await made.person("ada"), BADGE)
        await made.badge(await made.person("bob", "Bob Boole"), OTHER)
        yield made


async def begin(station: Client, uid: str | None = BADGE) -> str:
    presented = {"kind": "uid", "uid": uid} if uid else None
    body = {"id": str(uuid.uuid4()), "presented": presented, "reason": "patient in danger"}
    assert (await station.post("/v1/emergencies", body)).status == 200
    return str(body["id"])


async def news(station: Client, uid: str = BADGE) -> tuple[str, list[str]]:
    """Sign in; the session, and what is told then."""
    view = await station.tap(uid)
    if view.body["state"] == "prove":
        view = await station.pin(view.body["id"], "123456")
    found = view.body["session"]
    return str(found["id"]), list(found["news"])


async def write(station: Client, session: str, emergency: str, text: str = "no pulse") -> Answer:
    return await station.post(f"/v1/sessions/{session}/owed", {"emergency": emergency, "text": text})


async def report(ward: Hospital) -> list[dict[str, Any]]:
    table = await ward.db.read(review_report.reviews, int(ward.clock()))
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


async def test_it_is_asked_for_at_each_sign_in_until_it_is_written(ward: Hospital) -> None:
    station, other = await ward.station(), await ward.station("ward-9", "Ward 9")
    use = await begin(station)
    for where in (other, station):
        session, told = await news(where)
        assert told == ["text_owed"]
    owed = (await station.get(f"/v1/sessions/{session}/owed")).body["texts"]
    assert [(text["emergency"], text["station"], text["overdue"]) for text in owed] == [(use, "ward-3-a", False)]
    assert owed[0]["due"] - owed[0]["begun"] == DAY
    assert [row["account"] for row in await report(ward)] == ["owed"]
    assert (await write(station, session, use)).body == {"texts": []}
    (row,) = await ward.trail("emergency_text")
    assert (row["login"], row["detail"]["text"], row["detail"]["late"]) == ("ada", "no pulse", False)
    assert (await news(other))[1] == []
    (line,) = await report(ward)
    assert (line["account"], line["account_by"], line["account_text"]) == ("written", "ada", "no pulse")


async def test_nobody_else_writes_it_and_nobody_twice(ward: Hospital) -> None:
    station, other = await ward.station(), await ward.station("ward-9", "Ward 9")
    use = await begin(station)
    stranger, _ = await news(other, OTHER)
    assert (await write(other, stranger, use)).status == 404
    mine, _ = await news(station)
    assert (await write(other, mine, use)).status == 404, "a session of another workstation"
    for text, status in (("", 422), ("   ", 422), ("a\u202eb", 422), ("x" * 401, 422)):
        assert (await write(station, mine, use, text)).status == status
    assert (await write(station, mine, use)).status == 200
    assert (await write(station, mine, use, "something else")).status == 404
    assert len(await ward.trail("emergency_text")) == 1


async def test_it_is_reminded_of_once_then_told_to_reviewers_and_overdue_in_the_report(ward: Hospital) -> None:
    boss = await ward.person("boss", "Bea Boss", "supervisor")
    await ward.db.write(messages.set_contact, boss, "mailto:boss@hospital.example")
    station = await ward.station()
    session, _ = await news(station)
    use = await begin(station)

    async def asked() -> list[str]:
        await ward.db.write(text_reminders.tell_some, ReviewRules(), int(ward.clock()))
        return [row["reason"] for row in await ward.trail("emergency_text_asked")]

    assert await asked() == []
    ward.clock.pass_by(DAY // 2)
    assert await asked() == ["text_owed"]
    assert await asked() == ["text_owed"]
    ward.clock.pass_by(DAY // 2)
    assert await asked() == ["text_owed", "text_overdue"]
    assert await asked() == ["text_owed", "text_overdue"]
    told = [message.kind for message, _ in await ward.db.read(messages.unsent)]
    assert told.count("text_overdue") == 1
    assert [line["account"] for line in await report(ward)] == ["overdue"]
    session, _ = await news(station)
    assert (await station.get(f"/v1/sessions/{session}/owed")).body["texts"][0]["overdue"]
    await write(station, session, use)
    (row,) = await ward.trail("emergency_text")
    assert row["detail"]["late"]


async def test_where_nobody_is_known_reviewers_are_asked(ward: Hospital) -> None:
    boss = await ward.person("boss", "Bea Boss", "supervisor")
    await ward.db.write(messages.set_contact, boss, "mailto:boss@hospital.example")
    await begin(await ward.station(), None)
    ward.clock.pass_by(DAY // 2)
    await ward.db.write(text_reminders.tell_some, ReviewRules(), int(ward.clock()))
    (row,) = await ward.trail("emergency_text_asked")
    assert (row["result"], row["detail"]["told"]) == ("success", 1)


async def test_of_an_outage_it_is_owed_from_when_the_service_hears_of_it(tmp_path: Path) -> None:
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        ward = await apart(made, tmp_path / "station")
        await made.badge(ward.person, BADGE)
        use = str(uuid.uuid4())
        assert ward.own.open_emergency(use, UidPresented(BADGE), "patient in danger")
        ward.pass_by(3 * DAY)
        await ward.replay()
        (line,) = [line for line in await report(made) if line["kind"] == "emergency"]
        assert line["account"] == "owed"
        assert json.dumps(line)


@pytest.mark.parametrize("session", ["nothing", "x" * 300])
async def test_a_session_that_is_none_owes_nothing(ward: Hospital, session: str) -> None:
    station = await ward.station()
    assert (await station.get(f"/v1/sessions/{session}/owed")).status == 404
