"""What somebody sends who means harm: from the network without a key, and from a workstation that was taken over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from kiosk.model.binding import canonical
from kiosk.service.audit import verify as trail
from kiosk.service.audit.event import asked_in, row_hash
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain, audit_row
from tests.fakes.client import NOW, Client
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

ADA, BEN = "04A1B2C3", "04A1B2C4"
UUID = "6f0f3c5e-0000-4000-8000-000000000001"


async def with_key(hospital: Hospital) -> tuple[Client, str, Any]:
    person = await hospital.person("ada")
    await hospital.badge(person, ADA)
    station = await hospital.station()
    return station, await station.open(ADA), await give_key(hospital, person)


async def test_what_was_signed_for_one_purpose_grants_no_other(either: Hospital) -> None:
    station, session, key = await with_key(either)
    view = await station.step_up(session, action="bulk.print", purpose=None)
    challenge = (await station.challenge(view.body["id"], "fido2", "treatment")).body
    answer = await station.prove(view.body["id"], key.sign(challenge), "quality review")
    assert (answer.body["state"], answer.code, answer.body["grant"]) == ("prove", "expired", None)
    again = (await station.challenge(view.body["id"], "fido2", "quality review")).body
    assert (await station.prove(view.body["id"], key.sign(again), "quality review")).body["state"] == "done"


async def test_a_colleague_who_takes_over_ends_the_step_up_under_way(either: Hospital) -> None:
    station, session, key = await with_key(either)
    await either.badge(await either.person("ben"), BEN)
    view = await station.step_up(session, records=51)
    challenge = (await station.challenge(view.body["id"], "fido2", "transfer of care")).body
    await station.open(BEN)
    answer = await station.prove(view.body["id"], key.sign(challenge), "transfer of care")
    assert (answer.body["state"], answer.body["grant"]) == ("refused", None)
    assert [row["reason"] for row in await either.trail("stepup")] == ["locked", "expired"]


async def test_a_lock_ends_every_step_up_that_was_begun(service: Hospital) -> None:
    station, session, _key = await with_key(service)
    begun = [(await station.step_up(session, records=51)).body["id"] for _ in range(3)]
    report = {"id": UUID, "action": "lock", "at": NOW, "session": session, "reason": "idle", "detail": {}}
    assert (await station.post("/v1/reports", {"reports": [report]})).status == 204
    assert {row["ceremony"] for row in await service.trail("stepup") if row["reason"] == "locked"} == set(begun)


@pytest.mark.parametrize("text", ["a\x00b", "\x00" * 12])
async def test_a_nul_is_the_senders_fault_and_not_the_databases(either: Hospital, text: str) -> None:
    station, session, key = await with_key(either)
    report = {"id": UUID, "action": "lock", "at": NOW, "session": text, "reason": text, "detail": {text: text}}
    view = await station.step_up(session, records=51)
    signed = key.sign((await station.challenge(view.body["id"], "fido2", "transfer of care")).body)
    answers = [
        await station.login(text),
        await station.step_up(text),
        await station.step_up(session, audience=text),
        await station.step_up(session, origin=text),
        await station.prove(view.body["id"], {**signed, "credential_id": text}, "transfer of care"),
        await station.post("/v1/reports", {"reports": [report]}),
        await station.ask_token(assertion=station.assertion(iss=text, sub=text)),
        await station.ask_token(assertion=station.assertion(jti=text)),
        await station.ask_token(proof=station.proof("POST", "/oauth/token", jti=text)),
    ]
    assert [answer.status for answer in answers if answer.status >= 500] == []


@pytest.mark.parametrize("htu", ["https://[", "https://\u2100.example/oauth/token", "//", "", 7, None, [], {}])
async def test_an_impossible_address_in_a_proof_is_a_bad_proof(service: Hospital, htu: object) -> None:
    station = await service.station()
    await station.sign_on()
    bent: dict[str, Any] = {"htu": htu}
    answer = await station.ask_token(proof=station.proof("POST", "/oauth/token", **bent))
    assert (answer.status, answer.code) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("client", ["", "a b", "\ud800", "x" * 65, "../service", None, 1, True, [], {}])
async def test_an_impossible_client_is_an_invalid_client(either: Hospital, client: object) -> None:
    station = await either.station()
    await station.sign_on()
    answer = await station.ask_token(assertion=station.assertion(iss=client, sub=client))
    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("member", ["kty", "crv", "x", "y"])
@pytest.mark.parametrize("value", ["", "P-521", "secp256k1", "RSA", "oct", "AAAA", "\x00", "x" * 30_000])
async def test_a_strange_key_does_not_enrol(service: Hospital, member: str, value: str) -> None:
    nobody = service.client()
    body = {"code": "guess", "jwk": {**nobody.jwk, member: value}}
    assert (await nobody.post("/v1/workstations/enroll", body, headers={})).code == "bad_key"


@pytest.mark.parametrize("tap", [2**53, 2**63, -(2**63) - 1, 10**30])
async def test_a_number_that_json_cannot_carry_is_refused(either: Hospital, tap: int) -> None:
    station = await either.station()
    answer = await station.post("/v1/ceremonies", {"presented": {"uid": ADA, "kind": "uid"}, "tap": tap})
    assert (answer.status, answer.code) == (422, "bad_text")
    assert await either.trail("tap") == []


async def test_a_typed_login_does_not_tell_the_names_of_keys(service: Hospital) -> None:
    station, _session, _key = await with_key(service)
    began = await station.login("ada")
    assert [offer["names"] for offer in began.body["offers"]] == [[], []]


@pytest.mark.parametrize(("name", "value"), [("records", 5100), ("action", "record.erase"), ("purpose", "curiosity")])
async def test_a_grant_of_more_than_was_signed_is_seen(service: Hospital, name: str, value: object) -> None:
    """A row rewritten with all its hashes, as whoever owns the database can: the key's signature does not follow."""
    station, session, key = await with_key(service)
    view = await station.step_up(session, records=51)
    challenge = (await station.challenge(view.body["id"], "fido2", "transfer of care")).body
    assert (await station.prove(view.body["id"], key.sign(challenge), "transfer of care")).body["state"] == "done"

    def rewrite(conn: Connection) -> int:
        last = conn.execute(select(audit_row).order_by(audit_row.c.at.desc(), audit_row.c.seq.desc())).first()
        assert last is not None
        row = json.loads(last.body)
        row["detail"][name] = value
        body = canonical(row).decode()
        mine = (audit_row.c.chain == last.chain) & (audit_row.c.seq == last.seq)
        link = row_hash(bytes(last.prev), body)
        asked = asked_in(last.action, row["detail"])
        conn.execute(update(audit_row).where(mine).values(body=body, hash=link, asked=asked))
        integrity.change(conn, audit_chain, audit_chain.c.chain == last.chain, {"head_hash": link})
        return int(last.seq)

    seq = await service.db.write(rewrite)
    finding = (await service.db.read(trail.verify, {})).finding
    assert finding is not None
    assert (finding.seq, finding.why) == (seq, f"what was signed names another {name} than the row")
