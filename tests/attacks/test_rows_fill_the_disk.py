"""A workstation that was taken over writes as fast as it can: its budget ends, and people still sign in everywhere."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection

from kiosk.client.errors import ServiceProblemError
from kiosk.client.outbox import Outbox
from kiosk.model.wire import Report
from kiosk.service.jobs.housekeeping import tidy
from kiosk.service.platform.budgets import Budgets, budgets_from
from kiosk.service.store import disk, request_budget, spending
from kiosk.service.store.database import Database
from kiosk.service.store.request_budget import Storage
from kiosk.service.store.spending import Amount, Charge
from kiosk.settings import SettingsError
from tests.fakes import attacked_service
from tests.fakes.client import NOW, Client
from tests.fakes.service import Hospital

ADA, BEN = "04A1B2C3", "04A1B2C4"
FEW = "[limits]\nother_rows = 200\nperson_rows = 100\n"


def report(action: str = "tap_failed", session: str | None = None, *, big: bool = False) -> dict[str, Any]:
    detail = {f"{n:0256}": "x" * 256 for n in range(16)} if big else {}
    return {"id": str(uuid.uuid4()), "action": action, "at": NOW, "session": session, "reason": None, "detail": detail}


async def send(station: Client, *reports: dict[str, Any]) -> int:
    return (await station.post("/v1/reports", {"reports": list(reports)})).status


async def test_reports_end_where_the_budget_does_and_sign_ins_go_on(tmp_path: Path, database: str) -> None:
    async with attacked_service.ward(tmp_path, ["ada"], stations=2, database=database, rules=FEW) as ward:
        evil, other = await ward.station(), await ward.station()
        session = await evil.open(ward.uids["ada"], attacked_service.PIN)
        answers = [await send(evil, *(report() for _ in range(50))) for _ in range(8)]
        assert (answers[:3], answers[-3:]) == ([204] * 3, [429] * 3)
        written = [row["action"] for row in await ward.trail()]
        assert 150 <= written.count("tap_failed") <= 210
        # Its lock is written although nothing else is, and whoever taps there or elsewhere gets in.
        assert await send(evil, report(), report("lock", session)) == 429
        await evil.open(ward.uids["ada"], attacked_service.PIN)
        await other.open(ward.uids["ada"], attacked_service.PIN)
        written = [row["action"] for row in await ward.trail()]
        assert written.count("lock") == 1
        (told,) = await ward.trail("over_budget")
        assert told["detail"]["refused"] >= 1


async def test_a_report_that_is_as_long_as_may_be_costs_its_bytes(either: Hospital) -> None:
    station = await either.station()
    taken = 0
    for _ in range(60):
        taken += await send(station, *(report(big=True) for _ in range(6))) == 204
    allowed = Budgets().other_rows * Budgets().row_bytes
    assert taken * 6 * 8192 <= allowed
    assert taken > 20
    either.clock.pass_by(3600)
    assert await send(station, report()) == 204


async def test_what_was_refused_is_told_once_an_hour_with_a_number(either: Hospital) -> None:
    station = await either.station()
    budgets = budgets_from({"other_rows": 100})
    either.app.state.service = replace(either.service, budgets=budgets)
    for _ in range(6):
        await send(station, *(report() for _ in range(50)))
    assert len(await either.trail("over_budget")) == 1
    either.clock.pass_by(3601)
    await either.db.write(tidy, int(either.clock()))
    rows = await either.trail("over_budget")
    total = sum(row["detail"]["refused"] for row in rows)
    assert len(rows) == 2
    assert total + len(await either.trail("tap_failed")) == 300


async def test_a_program_that_asks_and_asks_uses_up_its_persons_budget_alone(either: Hospital) -> None:
    """Five hundred patients in a wish make half a megabyte of challenges each time they are asked for."""
    off = replace(either.service.risk, enabled=False)  # or the risk would refuse them before the budget does
    either.app.state.service = either.service = replace(either.service, risk=off)
    for login, uid in (("ada", ADA), ("ben", BEN)):
        person = await either.person(login)
        await either.badge(person, uid)
        await either.totp(person)
    station = await either.station()
    session = await station.open(ADA)
    answers = []
    for _ in range(40):
        patients = [f"{n:0512}" for n in range(100)]
        answers.append(await station.step_up(session, action="record.view", patients=patients))
    assert answers[0].status == 200
    # Nobody typed anything wrong: it is not called too many tries.
    assert (answers[-1].status, answers[-1].code) == (429, "over_budget")
    await station.open(BEN)
    assert (await station.tap(ADA)).status == 200


async def test_taps_of_one_station_end_and_those_of_others_do_not(either: Hospital) -> None:
    await either.badge(await either.person("ada"), ADA)
    evil, other = await either.station("evil"), await either.station("other")
    either.app.state.service = replace(either.service, budgets=budgets_from({"sign_in_rows": 100}))
    statuses = [(await evil.tap("04FFFFFF")).status for _ in range(120)]
    assert (statuses[0], statuses[-1]) == (200, 429)
    await other.open(ADA)
    either.clock.pass_by(240)
    await evil.open(ADA)


async def test_an_application_that_redeems_one_token_for_ever_is_stopped(either: Hospital) -> None:
    await either.badge(await either.person("ada"), ADA)
    either.app.state.service = replace(either.service, budgets=budgets_from({"application_rows": 100}))
    application = await either.application()
    party = f"application:{application.client_id}"
    charge = Charge(Amount(100, 0), Amount(100, 100 * 2048))
    await either.db.write(spending.charge, {party: charge}, int(either.clock()))
    answer = await application.post("/v1/stepups/nothing/token", {})
    assert answer.status in (404, 429)


async def test_a_nearly_full_disk_is_for_sign_ins_and_locks_alone(
    service: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.badge(await service.person("ada"), ADA)
    station = await service.station()
    session = await station.open(ADA)
    monkeypatch.setattr(request_budget, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(disk, "free", lambda _folder: 2 * disk.MIB)
    asked = await station.step_up(session)
    assert (asked.status, asked.code) == (503, "storage_low")
    assert await send(station, report(), report("lock", session)) == 429
    assert (await station.get(f"/v1/sessions/{session}")).body["state"] == "locked"
    await station.open(ADA)
    monkeypatch.setattr(disk, "free", lambda _folder: 1024 * disk.MIB)
    assert (await station.step_up(await station.open(ADA))).status == 200


def test_the_reserve_is_no_more_than_a_part_of_a_small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "size", lambda _folder: 100 * disk.MIB)
    monkeypatch.setattr(disk, "free", lambda _folder: 6 * disk.MIB)
    assert not Storage(tmp_path, 256).low()
    monkeypatch.setattr(disk, "free", lambda _folder: 4 * disk.MIB)
    assert Storage(tmp_path, 256).low()
    assert not Storage(None, 256).low()


def test_a_bucket_drains_by_the_second(database_file: Database) -> None:
    one = {"p": Charge(Amount(100, 0), Amount(100, 1000))}

    def act(conn: Connection) -> list[tuple[str, int] | None]:
        drop = {"p": Charge(Amount(1, 0), Amount(100, 1000))}
        return [
            spending.charge(conn, one, NOW),
            spending.charge(conn, drop, NOW),
            spending.charge(conn, {"p": Charge(Amount(0, 0), Amount(100, 1000))}, NOW + 36),
            spending.charge(conn, drop, NOW + 35),  # by a clock that was set back
            spending.charge(conn, {"p": Charge(Amount(0, 2000), Amount(100, 1000))}, NOW + 7200),
        ]

    assert database_file.write_now(act) == [None, ("p", 36), None, ("p", 36), ("p", 3600)]


@pytest.mark.parametrize("table", [{"rows": 1}, {"other_rows": 1}, {"other_rows": True}, {"connections": 10**400}])
def test_a_limit_that_makes_no_sense_is_named(table: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"\[limits\]"):
        budgets_from(table)


def test_a_workstation_keeps_what_the_service_has_no_room_for_and_sends_locks_first(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.jsonl", ec.generate_private_key(ec.SECP256R1()), "ward-3-a")
    for number in range(250):
        outbox.add(Report(str(number), "lock" if number == 240 else "tap_failed", NOW))
    got: list[str] = []

    def refuse(reports: tuple[Report, ...]) -> None:
        if any(report.action != "lock" for report in reports):
            raise ServiceProblemError("over_budget", "", 429)
        got.extend(report.id for report in reports)

    with pytest.raises(ServiceProblemError):
        outbox.flush(refuse)
    assert got == ["240"]
    assert len(outbox) == 249
    outbox.flush(refuse, vital=True)
    outbox.flush(lambda reports: got.extend(report.id for report in reports))
    assert sorted(map(int, got)) == list(range(250))
