"""Attempts to make a case disappear, or to bury it: by the database, and by a workstation that says too much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from kiosk.downtime.happening import Happening
from kiosk.service.audit import put_back
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.records import review_report
from kiosk.service.store import review_cases
from kiosk.service.store.guarded import CASES
from kiosk.service.store.review_cases import MAX_OPEN, NewCase
from kiosk.service.store.schema import manifest, review_case
from tests.fakes.apart import apart
from tests.fakes.client import NOW
from tests.fakes.service import Hospital


async def test_a_case_put_back_with_its_whole_list_contradicts_the_trail(either: Hospital) -> None:
    """Row and list as they were before the case was closed, both with their right codes."""
    station = await either.station()
    where, now = station.client_id, int(NOW)

    def opened(conn: Connection) -> str:
        new = NewCase("emergency", "s1", None, where, "Ward 3", "fire", now)
        case_id = review_cases.open_case(conn, new, now)
        append(conn, SERVICE, Event("emergency", "success", now, detail={"case": case_id}))
        return case_id

    def closed(conn: Connection, case_id: str) -> None:
        case = review_cases.find(conn, case_id)
        assert case is not None
        review_cases.change(conn, case, {"closed": now, "finding": "not justified"})
        append(conn, SERVICE, Event("review_closed", "refused", now, detail={"case": case_id}))

    def both(conn: Connection) -> list[dict[str, Any]]:
        listed = select(manifest).where(manifest.c.subject == CASES + where)
        return [dict(conn.execute(wanted).one()._mapping) for wanted in (select(review_case), listed)]

    def again(conn: Connection, row: dict[str, Any], listed: dict[str, Any]) -> None:
        conn.execute(delete(review_case))
        conn.execute(insert(review_case), row)
        conn.execute(delete(manifest).where(manifest.c.subject == CASES + where))
        conn.execute(insert(manifest), listed)

    case_id = await either.db.write(opened)
    before = await either.db.read(both)
    await either.db.write(closed, case_id)
    assert (await either.db.read(put_back.examine)).found == []
    either.tampered = True
    await either.db.write(again, *before)
    found = (await either.db.read(put_back.examine)).found
    assert CASES + where in {fault.key for fault in found}


async def test_a_case_whose_row_is_deleted_is_missing_in_the_report(either: Hospital) -> None:
    station = await either.station()
    new = NewCase("emergency", "s1", None, station.client_id, "Ward 3", "fire", int(NOW))
    case_id = await either.db.write(review_cases.open_case, new, int(NOW))
    either.tampered = True
    await either.db.write(lambda conn: conn.execute(delete(review_case)))
    table = await either.db.read(review_report.reviews, int(NOW))
    assert [row[:2] for row in table.rows] == [(case_id, "missing")]


async def test_a_station_whose_clock_jumps_at_every_row_hides_no_emergency(service: Hospital, tmp_path: Path) -> None:
    ward = await apart(service, tmp_path)
    jumps = MAX_OPEN + 20
    for number in range(jumps + 1):
        ward.wall.pass_by(-1000 if number % 2 else 1000)
        ward.own.write(Happening("tap_failed", reason="mute"))
    await ward.replay()
    cases = await service.db.read(review_cases.waiting)
    assert len(cases) == MAX_OPEN
    told = len(await service.trail("station_clock"))
    assert told == MAX_OPEN + sum(case.more for case in cases) > MAX_OPEN, "the trail has every one of them"
    new = NewCase("emergency", "s1", None, ward.station.client_id, "Ward 3", "fire", int(service.clock()))
    emergency = await service.db.write(review_cases.open_case, new, int(service.clock()))
    assert emergency not in {case.id for case in cases}
