"""What a workstation reports: written once, to its own chain, about its own sessions."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.client import NOW, Answer, Client
from tests.fakes.service import Hospital

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
        (a_report(at=2**60), "bad_text"),
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


async def test_a_session_whose_opening_was_never_heard_of_ends_by_its_ceremony(ward: Hospital) -> None:
    station = await ward.station()
    begun = await station.tap(ADA)
    ceremony = begun.body["id"]
    session = (await station.pin(ceremony, "123456")).body["session"]["id"]
    lost = a_report("session_end", reason="unreachable", detail={"ceremony": ceremony})
    assert (await send(station, lost)).status == 204
    assert (await station.get(f"/v1/sessions/{session}")).body["state"] == "ended"
    (row,) = await ward.trail("session_end")
    assert (row["session"], row["login"]) == (session, "ada")


@pytest.mark.parametrize("ceremony", ["no-such-ceremony", ""])
async def test_a_ceremony_that_nobody_knows_ends_nothing_and_is_written_down(ward: Hospital, ceremony: str) -> None:
    station = await ward.station()
    session = await station.open(ADA)
    lost = a_report("session_end", reason="unreachable", detail={"ceremony": ceremony})
    assert (await send(station, lost)).status == 204
    assert (await station.get(f"/v1/sessions/{session}")).body["state"] == "open"
    assert (await ward.trail("session_end"))[0]["detail"]["ceremony"] == ceremony


async def test_a_sign_in_that_was_never_finished_has_no_session_to_end(ward: Hospital) -> None:
    station = await ward.station()
    ceremony = (await station.tap(ADA)).body["id"]
    lost = a_report("session_end", reason="unreachable", detail={"ceremony": ceremony})
    assert (await send(station, lost)).status == 204
    assert (await station.pin(ceremony, "123456")).body["state"] == "done"


async def test_nobody_ends_anothers_session_by_its_ceremony(ward: Hospital) -> None:
    here, there = await ward.station("a"), await ward.station("b")
    ceremony = (await here.tap(ADA)).body["id"]
    session = (await here.pin(ceremony, "123456")).body["session"]["id"]
    answer = await send(there, a_report("session_end", detail={"ceremony": ceremony}))
    assert (answer.status, answer.code) == (403, "not_your_session")
    assert (await here.get(f"/v1/sessions/{session}")).body["state"] == "open"


async def test_a_lost_answer_to_a_step_up_leaves_its_session_open(ward: Hospital) -> None:
    station = await ward.station()
    session = await station.open(ADA)
    await ward.totp((await station.get(f"/v1/sessions/{session}")).body["person"]["id"])
    view = await station.step_up(session)
    assert view.body["state"] == "prove"
    lost = a_report("session_end", reason="unreachable", detail={"ceremony": view.body["id"]})
    assert (await send(station, lost)).status == 204
    assert (await station.get(f"/v1/sessions/{session}")).body["state"] == "open"


@pytest.mark.parametrize(("reason", "then"), [("sign_out", "done"), ("max_session", "prove")])
async def test_the_longest_session_ends_grace_and_signing_out_does_not(ward: Hospital, reason: str, then: str) -> None:
    station = await ward.station()
    session = await station.open(ADA)
    await send(station, a_report("session_end", session=session, reason=reason))
    again = await (await ward.station("elsewhere")).tap(ADA)
    assert again.body["state"] == then
    if then == "prove":
        assert again.body["why"] == "grace_over"


async def test_a_hook_that_failed_is_written_down_and_changes_nothing(ward: Hospital) -> None:
    station = await ward.station()
    session = await station.open(ADA)
    report = a_report("hook_failed", session=session, reason="too_slow", detail={"event": "tap_in"})
    assert (await send(station, report)).status == 204
    assert (await station.get(f"/v1/sessions/{session}")).body["state"] == "open"
    (row,) = await ward.trail("hook_failed")
    assert (row["reason"], row["detail"]["event"]) == ("too_slow", "tap_in")
