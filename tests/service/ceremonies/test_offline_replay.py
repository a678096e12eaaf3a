"""What a workstation did by itself is told afterwards: taken in order, once, and judged as any sign-in would be."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from kiosk.downtime.happening import Happening
from kiosk.model.journal import ReplayIn
from kiosk.model.proof import ACR_PHR
from kiosk.service.admin import life, people
from kiosk.service.admin.act import Admin
from kiosk.service.policy.cedar import book
from kiosk.service.records.replayed_policy import replay
from kiosk.service.store import review_cases, sessions
from tests.fakes.apart import Apart, apart
from tests.fakes.service import Hospital


@pytest_asyncio.fixture
async def ward(service: Hospital, tmp_path: Path) -> Apart:
    return await apart(service, tmp_path)


def root(ward: Apart) -> Admin:
    return Admin("root", 0, int(ward.hospital.clock()))


async def test_an_offline_sign_in_is_told_and_the_service_goes_on_with_its_session(
    either: Hospital, tmp_path: Path
) -> None:
    ward = await apart(either, tmp_path)
    ward.pass_by(60)
    ward.own.write(Happening("service_lost"))
    done = ward.reopen()
    assert done.session is not None
    assert done.session.assurance.acr == ACR_PHR
    ward.pass_by(600)
    answers = await ward.replay()
    assert answers[0].body["verdicts"] == [{"session": done.session.id, "accepted": True, "reason": None}]
    found = await either.db.read(sessions.find, done.session.id)
    assert found is not None
    assert (found.state, found.person, found.assurance.acr) == ("open", ward.person, ACR_PHR)
    row = (await either.trail("offline_sign_in"))[0]
    assert (row["result"], row["acr"], row["amr"], row["person"]) == (
        "success",
        "phr",
        ["pop", "pin", "mfa"],
        ward.person,
    )
    detail = row["detail"]
    assert (detail["offline"], detail["arrived_at"] - detail["station_at"]) == (True, 600)
    assert await either.db.read(review_cases.every) == []


async def test_it_is_replayed_under_another_policy(ward: Apart) -> None:
    assert ward.reopen().session is not None
    await ward.replay()
    no = '@id("none")\n@says("No.")\nforbid (principal, action == Action::"session.open", resource);'
    made = await ward.hospital.db.read(replay, book.read(f"{book.default_text()}\n{no}"), 0, 2_000_000_000)
    assert (made.counts["refused"], made.people["refused"]) == (2, {"ada"}), "the one before the outage, too"


async def test_a_lock_that_comes_after_it_locks_that_session(ward: Apart) -> None:
    done = ward.reopen()
    assert done.session is not None
    ward.own.write(Happening("lock", done.session.id, "idle"))
    await ward.replay()
    found = await ward.hospital.db.read(sessions.find, done.session.id)
    assert found is not None
    assert found.state == "locked"


async def test_what_is_sent_twice_is_taken_once(ward: Apart) -> None:
    ward.reopen()
    batch = ward.own.journal.batch()
    first = await ward.station.post("/v1/offline", msgspec.to_builtins(batch))
    second = await ward.station.post("/v1/offline", msgspec.to_builtins(batch))
    assert (first.body["taken"], second.body["taken"], second.body["state"]) == (1, 1, "ok")
    assert second.body["verdicts"] == first.body["verdicts"]
    assert len(await ward.hospital.trail("offline_sign_in")) == 1


async def test_a_long_journal_goes_on_where_it_was_interrupted(ward: Apart) -> None:
    for number in range(350):
        ward.own.write(Happening("tap_failed", reason="mute", detail={"number": str(number)}))
    batch = ward.own.journal.batch()
    assert batch is not None
    assert len(batch.rows) < 350
    await ward.station.post("/v1/offline", msgspec.to_builtins(batch))  # and the answer is lost
    ward.started()
    await ward.replay()
    rows = await ward.hospital.trail("tap_failed")
    assert [row["detail"]["number"] for row in rows] == [str(number) for number in range(350)]


@pytest.mark.parametrize("what", ["suspended", "key revoked", "left"])
async def test_who_was_stopped_meanwhile_is_marked_and_looked_at(ward: Apart, what: str) -> None:
    done = ward.reopen()
    assert done.session is not None
    db, admin = ward.hospital.db, root(ward)
    if what == "suspended":
        await db.write(people.suspend, admin, "ada")
    elif what == "left":
        await db.write(life.leave, admin, "ada")
    else:
        await db.write(life.revoke_factor, admin, "ada", "blue key")
    verdict = (await ward.replay())[0].body["verdicts"][0]
    assert not verdict["accepted"]
    assert verdict["reason"] == ("ticket_withdrawn" if what == "key revoked" else "suspended")
    assert await ward.hospital.db.read(sessions.find, done.session.id) is None
    (case,) = await ward.hospital.db.read(review_cases.every)
    assert (case.person, case.subject, case.why) == (ward.person, done.session.id, verdict["reason"])


async def test_who_works_elsewhere_by_now_stays_there(ward: Apart, tmp_path: Path) -> None:
    ward.pass_by(10)
    done = ward.reopen()
    there = Apart(ward.hospital, await ward.hospital.station("ward-4"), ward.person, ward.key, tmp_path / "there")
    session = await there.sign_in()
    verdict = (await ward.replay())[0].body["verdicts"][0]
    assert done.session is not None
    assert (verdict["accepted"], verdict["reason"]) == (False, "elsewhere")
    found = await ward.hospital.db.read(sessions.find, session)
    assert found is not None
    assert found.state == "open"


async def test_who_signed_in_here_since_keeps_the_newer_session(ward: Apart) -> None:
    done = ward.reopen()
    ward.pass_by(30)
    newer = await ward.sign_in()
    assert (await ward.replay())[0].body["verdicts"][0]["accepted"]
    assert done.session is not None
    states = [await ward.hospital.db.read(sessions.find, name) for name in (done.session.id, newer)]
    assert [found.state for found in states if found] == ["locked", "open"]


async def test_a_clock_that_jumped_is_said(ward: Apart) -> None:
    ward.own.write(Happening("service_lost"))
    ward.wall.pass_by(-3600)
    ward.own.write(Happening("tap_failed", reason="mute"))
    await ward.replay()
    (row,) = await ward.hospital.trail("station_clock")
    assert (row["result"], row["detail"]["seconds"]) == ("failure", -3600)
    assert [case.why for case in await ward.hospital.db.read(review_cases.every)] == ["station_clock"]


async def test_revocation_takes_the_ticket_back_at_once(ward: Apart) -> None:
    assert len((await ward.station.get("/v1/offline")).body["tickets"]) == 1
    await ward.hospital.db.write(people.suspend, root(ward), "ada")
    assert (await ward.station.get("/v1/offline")).body["tickets"] == []


async def test_what_is_no_batch_is_refused(ward: Apart) -> None:
    ward.reopen()
    batch = ward.own.journal.batch()
    assert batch is not None
    for bad in (
        ReplayIn(batch.journal, batch.head, batch.before, ()),
        ReplayIn("x" * 65, batch.head, batch.before, batch.rows),
        ReplayIn(batch.journal, batch.head, "zz", batch.rows),
        ReplayIn(batch.journal, -1, batch.before, batch.rows),
    ):
        answer = await ward.station.post("/v1/offline", msgspec.to_builtins(bad))
        assert (answer.status, answer.code) == (422, "bad_journal")


async def test_without_a_rule_there_are_no_tickets(in_memory: Path, tmp_path: Path) -> None:
    from tests.fakes.service import hospital

    async with hospital(in_memory / "data", policy={"downtime_reopen": 0}) as running:
        assert (await apart(running, tmp_path)).ticket == ""
