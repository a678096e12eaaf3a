"""What a workstation reports: written once, to its own chain, about its own sessions."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.service import NOW, Answer, Client, Hospital

ADA = "04A1B2C3"


def a_report(action: str = "agent_start", **more: Any) -> dict[str, Any]:
    whole = {"id": str(uuid.uuid4()), "action": action, "at": NOW, "session": None, "reason": None, "detail": {}}
    return {**whole, **more}


async def send(station: Client, *reports: dict[str, Any]) -> Answer:
    return await station.post("/v1/reports", {"reports": list(reports)})


@pytest_asyncio.fixture
async def ward(service: Hospital) -> Hospital:
    await service.badge(await service.person("ada"), ADA)
    return service


async def test_a_report_sent_twice_is_written_once(either: Hospital) -> None:
    station, report = await either.station(), a_report("reader_lost", reason="gone", detail={"reader": "A"})
    assert (await send(station, report)).status == 204
    assert (await send(station, report, a_report("reader_back"))).status == 204
    rows = [row for row in await either.trail() if row["action"].startswith("reader")]
    assert [(row["action"], row["result"]) for row in rows] == [("reader_lost", "seen"), ("reader_back", "seen")]
    assert rows[0]["detail"]["reader"] == "A"


async def test_two_workstations_may_use_the_same_id(service: Hospital) -> None:
    report = a_report()
    for name in ("a", "b"):
        await send(await service.station(name), report)
    assert len(await service.trail("agent_start")) == 2


async def test_a_lock_and_an_end_change_the_session(ward: Hospital) -> None:
    station = await ward.station()
    session = await station.open(ADA)
    for action, state in (("lock", "locked"), ("session_end", "ended"), ("lock", "ended")):
        await send(station, a_report(action, session=session, reason="idle"))
        assert (await station.get(f"/v1/sessions/{session}")).body["state"] == state
    assert (await ward.trail("lock"))[0]["login"] == "ada"


async def test_nobody_reports_about_anothers_session(ward: Hospital) -> None:
    here, there = await ward.station("a"), await ward.station("b")
    session = await here.open(ADA)
    answer = await send(there, a_report(), a_report("lock", session=session))
    assert (answer.status, answer.code) == (403, "not_your_session")
    assert await ward.trail("agent_start") == []
    assert (await here.get(f"/v1/sessions/{session}")).body["state"] == "open"


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (a_report("become_admin"), "unknown_action"),
        (a_report(id="7"), "bad_report"),
        (a_report(at=2**60), "bad_report"),
        (a_report(reason="x" * 257), "too_long"),
        (a_report(detail={str(i): "" for i in range(17)}), "too_long"),
        (a_report(detail={"n": 1}), "bad_request"),
        (a_report(at="now"), "bad_request"),
    ],
)
async def test_a_report_that_makes_no_sense_is_422(service: Hospital, report: dict[str, Any], code: str) -> None:
    answer = await send(await service.station(), report)
    assert (answer.status, answer.code) == (422, code)


async def test_a_hundred_at_a_time_and_no_more(service: Hospital) -> None:
    station = await service.station()
    assert (await send(station, *(a_report() for _ in range(100)))).status == 204
    assert (await send(station, *(a_report() for _ in range(101)))).code == "too_many"
