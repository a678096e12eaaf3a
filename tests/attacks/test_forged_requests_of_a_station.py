"""A request that a workstation did not sign, or signed for something else, gets past no door of the service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, delete, select, true

from kiosk.model.binding import b64u
from kiosk.service.audit.event import Event
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain, audit_row, station_request
from tests.attacks.signed_ward import Ward, ward
from tests.fakes.archive import forge
from tests.fakes.asking import ADA
from tests.fakes.client import SALT
from tests.fakes.service import Hospital

__all__ = ["ward"]


PIN = "123456"


async def test_a_request_that_is_not_signed_is_refused_by_the_door(ward: Ward) -> None:
    before = await ward.rows()
    ward.station.old = True
    answer = await ward.lock()
    assert (answer.status, answer.code) == (403, "unsigned_request")
    assert await ward.rows() == before


async def test_a_request_signed_for_another_body_is_refused_by_the_door(ward: Ward) -> None:
    signed = ward.station.signed("POST", "/v1/reports", b'{"reports":[{"id":"1"}]}')
    answer = await ward.station.post("/v1/reports", {"reports": []}, signed)
    assert (answer.status, answer.code) == (401, "invalid_dpop_proof")


BENT: list[dict[str, Any]] = [
    {"for": "kiosk/other/v1"},
    {"n": 1},
    {"n": 0},
    {"n": -5},
    {"n": 2**53},
    {"n": "9"},
    {"n": True},
    {"run": ""},
    {"run": "x" * 65},
    {"run": 5},
    {"head": [1]},
    {"head": ["1", "ab" * 32]},
    {"head": [1, "AB" * 32]},
    {"head": [-1, "ab" * 32]},
    {"head": [10**17, "ab" * 32]},
    {"body": "ä"},
    {"body": None},
]


@pytest.mark.parametrize("bent", BENT, ids=str)
async def test_a_claim_of_another_form_is_refused_by_the_door(service: Hospital, bent: dict[str, Any]) -> None:
    station = await service.station()
    await station.sign_on()
    body = b'{"reports": []}'
    claim = {**station.claim(body), **bent}
    headers = {"Content-Type": "application/json", **station.signed("POST", "/v1/reports", body, kiosk=claim)}
    response = await station.http.post("/v1/reports", content=body, headers=headers)
    assert response.status_code == 401, response.text
    assert response.json()["code"] == "invalid_dpop_proof"


async def test_a_counter_that_does_not_rise_is_told_the_last_one(ward: Ward) -> None:
    last = ward.station.counter
    ward.station.counter = 5
    answer = await ward.lock()
    assert (answer.status, answer.code, answer.headers["Kiosk-Counter"]) == (409, "stale_counter", str(last))
    ward.station.counter = last
    assert (await ward.lock()).status == 204
    assert (await ward.report()).finding is None


async def test_nothing_that_is_kept_lets_a_pin_or_a_badge_be_found_by_trying(ward: Ward) -> None:
    def everything(conn: Connection) -> str:
        meta = MetaData()
        meta.reflect(conn)
        return json.dumps(
            [[str(v) for v in row] for table in meta.sorted_tables for row in conn.execute(select(table))]
        )

    text = await ward.hospital.db.read(everything)
    assert b64u(SALT) not in text
    assert ADA not in text
    asked = json.dumps(
        [row.told for row in await ward.hospital.db.read(lambda c: c.execute(select(station_request)).all())]
    )
    assert PIN not in asked
    assert "Patient/123" not in asked
    assert "record.export" in asked


async def test_a_workstation_that_is_older_signs_from_its_first_signature_on(either: Hospital) -> None:
    from kiosk.service.audit.upgrade import tell_old_stations

    ada = await either.person("ada")
    await either.badge(ada, ADA)
    station = await either.station()
    station.old = True

    def before_the_upgrade(conn: Connection) -> None:
        here = audit_row.c.chain == station.client_id
        body = conn.execute(select(audit_row.c.body).where(here)).scalar_one()
        row = {name: value for name, value in json.loads(body).items() if name in ("action", "result", "at")}
        for table in (audit_row, audit_chain):
            conn.execute(delete(table).where(table.c.chain == station.client_id))
        forge(conn, station.client_id, (Event(**row),))
        integrity.change(conn, audit_chain, true(), {"counter": 0})

    await either.db.write(before_the_upgrade)
    session = await station.open(ADA)
    assert await either.db.write(tell_old_stations, int(either.clock.now)) == 1
    assert await either.db.write(tell_old_stations, int(either.clock.now)) == 0, "once"
    ward = Ward(either, station, session, "")
    await ward.lock()
    report = await ward.report()
    assert (report.finding, report.asked, report.unsigned) == (None, 0, {station.client_id: 1})
    station.old = False
    await ward.lock()
    report = await ward.report()
    assert (report.finding, report.asked, report.unsigned) == (None, 1, {station.client_id: 1})
    station.old = True
    assert (await ward.lock()).code == "unsigned_request"
    await ward.forge(ward.granted())
    assert "its workstation did not sign for it" in await ward.why()
