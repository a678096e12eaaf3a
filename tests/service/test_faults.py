"""Faults of the store: what cannot be written down does not happen."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from kiosk.service.audit import writer
from kiosk.service.store.errors import StoreBusyError, StoreDownError, StoreStandbyError
from tests.fakes.service import Hospital

ADA = "04A1B2C3"


@pytest_asyncio.fixture
async def ward(service: Hospital) -> Hospital:
    await service.badge(await service.person("ada"), ADA)
    return service


async def test_a_full_disk_refuses_and_changes_nothing(ward: Hospital, caplog: pytest.LogCaptureFixture) -> None:
    station = await ward.station()
    view = await station.tap(ADA)
    before = len(await ward.trail())
    # SQLite's own word for it: the file may not grow by another page.
    pages = await ward.db.write(lambda conn: conn.execute(text("PRAGMA page_count")).scalar_one())
    await ward.db.write(lambda conn: conn.execute(text(f"PRAGMA max_page_count={pages}")))
    answers = [await station.pin(view.body["id"], "000000") for _ in range(4)]
    for _ in range(60):
        if answers[-1].status != 200:
            break
        answers.append(await station.tap(ADA))
    assert (answers[-1].status, answers[-1].code) == (503, "audit_failed")
    written = len(await ward.trail())
    again = await station.tap(ADA)
    assert (again.status, again.code) == (503, "audit_failed")
    assert "disk is full" in again.body["detail"]
    told = [said.getMessage() for said in caplog.records if said.name == "kiosk.service"]
    assert told
    assert all("is full" in sentence for sentence in told)
    assert len(await ward.trail()) == written >= before
    await ward.db.write(lambda conn: conn.execute(text("PRAGMA max_page_count=1000000")))
    assert (await station.tap(ADA)).status == 200


async def test_a_database_that_can_only_be_read_says_so(
    ward: Hospital, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    station = await ward.station()
    await station.get("/v1/workstation")
    with monkeypatch.context() as patched:
        patched.setattr(ward.db, "write", ward.db.read)  # whose connection takes queries alone
        answer = await station.tap(ADA)
    assert (answer.status, answer.code) == (503, "audit_failed")
    assert "can only be read" in answer.body["detail"]
    assert any("can only be read" in said.getMessage() for said in caplog.records if said.name == "kiosk.service")
    assert (await station.tap(ADA)).status == 200


async def test_a_row_that_cannot_be_written_undoes_the_sign_in(ward: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    station = await ward.station()
    view = await station.tap(ADA)

    def broken(*_args: Any) -> Any:
        raise StoreDownError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(writer, "append_asked", broken)
        answer = await station.pin(view.body["id"], "123456")
    assert (answer.status, answer.code) == (503, "store_down")
    # Neither session nor used ceremony is left: the same one can be finished.
    assert (await station.pin(view.body["id"], "123456")).body["state"] == "done"


@pytest.mark.parametrize(
    ("fault", "code", "level"),
    [
        (StoreBusyError, "store_busy", logging.WARNING),
        (StoreDownError, "store_down", logging.ERROR),
        (StoreStandbyError, "store_down", logging.ERROR),
    ],
)
async def test_a_store_that_cannot_answer_says_so(
    ward: Hospital,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: type[StoreDownError],
    code: str,
    level: int,
) -> None:
    station = await ward.station()
    await station.get("/v1/workstation")

    async def faulty(*_args: Any, **_more: Any) -> Any:
        raise fault("not now")

    monkeypatch.setattr(ward.db, "write", faulty)
    answer = await station.tap(ADA)
    assert (answer.status, answer.code) == (503, code)
    assert [said.levelno for said in caplog.records if said.name == "kiosk.service"] == [level]
