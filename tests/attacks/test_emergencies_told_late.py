"""What a journal tells of an emergency after its time changes nothing that lasts now, and nobody's verdict."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from kiosk.downtime.happening import Happening
from kiosk.service.store import emergencies, messages, review_cases
from tests.attacks.test_emergency_access import BADGE, REASON, RULES, opens
from tests.fakes.apart import Apart, apart
from tests.fakes.service import Hospital, hospital, with_rules


@pytest_asyncio.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Apart]:
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        yield await apart(made, tmp_path / "station")


async def begins(ward: Apart, *, known: bool = False) -> str:
    """An emergency access that the service lets begin."""
    use = str(uuid.uuid4())
    presented = {"kind": "uid", "uid": BADGE.uid} if known else None
    answer = await ward.station.post("/v1/emergencies", {"id": use, "presented": presented, "reason": REASON})
    assert answer.status == 200, answer.body
    return use


async def test_what_was_refused_stays_refused_where_the_answer_was_lost(ward: Apart) -> None:
    assert opens(ward)
    rules = ward.hospital.service.rules
    with with_rules(ward.hospital, replace(rules, emergency=replace(rules.emergency, stations=()))):
        batch = msgspec.to_builtins(ward.own.journal.batch())
        said = [(await ward.station.post("/v1/offline", batch)).body["verdicts"][0] for _ in range(2)]
    assert [verdict["accepted"] for verdict in said] == [False, False]


async def test_one_that_is_told_of_later_does_not_end_the_one_that_lasts(ward: Apart) -> None:
    ward.own.write(Happening("emergency_ended", opens(ward), "button"))
    ward.pass_by(60)
    now = await begins(ward, known=True)
    await ward.replay()
    lasting = await ward.hospital.db.read(emergencies.lasting_at, ward.station.client_id)
    assert [use.id for use in lasting] == [now]


async def test_its_case_is_of_the_time_in_which_it_lasted(ward: Apart) -> None:
    use = opens(ward)
    ward.pass_by(300)
    ward.own.write(Happening("emergency_ended", use, "button"))
    ward.pass_by(6 * 3600)
    await ward.replay()
    (case,) = await ward.hospital.db.read(review_cases.every)
    assert case.until is not None
    assert case.until - case.happened <= 400


async def test_a_station_that_opens_and_opens_does_not_fill_anybody_s_telephone(ward: Apart) -> None:
    boss = await ward.hospital.person("boss", "Bea Boss", "supervisor")
    await ward.hospital.db.write(messages.set_contact, boss, "mailto:boss@hospital.example")
    for _ in range(30):
        await begins(ward)
    kinds = Counter(message.kind for message, _ in await ward.hospital.db.read(messages.unsent))
    assert kinds == {"emergency_opened": 10, "emergency_many": 1}


@pytest.mark.parametrize("action", ["emergency_opened", "emergency_ended"])
async def test_a_text_that_a_database_cannot_hold_holds_no_journal_up(
    either: Hospital, tmp_path: Path, action: str
) -> None:
    ward = await apart(either, tmp_path / "station")
    ward.own.write(Happening(action, str(uuid.uuid4()), "a\x00b", proof={"kind": "nothing"}))
    assert [answer.status for answer in await ward.replay()] == [200]
