"""A sealed code of the safe opens emergency access once, at its own workstation, with the service and without."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Connection, delete, insert, select, update

from kiosk.agent.own_decisions import TICKETS
from kiosk.downtime.errors import JournalError
from kiosk.model import sealed_code
from kiosk.model.people import StationView
from kiosk.model.sealed_code import MAX_LIVE, SealedCodePresented
from kiosk.service.admin import sealed_codes as acts
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.store import review_cases, sealed_codes
from kiosk.service.store.schema import emergency_code
from tests.fakes.apart import Apart, apart
from tests.fakes.client import Answer, Client
from tests.fakes.service import Hospital, hospital, with_rules

REASON = "patient in danger"
RULES = {"stations": ["ward-3-a"], "places": ["Theatre"], "roles": ["physician"], "codes": True}


def admin(made: Hospital) -> Admin:
    return Admin("root", 0, int(made.clock()))


async def printed(made: Hospital, station: str = "ward-3-a", count: int = 3, *, keep: bool = False) -> dict[int, str]:
    """New codes of that workstation, by their numbers."""
    codes = await made.db.write(lambda conn: acts.make(conn, admin(made), station, count, keep=keep))
    return dict(codes.codes)


async def heard(ward: Apart) -> None:
    """The station hears its rules anew."""
    ward.known = msgspec.convert((await ward.station.get("/v1/workstation")).body, StationView)
    ward.own.heard(ward.known)


def presented(code: str) -> dict[str, Any]:
    return {"kind": "code", "code": code}


async def begin(station: Client, code: str, use: str | None = None) -> Answer:
    body = {"id": use or str(uuid.uuid4()), "presented": presented(code), "reason": REASON}
    return await station.post("/v1/emergencies", body)


def opens(ward: Apart, code: str) -> str | None:
    use = str(uuid.uuid4())
    return use if ward.own.open_emergency(use, SealedCodePresented(code), REASON) else None


@pytest_asyncio.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Apart]:
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        yield await apart(made, tmp_path / "station")


async def test_one_opens_once_and_the_trail_and_its_case_say_which(ward: Apart) -> None:
    codes = await printed(ward.hospital)
    assert sorted(codes) == [1, 2, 3]
    answer = await begin(ward.station, sealed_code.shown(codes[2]).lower())
    assert (answer.status, answer.body["person"]) == (200, None)
    (row,) = await ward.hospital.trail("emergency_opened")
    assert (row["result"], row["detail"]["kind"], row["detail"]["code"]) == ("success", "code", 2)
    (case,) = await ward.hospital.db.read(review_cases.every)
    assert case.why == f"{REASON}; sealed code 2"
    again = await begin(ward.station, codes[2])
    assert (again.status, again.code) == (403, "bad_code")
    assert codes[2] not in json.dumps(await ward.hospital.trail())
    left = await ward.hospital.db.read(sealed_codes.live, ward.station.client_id)
    assert [code.number for code in left] == [1, 3]


async def test_asked_twice_for_the_same_emergency_it_is_used_once(ward: Apart) -> None:
    codes, use = await printed(ward.hospital), str(uuid.uuid4())
    first, second = await begin(ward.station, codes[1], use), await begin(ward.station, codes[1], use)
    assert first.body == second.body
    assert len(await ward.hospital.trail("emergency_opened")) == 1


async def test_it_opens_nothing_at_another_workstation_or_once_it_was_replaced(ward: Apart) -> None:
    theatre = await ward.hospital.station("or-1", "Theatre")
    old = await printed(ward.hospital)
    assert (await begin(theatre, old[1])).code == "bad_code"
    new = await printed(ward.hospital)
    assert sorted(new) == [4, 5, 6], "numbers go on"
    assert (await begin(ward.station, old[1])).code == "bad_code"
    assert (await begin(ward.station, new[4])).status == 200
    (made, other) = [row for row in await ward.hospital.trail("admin") if row["detail"]["act"].endswith("codes.print")]
    assert made["detail"]["numbers"] == [1, 2, 3]
    assert other["detail"]["ended"] == [1, 2, 3]


async def test_none_opens_where_the_rules_have_none(ward: Apart) -> None:
    codes = await printed(ward.hospital)
    await heard(ward)
    rules = ward.hospital.service.rules
    with with_rules(ward.hospital, replace(rules, emergency=replace(rules.emergency, codes=False))):
        assert (await begin(ward.station, codes[1])).code == "bad_code"
        await heard(ward)
        assert opens(ward, codes[1]) is None


@pytest.mark.parametrize("typed", ["", "7K3M", "7" * 16, "U" * 16])
async def test_what_is_no_code_opens_nothing(ward: Apart, typed: str) -> None:
    await printed(ward.hospital)
    await heard(ward)
    assert (await begin(ward.station, typed)).code == "bad_code"
    assert opens(ward, typed) is None
    too_long = await begin(ward.station, "7" * 1000)
    assert too_long.status == 422


async def test_while_the_service_is_away_each_opens_once_after_a_restart_too(ward: Apart) -> None:
    codes = await printed(ward.hospital)
    await heard(ward)
    assert opens(ward, codes[1])
    assert opens(ward, codes[1]) is None
    ward.started()
    assert opens(ward, codes[1]) is None, "a restart forgot it"
    assert opens(ward, codes[2])
    verdicts = (await ward.replay())[0].body["verdicts"]
    assert [verdict["accepted"] for verdict in verdicts] == [True, True]
    rows = await ward.hospital.trail("emergency_opened")
    assert [(row["result"], row["detail"]["code"], row["detail"]["offline"]) for row in rows] == [
        ("success", 1, True),
        ("success", 2, True),
    ]
    assert (await begin(ward.station, codes[1])).code == "bad_code"
    await heard(ward)
    assert json.loads(json.loads((ward.home / TICKETS).read_text())["body"])["used_codes"] == []
    assert opens(ward, codes[1]) is None, "the service's list has it no more"


async def test_one_that_was_used_meanwhile_is_found_out_when_it_is_told(ward: Apart) -> None:
    """Opened with the service, then once more before the station heard of it: by its file put back, say."""
    codes = await printed(ward.hospital)
    await heard(ward)
    assert (await begin(ward.station, codes[1])).status == 200
    use = opens(ward, codes[1])
    assert use is not None
    (verdict,) = (await ward.replay())[0].body["verdicts"]
    assert verdict == {"session": use, "accepted": False, "reason": "bad_code"}
    assert "bad_code" in {case.why for case in await ward.hospital.db.read(review_cases.every)}


async def test_one_that_was_replaced_meanwhile_ends_at_once(ward: Apart) -> None:
    codes = await printed(ward.hospital)
    await heard(ward)
    use = opens(ward, codes[1])
    await printed(ward.hospital)
    (verdict,) = (await ward.replay())[0].body["verdicts"]
    assert verdict == {"session": use, "accepted": False, "reason": "bad_code"}


async def test_one_whose_use_is_refused_for_another_reason_is_used_up_all_the_same(ward: Apart) -> None:
    """Its envelope is open. The rules changed while the service was away; then they changed back."""
    codes = await printed(ward.hospital)
    await heard(ward)
    uses = [opens(ward, codes[1])]
    rules = ward.hospital.service.rules
    with with_rules(ward.hospital, replace(rules, emergency=replace(rules.emergency, codes=False))):
        (verdict,) = (await ward.replay())[0].body["verdicts"]
    assert verdict == {"session": uses[0], "accepted": False, "reason": "bad_code"}
    (row,) = await ward.hospital.trail("emergency_opened")
    assert (row["result"], row["detail"]["code"]) == ("refused", 1)
    assert (await begin(ward.station, codes[1])).code == "bad_code"
    left = await ward.hospital.db.read(sealed_codes.live, ward.station.client_id)
    assert [code.number for code in left] == [2, 3]


@pytest.mark.parametrize("off", [{"codes": False}, {"stations": (), "places": ()}])
async def test_a_policy_without_codes_makes_the_station_forget_no_used_one(ward: Apart, off: dict[str, Any]) -> None:
    codes = await printed(ward.hospital)
    await heard(ward)
    assert opens(ward, codes[1])
    rules = ward.hospital.service.rules
    with with_rules(ward.hospital, replace(rules, emergency=replace(rules.emergency, **off))):
        await heard(ward)
    await heard(ward)  # allowed again, before anything was told
    ward.started()
    assert opens(ward, codes[1]) is None
    assert opens(ward, codes[2]), "the others are good"


async def test_told_again_the_answer_is_the_same(ward: Apart) -> None:
    codes = await printed(ward.hospital)
    await heard(ward)
    use = opens(ward, codes[1])
    batch = msgspec.to_builtins(ward.own.journal.batch())
    for _ in range(2):
        answer = await ward.station.post("/v1/offline", batch)
        assert answer.body["verdicts"] == [{"session": use, "accepted": True, "reason": None}]


async def test_one_that_opened_nothing_is_not_used_up(ward: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = await printed(ward.hospital)
    await heard(ward)

    def full(*_: object) -> None:
        raise JournalError("The journal is full.")

    with monkeypatch.context() as patch:
        patch.setattr(ward.own.journal, "add", full)
        with pytest.raises(JournalError):
            opens(ward, codes[1])
    assert opens(ward, codes[1])


async def test_a_used_one_that_is_put_back_in_the_database_opens_nothing(ward: Apart) -> None:
    codes = await printed(ward.hospital)
    before = await ward.hospital.db.read(
        lambda conn: dict(conn.execute(select(emergency_code).where(emergency_code.c.number == 1)).one()._mapping)
    )
    assert (await begin(ward.station, codes[1])).status == 200
    ward.hospital.tampered = True

    def put_back(conn: Connection) -> None:
        conn.execute(delete(emergency_code).where(emergency_code.c.id == before["id"]))
        conn.execute(insert(emergency_code), before)

    await ward.hospital.db.write(put_back)
    assert (await begin(ward.station, codes[1])).code == "bad_code"
    other = sealed_code.digest_of(ward.station.client_id, "7" * 16)
    bent = update(emergency_code).where(emergency_code.c.number == 2).values(digest=other)
    await ward.hospital.db.write(lambda conn: conn.execute(bent))
    assert (await begin(ward.station, "7" * 16)).code == "bad_code", "a code of somebody else's making"


async def test_what_the_station_keeps_gives_no_code_away(ward: Apart) -> None:
    codes = await printed(ward.hospital)
    await heard(ward)
    kept = b"".join(path.read_bytes() for path in sorted(ward.home.rglob("*")) if path.is_file())
    assert not [code for code in codes.values() if code.encode() in kept]


async def test_there_are_bounds(ward: Apart) -> None:
    await printed(ward.hospital, count=MAX_LIVE)
    with pytest.raises(ActRefusedError, match="at most"):
        await printed(ward.hospital, count=1, keep=True)
    assert await ward.hospital.db.write(acts.end, admin(ward.hospital), "ward-3-a") == list(range(1, MAX_LIVE + 1))
    for name, why in (("ward-3-a", "no codes"), ("nowhere", "no workstation")):
        with pytest.raises(ActRefusedError, match=why):
            await ward.hospital.db.write(acts.end, admin(ward.hospital), name)
