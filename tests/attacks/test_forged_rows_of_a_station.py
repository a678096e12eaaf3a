"""Whoever can write to the database cannot write what a workstation did not ask for: its key is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.requests import digest_of
from kiosk.service.store.schema import station_request
from tests.attacks.signed_ward import Ward, ward
from tests.fakes.archive import cut, forge

__all__ = ["ward"]


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
