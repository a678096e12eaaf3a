"""What was used up once is not made good again by SQL: codes, challenges, ceremonies."""

from __future__ import annotations

import json

from kiosk.service.store import recovery_codes, start_codes
from tests.fakes.asking import ADA, make
from tests.fakes.client import NOW
from tests.fakes.enrolling import start_code
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter


async def test_a_one_time_code_is_not_good_twice(either: Hospital) -> None:
    ward = await make(either)
    app = await either.totp(ward.person)
    writer = SqlWriter(either)
    (before,) = await writer.rows("totp")
    first = await ward.station.step_up(ward.session)
    await ward.station.pin(first.body["id"], "123456")
    code = app.at(int(either.clock()))
    assert (await ward.station.otp(first.body["id"], code)).body["state"] == "done"
    for back in ("last_step", "row"):
        if back == "row":
            await writer.put_back("totp", before, "person")
        else:
            await writer.sql("UPDATE totp SET last_step = -1")
        assert (await ward.station.step_up(ward.session)).code == "integrity"


async def test_a_recovery_code_is_not_good_twice(either: Hospital) -> None:
    ada = await either.person("ada")
    keys, codes = either.folder.keys.badge, recovery_codes.fresh()
    await either.db.write(recovery_codes.issue, keys, ada, codes, NOW)
    writer = SqlWriter(either)
    number = await either.db.read(recovery_codes.ask, ada, NOW)
    assert number is not None
    (before,) = await writer.rows("recovery_code", "number = :n", n=number)
    assert await either.db.write(recovery_codes.use, keys, ada, number, codes[number - 1], NOW)
    await writer.sql("UPDATE recovery_code SET used = NULL, mac = :m WHERE number = :n", m=before["mac"], n=number)
    station = await either.station()
    answer = await station.login("ada")
    assert answer.code == "integrity" or all(offer["method"] != "recovery" for offer in answer.body["offers"])


async def test_a_start_code_is_not_good_twice(either: Hospital) -> None:
    ada = await either.person("ada")
    keys = either.folder.keys.badge
    code = await either.db.write(start_codes.issue, keys, ada, "root", "new", NOW)
    writer = SqlWriter(either)
    (before,) = await writer.rows("start_code")
    used = await either.db.write(start_codes.use, keys, code, NOW)
    assert used is not None
    assert used.person == ada
    await writer.put_back("start_code", before)
    station = await either.station()
    body = {"who": start_code(code), "tap": 1, "kind": None, "act": "add", "new": None, "factor": None}
    answer = await station.post("/v1/enrolments", body)
    assert answer.code == "integrity", answer.body


async def test_a_challenge_is_not_good_twice(either: Hospital) -> None:
    ward = await make(either)
    view = await ward.station.step_up(ward.session, records=51)
    challenge = await ward.station.challenge(view.body["id"], "fido2")
    bad = ward.key.sign(challenge.body, handle="AAAA")
    await ward.station.prove(view.body["id"], bad)
    await SqlWriter(either).sql("UPDATE challenge SET used = NULL")
    answer = await ward.station.prove(view.body["id"], ward.key.sign(challenge.body))
    assert answer.code == "integrity", answer.body


async def test_a_challenge_for_less_is_not_taken_for_more(either: Hospital) -> None:
    ward = await make(either)
    view = await ward.station.step_up(ward.session, records=51)
    challenge = await ward.station.challenge(view.body["id"], "fido2")
    await SqlWriter(either).sql("UPDATE challenge SET statement = replace(statement, '51', '50000')")
    answer = await ward.station.prove(view.body["id"], ward.key.sign(challenge.body))
    assert answer.code == "integrity"


async def test_proofs_that_sql_wrote_into_a_ceremony_grant_nothing(either: Hospital) -> None:
    ward = await make(either)
    await either.totp(ward.person)
    view = await ward.station.step_up(ward.session)
    proved = [{"method": "otp", "at": NOW, "user": "pin", "hardware": True}]
    await SqlWriter(either).sql(
        "UPDATE ceremony SET proved = :p WHERE id = :i", p=json.dumps(proved), i=view.body["id"]
    )
    answer = await ward.station.pin(view.body["id"], "123456")
    assert (answer.status, answer.code) == (403, "integrity")


async def test_a_request_that_sql_changed_is_not_granted(either: Hospital) -> None:
    ward = await make(either)
    view = await ward.station.step_up(ward.session, records=51)
    challenge = await ward.station.challenge(view.body["id"], "fido2")
    await SqlWriter(either).sql(
        "UPDATE ceremony SET request = replace(request, '\"records\": 51', '\"records\": 50000')"
    )
    answer = await ward.station.prove(view.body["id"], ward.key.sign(challenge.body))
    assert (answer.status, answer.code) == (403, "integrity")


async def test_a_session_that_sql_opened_asks_for_nothing(either: Hospital) -> None:
    ward = await make(either)
    eve = await either.person("eve", "Eve")
    writer = SqlWriter(either)
    (row,) = await writer.rows("session", "id = :i", i=ward.session)
    await writer.insert("session", {**row, "id": "forged", "person": eve, "active_of": None})
    assert (await ward.station.step_up("forged")).code == "integrity"
    assert (await ward.station.tap(ADA)).status == 200, "nobody else is concerned"
    await writer.sql("UPDATE session SET opened = opened + 1 WHERE person = :p AND state = 'open'", p=ward.person)
    assert (await ward.station.tap(ADA)).status == 200, "a row that is not believed keeps nobody out"
