"""Whoever can write to the database cannot write what a workstation did not ask for: its key is not there."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, delete, insert, select, true, update

from kiosk.model.binding import b64u
from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.finding import VerificationReport
from kiosk.service.audit.requests import digest_of
from kiosk.service.audit.verify import verify
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain, audit_row, station_request
from tests.fakes.archive import cut, forge
from tests.fakes.asking import ADA
from tests.fakes.asking import Ward as Asking
from tests.fakes.client import SALT, Answer, Client
from tests.fakes.enrolling import admin_key
from tests.fakes.service import Hospital

PIN = "123456"


@dataclass
class Ward:
    """A workstation at which Ada signed in and approved an export, and the last row that it knows of."""

    hospital: Hospital
    station: Client
    session: str
    ceremony: str

    @property
    def chain(self) -> str:
        return self.station.client_id

    async def report(self) -> VerificationReport:
        return await self.hospital.db.read(verify, self.hospital.folder.keys.checkpoint.public)

    async def why(self) -> str:
        """Why the trail does not hold."""
        finding = (await self.report()).finding
        assert finding is not None, "the forgery was not seen"
        return str(finding)

    async def rows(self) -> list[dict[str, Any]]:
        return [row for row in await self.hospital.trail() if row["chain"] == self.chain]

    async def forge(self, *events: Event, request: str | None = None) -> int:
        return await self.hospital.db.write(forge, self.chain, events, request)

    def granted(self) -> Event:
        detail: dict[str, Any] = {"action": "record.export", "records": 50_000, "purpose": None, "jti": "x"}
        now = self.hospital.clock.now
        return Event("stepup", "success", int(now), ceremony=self.ceremony, acr="urn:kiosk:mfa", detail=detail)

    async def rewrite(self, after: int, *events: Event, request: str | None = None) -> None:
        """Replace every row above ``after``."""
        row = await self.hospital.db.read(reading.row, self.chain, after)
        assert row is not None
        await self.hospital.db.write(cut, self.chain, after, row.hash)
        await self.forge(*events, request=request)

    async def lock(self, reason: str = "button") -> Answer:
        report = {"id": str(uuid.uuid4()), "action": "lock", "at": int(self.hospital.clock.now), "reason": reason}
        whole = {**report, "session": self.session, "detail": {}}
        return await self.station.post("/v1/reports", {"reports": [whole]})


@pytest.fixture
async def ward(either: Hospital) -> Ward:
    person = await either.person("ada")
    await either.badge(person, ADA)
    key = await admin_key(either, "ada")
    station = await either.station()
    begun = Asking(either, person, key, station, await station.open(ADA))
    asked = await begun.station.step_up(begun.session, records=51, patients=["Patient/123"])
    done = await begun.by_key(asked)
    assert done.body["state"] == "done", done.body
    return Ward(either, begun.station, begun.session, asked.body["id"])


async def test_an_honest_trail_holds_and_every_row_is_signed_for(ward: Ward) -> None:
    assert (await ward.lock()).status == 204
    report = await ward.report()
    assert (report.finding, report.unsigned) == (None, {})
    rows = await ward.rows()
    assert report.asked == len(rows) - 1 == len([row for row in rows if "request" in row])
    assert rows[0]["action"] == "workstation_enrolled"


async def test_a_row_appended(ward: Ward) -> None:
    await ward.forge(ward.granted())
    assert "its workstation did not sign for it" in await ward.why()


async def test_a_row_appended_that_names_a_signature_that_is_not_there(ward: Ward) -> None:
    await ward.forge(ward.granted(), request="ab" * 32)
    assert "the signature of its workstation is missing" in await ward.why()


async def test_a_row_appended_with_a_signature_by_another_key(ward: Ward) -> None:
    thief = ward.hospital.client()
    thief.counter, thief.nonce, thief.head = ward.station.counter + 5, "n", ward.station.head
    proof = thief.proof("POST", f"/v1/ceremonies/{ward.ceremony}/proof", ath="t", body=b'{"proof":null}')
    await keep(ward, proof, '{"body":{"proof":null}}')
    await ward.forge(ward.granted(), request=digest_of(proof))
    assert "is not by the key that was bound to it" in await ward.why()


async def keep(ward: Ward, proof: str, told: str) -> None:
    head = await ward.hospital.db.read(reading.head, ward.chain)
    assert head is not None
    row = {"digest": digest_of(proof), "chain": ward.chain, "seq": head.head_seq + 1, "proof": proof, "told": told}
    await ward.hospital.db.write(lambda conn: conn.execute(insert(station_request).values(row)))


async def test_a_second_key_bound_to_the_workstation(ward: Ward) -> None:
    thief = ward.hospital.client()
    await ward.forge(
        Event("workstation_enrolled", "success", int(ward.hospital.clock.now), detail={"jwk": {**thief.jwk}})
    )
    assert "it binds a second key to this workstation" in await ward.why()


async def test_a_workstation_declared_older_than_signing(ward: Ward) -> None:
    await ward.forge(ward.granted())
    detail: dict[str, Any] = {"jwk": None, "seq": 99}
    event = Event("station_key", "success", int(ward.hospital.clock.now), workstation=ward.chain, detail=detail)
    await ward.hospital.db.write(forge, SERVICE, (event,))
    assert "it binds a second key to this workstation" in await ward.why()


async def test_a_row_added_to_an_answered_request(ward: Ward) -> None:
    last = (await ward.rows())[-1]["request"]
    seq = await ward.forge(ward.granted(), request=last)
    await ward.lock()
    assert f"row {seq} was added to a request after the workstation had the answer" in await ward.why()


async def test_the_chain_cut_and_written_anew_after_the_workstation_saw_it(ward: Ward) -> None:
    last = (await ward.rows())[-1]
    await ward.rewrite(last["seq"] - 1, replace(ward.granted(), result="refused"), request=last["request"])
    assert (await ward.lock()).status == 204, "nobody is stopped by it"
    told = [row for row in await ward.rows() if row["action"] == "trail_conflict"]
    assert [row["detail"]["seq"] for row in told] == [last["seq"]], "the service itself says so"
    assert f"its workstation saw another row {last['seq']} of this chain: the trail was rewritten" in await ward.why()
    await ward.lock()
    assert len([row for row in await ward.rows() if row["action"] == "trail_conflict"]) == 1, "and once"


async def test_a_signature_for_something_else_put_to_a_grant(ward: Ward) -> None:
    await ward.lock()
    last = (await ward.rows())[-1]
    await ward.rewrite(last["seq"] - 1, ward.granted(), request=last["request"])
    assert "its workstation signed for another request" in await ward.why()


async def test_a_report_that_says_something_else(ward: Ward) -> None:
    await ward.lock()
    last = (await ward.rows())[-1]
    other = Event("lock", "seen", last["at"], "idle", session=last["session"], detail=last["detail"])
    await ward.rewrite(last["seq"] - 1, other, request=last["request"])
    assert "its workstation signed for another request" in await ward.why()


async def test_what_is_kept_of_a_request_exchanged_or_removed(ward: Ward) -> None:
    def change(conn: Connection, act: Any) -> None:
        assert conn.execute(act).rowcount >= 1

    last = (await ward.rows())[-1]["request"]
    this = station_request.c.digest == last
    await ward.hospital.db.write(change, update(station_request).where(this).values(told='{"body":null}'))
    assert "what its workstation asked for was changed" in await ward.why()
    other = (await ward.rows())[1]["request"]
    known = await ward.hospital.db.read(
        lambda conn: conn.execute(select(station_request.c.proof).where(station_request.c.digest == other)).scalar_one()
    )
    await ward.hospital.db.write(change, update(station_request).where(this).values(proof=known))
    assert "the signature of its workstation was exchanged" in await ward.why()
    await ward.hospital.db.write(change, delete(station_request).where(this))
    assert "the signature of its workstation is missing" in await ward.why()


async def test_requests_taken_out_of_the_middle(ward: Ward) -> None:
    """The rest is chained anew, with every later signature as it was."""
    before = await ward.rows()
    kept = [row for row in before[1:] if row["action"] not in ("tap", "stepup_asked")]

    def again(conn: Connection) -> None:
        proofs = {row.digest: dict(row._mapping) for row in conn.execute(select(station_request))}
        first = reading.row(conn, ward.chain, 1)
        assert first is not None
        cut(conn, ward.chain, 1, first.hash)
        conn.execute(delete(station_request))
        for row in kept:
            names = ("action", "result", "at", "reason", "person", "login", "workstation", "station", "session")
            told: dict[str, Any] = {name: row.get(name) for name in (*names, "ceremony", "method", "acr", "detail")}
            event = Event(**{**told, "detail": told["detail"] or {}, "amr": tuple(row.get("amr", ()))})
            seq = forge(conn, ward.chain, (event,), row["request"])
            if row["request"] in proofs:
                conn.execute(insert(station_request).values({**proofs.pop(row["request"]), "seq": seq}))

    await ward.hospital.db.write(again)
    assert "of this chain: the trail was rewritten" in await ward.why()


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
