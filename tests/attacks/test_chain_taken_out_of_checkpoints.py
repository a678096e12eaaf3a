"""The trail's heads, and what it says was approved, are not SQL's to move."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from kiosk.service.audit import seal
from kiosk.service.audit.checkpoint import Checkpoint
from kiosk.service.jobs import housekeeping, integrity_alarms
from kiosk.service.store import integrity
from kiosk.service.store.examining import examine
from kiosk.service.store.schema import opening
from tests.fakes.asking import ADA, make
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter


async def sign(hospital: Hospital) -> Checkpoint | None:
    """As housekeeping does."""
    keys = hospital.folder.keys.checkpoint
    what = await hospital.db.read(seal.read, keys.public)
    return await hospital.db.write(seal.write, keys, int(hospital.clock()), what)


async def names(hospital: Hospital) -> list[tuple[str, str]]:
    return [(fault.table, fault.key) for fault in (await hospital.db.read(examine)).found]


async def test_a_chain_that_says_it_is_signed_already_is_told(either: Hospital) -> None:
    ward = await make(either)
    chain = ward.station.client_id
    await SqlWriter(either).sql("UPDATE audit_chain SET sealed_seq = 999999 WHERE chain = :c", c=chain)
    await sign(either)
    assert await names(either) == [("audit_chain", chain)]
    await integrity_alarms.tell(either.db, int(either.clock()))
    (told,) = await either.trail("integrity")
    assert (told["result"], told["detail"]["table"], told["detail"]["key"]) == ("refused", "audit_chain", chain)
    assert (await ward.station.tap(ADA)).code == "integrity", "nothing is added to a chain whose head is in doubt"


@pytest.mark.parametrize("change", ["head_seq = 2", "head_hash = '0'", "sealed_seq = 0, head_seq = 1"])
async def test_a_head_that_was_moved_back_takes_no_further_row(either: Hospital, change: str) -> None:
    ward = await make(either)
    await SqlWriter(either).sql(f"UPDATE audit_chain SET {change} WHERE chain = :c", c=ward.station.client_id)  # noqa: S608
    assert (await ward.station.tap(ADA)).code == "integrity"


async def test_other_stations_and_their_checkpoints_go_on(either: Hospital) -> None:
    ward = await make(either)
    other = await either.station("other")
    await SqlWriter(either).sql("UPDATE audit_chain SET head_seq = 2 WHERE chain = :c", c=ward.station.client_id)
    assert (await other.tap(ADA)).body["state"] == "done"
    made = await sign(either)
    assert made is not None
    assert other.client_id in made.body
    assert ward.station.client_id not in made.body


async def test_the_services_own_chain_in_doubt_is_logged(either: Hospital, caplog: pytest.LogCaptureFixture) -> None:
    ward = await make(either)
    writer = SqlWriter(either)
    await writer.sql("UPDATE audit_chain SET head_seq = 0 WHERE chain = 'service'")
    await writer.sql("UPDATE person SET name = 'Eve'")
    assert (await ward.station.tap(ADA)).code == "integrity"
    await housekeeping.tidy_by_parts(either.service)
    assert "not as the service wrote it" in caplog.text


async def test_an_opening_that_was_exchanged_is_not_believed(either: Hospital) -> None:
    ward = await make(either)
    view = await ward.station.step_up(ward.session, records=51, patients=["Patient/123"])
    await ward.by_key(view)
    writer = SqlWriter(either)
    await writer.sql("UPDATE opening SET value = 'Patient/999' WHERE value = 'Patient/123'")

    def look(conn: Connection) -> list[str]:
        return [row.value for row in integrity.rows(conn, opening, skip=True)]

    assert "Patient/999" not in await either.db.read(look)
    assert {table for table, _ in await names(either)} == {"opening"}
