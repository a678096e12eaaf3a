"""Emergency access opens where a policy says so that the service signed for this very workstation, and nowhere else."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.client import ask
from kiosk.agent.doorbell.local import LocalDoor
from kiosk.agent.own_decisions import TICKETS
from kiosk.downtime.errors import JournalError
from kiosk.downtime.happening import Happening
from kiosk.downtime.journal import Journal
from kiosk.model.people import StationView
from kiosk.model.proof import UidPresented
from kiosk.service.helpdesk import case_record
from kiosk.service.shared.context import EMERGENCY_SECONDS
from kiosk.service.store import emergencies, review_cases
from tests.fakes.apart import Apart, apart, private
from tests.fakes.service import hospital, with_rules
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody

REASON = "patient in danger"
RULES = {"stations": ["ward-3-a"], "roles": ["nurse"], "unknown": True}
BADGE = UidPresented("04A1B2C3")


@pytest_asyncio.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Apart]:
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        yield await apart(made, tmp_path / "station")


async def elsewhere(ward: Apart, tmp_path: Path, name: str = "ward-9") -> Apart:
    """Another station of the same hospital, with what the service told it."""
    station = await ward.hospital.station(name, "Ward 9")
    other = Apart(ward.hospital, station, ward.person, ward.key, tmp_path / name)
    other.known = msgspec.convert((await station.get("/v1/workstation")).body, StationView)
    other.own.heard(other.known)
    return other


def opens(ward: Apart, reason: str = REASON) -> str | None:
    """The name of an emergency access that the station opened by itself."""
    use = str(uuid.uuid4())
    return use if ward.own.open_emergency(use, BADGE, reason) else None


async def test_it_opens_by_the_signed_policy_after_a_restart_too(ward: Apart) -> None:
    assert opens(ward)
    ward.started()
    assert opens(ward)


async def test_a_station_that_is_not_named_opens_nothing_by_itself(ward: Apart, tmp_path: Path) -> None:
    assert opens(await elsewhere(ward, tmp_path)) is None


async def test_another_station_s_policy_opens_nothing(ward: Apart, tmp_path: Path) -> None:
    other = await elsewhere(ward, tmp_path)
    assert ward.known is not None
    assert other.known is not None
    other.own.heard(replace(other.known, emergency=ward.known.emergency))
    assert opens(other) is None


async def test_a_policy_that_was_changed_or_signed_otherwise_counts_for_nothing(ward: Apart) -> None:
    assert ward.known is not None
    head, body, signature = ward.known.emergency.split(".")
    for bent in (f"{head}.{body[:-4]}AAAA.{signature}", ward.ticket, "x" * 20_000, "not a policy"):
        ward.own.heard(replace(ward.known, emergency=bent))
        assert opens(ward) is None
    ward.own.heard(ward.known)
    assert opens(ward)


async def test_its_file_in_other_hands_counts_for_nothing(ward: Apart) -> None:
    path = ward.home / TICKETS
    ward.own.save()
    whole = json.loads(path.read_text())
    body = json.loads(whole["body"])
    whole["body"] = json.dumps({**body, "latest": 0})
    path.write_text(json.dumps(whole))
    ward.started()
    assert opens(ward) is None


async def test_it_ends_and_a_clock_that_is_set_back_revives_it_not(ward: Apart) -> None:
    ward.pass_by(EMERGENCY_SECONDS + 1)
    assert opens(ward) is None
    ward.own.save()
    ward.wall.pass_by(-EMERGENCY_SECONDS)
    ward.started()
    assert opens(ward) is None


async def test_a_policy_that_was_withdrawn_counts_no_more(ward: Apart) -> None:
    assert ward.known is not None
    ward.own.heard(replace(ward.known, emergency=""))
    assert opens(ward) is None


async def test_only_reasons_of_the_list_and_somebody_where_that_is_asked(ward: Apart) -> None:
    assert opens(ward, "curious") is None
    assert ward.own.open_emergency(str(uuid.uuid4()), None, REASON) == 1800


async def test_a_journal_that_takes_no_more_opens_nothing(ward: Apart) -> None:
    full = Journal(ward.home / "full.jsonl", private(ward.station), ward.station.client_id, limit=1001)
    for number in range(2):
        full.add(Happening("tap_failed", reason="mute", detail={"number": str(number)}))
    ward.own.journal = full
    with pytest.raises(JournalError):
        opens(ward)


async def test_what_was_opened_apart_is_told_judged_and_reviewed(ward: Apart) -> None:
    use = opens(ward)
    assert use is not None
    ward.own.write(Happening("emergency_extended", use, detail={"seconds": "1800"}))
    ward.own.write(Happening("emergency_program", use, detail={"path": "/usr/bin/xterm"}))
    ward.own.write(Happening("emergency_ended", use, "button"))
    ward.pass_by(600)
    verdicts = (await ward.replay())[0].body["verdicts"]
    assert verdicts == [{"session": use, "accepted": True, "reason": None}]
    (seen,) = await ward.hospital.trail("emergency_program")
    assert (seen["detail"]["path"], seen["detail"]["emergency"]) == ("/usr/bin/xterm", use)
    (row,) = await ward.hospital.trail("emergency_opened")
    detail = row["detail"]
    assert (row["result"], detail["offline"], detail["why"], detail["kind"]) == ("success", True, REASON, "uid")
    assert BADGE.uid not in json.dumps(row)
    found = await ward.hospital.db.read(emergencies.find, use)
    assert found is not None
    assert (found.offline, found.extended, found.end_reason) == (True, 1, "button")
    (case,) = await ward.hospital.db.read(review_cases.every)
    assert (case.kind, case.subject) == ("emergency", use)


async def test_a_clock_that_is_ahead_tells_of_nothing_that_has_not_happened_yet(ward: Apart) -> None:
    ward.wall.pass_by(5000)
    use = opens(ward)
    ward.own.write(Happening("emergency_ended", use, "button"))
    await ward.replay()
    (case,) = [case for case in await ward.hospital.db.read(review_cases.every) if case.kind == "emergency"]
    assert case.until is not None
    assert case.happened <= case.until <= ward.hospital.clock()
    rows, _ = await ward.hospital.db.read(case_record.rows_of, case)
    assert {"emergency_opened", "emergency_ended"} <= {row.action for row in rows}


async def test_what_the_rules_refuse_ends_at_once_and_says_why(ward: Apart) -> None:
    use = opens(ward)
    rules = ward.hospital.service.rules
    with with_rules(ward.hospital, replace(rules, emergency=replace(rules.emergency, stations=()))):
        verdicts = (await ward.replay())[0].body["verdicts"]
    assert verdicts == [{"session": use, "accepted": False, "reason": "not_here"}]
    (row,) = await ward.hospital.trail("emergency_opened")
    assert (row["result"], row["reason"]) == ("refused", "not_here")
    assert [case.why for case in await ward.hospital.db.read(review_cases.every)] == ["not_here"]


async def test_one_whose_answer_was_lost_is_not_doubled(ward: Apart) -> None:
    use = str(uuid.uuid4())
    body = {"id": use, "presented": {"kind": "uid", "uid": BADGE.uid}, "reason": REASON}
    assert (await ward.station.post("/v1/emergencies", body)).status == 200
    assert ward.own.open_emergency(use, BADGE, REASON)
    batch = ward.own.journal.batch()
    for _ in range(2):
        answer = await ward.station.post("/v1/offline", msgspec.to_builtins(batch))
        assert answer.body["verdicts"] == [{"session": use, "accepted": True, "reason": None}]
    assert len(await ward.hospital.db.read(review_cases.every)) == 1


@pytest.mark.parametrize("proof", [{"kind": "uid"}, {"kind": "strange"}, {"uid": 5}, {"kind": ["uid"]}])
async def test_a_row_that_nobody_can_read_is_refused_and_holds_nothing_up(ward: Apart, proof: Any) -> None:
    ward.own.write(Happening("emergency_opened", str(uuid.uuid4()), REASON, proof=proof))
    ward.own.write(Happening("tap_failed", reason="mute"))
    verdict = (await ward.replay())[0].body["verdicts"][0]
    assert (verdict["accepted"], verdict["reason"]) == (False, "bad_row")
    assert len(await ward.hospital.trail("tap_failed")) == 1


@pytest.fixture
def door(tmp_path: Path, session: SessionAtTheDoor) -> Iterator[LocalDoor]:
    made = LocalDoor(tmp_path, session.rings, nobody, lambda: {"state": "locked"})
    yield made
    made.close()


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.mark.parametrize("op", ["emergency", "begin_emergency", "emergency_opened", "pressed"])
def test_no_program_can_ask_for_it(door: LocalDoor, session: SessionAtTheDoor, tmp_path: Path, op: str) -> None:
    answer = ask(address.doorbell(tmp_path), {"op": op, "reason": REASON, "button": "emergency"})
    assert "error" in answer


async def test_a_station_s_key_is_needed_to_ask_the_service(ward: Apart) -> None:
    application = await ward.hospital.application()
    body = {"id": str(uuid.uuid4()), "presented": None, "reason": REASON}
    assert (await application.post("/v1/emergencies", body)).code == "not_a_workstation"
    assert await ward.hospital.trail("emergency_opened") == []
