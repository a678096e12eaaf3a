"""Approvals on phones: a photographed code, a guessed number, a yes used twice, another's phone, a lost one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text, update

from kiosk.model.binding import PHONE_REPORT_LABEL, STEP_UP_LABEL, b64u, challenge, unb64u
from kiosk.service.store import factors, phone_requests
from kiosk.service.store.phone_requests import PhoneRequest
from kiosk.service.store.schema import phone, phone_request
from tests.fakes.asking import make
from tests.fakes.keys import UP, give_key
from tests.fakes.phones import FEW, OnPhone, SoftPhone, code_of, on_phone
from tests.fakes.service import Hospital, with_rules


@pytest.fixture(autouse=True)
def approvals(request: pytest.FixtureRequest) -> Iterator[None]:
    hospital: Hospital = request.getfixturevalue("either" if "either" in request.fixturenames else "service")
    rules = hospital.service.rules
    with with_rules(hospital, replace(rules, enrol=replace(rules.enrol, phone_approval=True))):
        yield


async def stored(made: OnPhone, asked: dict[str, Any]) -> PhoneRequest:
    found = await made.hospital.db.read(phone_requests.find, phone_requests.mark_of(code_of(asked["uri"])))
    assert found is not None
    return found


async def another(made: OnPhone, login: str = "mallory", uid: str = "04FEEDBEEF") -> OnPhone:
    """Somebody else, signed in elsewhere, with a phone of their own."""
    person = await made.hospital.person(login, "Mallory Moe")
    await made.hospital.badge(person, uid)
    station = await made.hospital.station(f"station-of-{login}", "Ward 9")
    key = await give_key(made.hospital, person)
    return await on_phone(type(made.ward)(made.hospital, person, key, station, await station.open(uid)))


async def test_whoever_photographed_the_code_sees_nothing_and_approves_nothing(either: Hospital) -> None:
    made = await on_phone(await make(either))
    thief = await another(made)
    view = await made.asks()
    asked = await made.on_phone(view)
    code = code_of(asked["uri"])
    looked = str(await thief.phone.look(code))
    assert not any(word in looked for word in ("ada", "Patient", "record.export", "ward-3"))
    # With the number as well, they see what the screen shows; their own phone still says nothing.
    assert await thief.phone.approve(asked) == "not_yours"
    assert (await made.collect(view)).code == "phone_silent"
    assert await made.told() == []


async def test_a_number_is_guessed_three_times_and_no_more(either: Hospital) -> None:
    made = await on_phone(await make(either))
    view = await made.asks()
    asked = await made.on_phone(view)
    code, number = code_of(asked["uri"]), asked["number"]
    wrong = f"{(int(number) + 1) % 10**6:06}"
    assert [(await made.phone.type(code, wrong))["left"] for _ in range(3)] == [2, 1, 0]
    right = await made.phone.post("number", {"code": code, "number": number})
    assert (right.status_code, right.json()["code"]) == (404, "over")
    assert await made.told() == [("ended", view.body["id"])]
    rows = [row for row in await either.trail("phone_answered") if row["reason"] == "wrong_number"]
    assert [row["detail"]["tries"] for row in rows] == [1, 2, 3]
    fresh = await made.on_phone(view)
    assert await made.phone.approve(fresh) == "approved", "a new code begins anew, and the old one stays dead"


async def test_guesses_in_parallel_are_counted_one_by_one(either: Hospital) -> None:
    made = await on_phone(await make(either))
    asked = await made.on_phone(await made.asks())
    code, number = code_of(asked["uri"]), int(asked["number"])
    guesses = [f"{(number + 1 + n) % 10**6:06}" for n in range(12)]
    answers = await asyncio.gather(*(made.phone.post("number", {"code": code, "number": guess}) for guess in guesses))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [404] * 9
    assert (await stored(made, asked)).state == "ended"


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "٠١٢٣٤٥", "000000\u0000", "x" * 5000])
async def test_odd_numbers_are_wrong_and_nothing_else(service: Hospital, typed: str) -> None:
    made = await on_phone(await make(service))
    asked = await made.on_phone(await made.asks())
    answer = await made.phone.post("number", {"code": code_of(asked["uri"]), "number": typed})
    assert answer.status_code == 200 and answer.json() == {"left": 2, "asked": None}


async def test_an_approval_is_taken_once(either: Hospital) -> None:
    made = await on_phone(await make(either))
    view = await made.asks()
    asked = await made.on_phone(view)
    code, number = code_of(asked["uri"]), asked["number"]
    shown = await made.phone.type(code, number)
    body = {"code": code, "number": number, "proof": made.phone.sign(shown["asked"]["approve"])}
    answers = await asyncio.gather(*(made.phone.post("approve", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert (await made.collect(view)).body["state"] == "done"
    assert (await made.collect(view)).body["state"] != "done" or (await made.collect(view)).body["grant"] is None
    assert [row["result"] for row in await either.trail("stepup")].count("success") == 1
    assert (await made.phone.post("approve", body)).status_code == 404


async def test_a_yes_to_one_is_none_to_another(either: Hospital) -> None:
    """Replayed into another question of the same person, of the same and of another station."""
    made = await on_phone(await make(either))
    first, second = await made.asks(), await made.asks(resource="Patient/666")
    a, b = await made.on_phone(first), await made.on_phone(second)
    yes = made.phone.sign((await made.phone.type(code_of(a["uri"]), a["number"]))["asked"]["approve"])
    body = {"code": code_of(b["uri"]), "number": b["number"], "proof": yes}
    assert await made.phone.outcome("approve", body) == "not_yours"
    assert (await made.collect(second)).code == "phone_silent"
    # The number of the one is not the number of the other.
    assert a["number"] != b["number"] or a["uri"] != b["uri"]
    assert (await made.phone.type(code_of(b["uri"]), a["number"]))["asked"] is None


async def test_two_stations_ask_at_once_and_each_gets_its_own_answer(either: Hospital) -> None:
    made = await on_phone(await make(either))
    mine = await made.asks()
    a = await made.on_phone(mine)
    # They walk on: the first station locks, once its question has been answered.
    exempt = await either.station("resus-1", "Resus", exempt=True)
    session = await exempt.open("04A1B2C3")
    theirs = await exempt.step_up(session, records=FEW, resource="Patient/9")
    assert theirs.body["state"] == "prove", theirs.body
    b = (await exempt.challenge(theirs.body["id"], "phone")).body["phone"]
    assert await made.phone.approve(b) == "approved"
    assert (await made.collect(mine)).code == "phone_silent"
    # The other station's own request does not get it either: it asks by its own ceremony alone.
    assert (await made.ward.station.prove(theirs.body["id"], {"method": "phone"})).status == 404
    assert (await exempt.prove(theirs.body["id"], {"method": "phone"})).body["state"] == "done"
    assert await made.phone.approve(a) == "approved"
    assert (await made.collect(mine)).body["state"] == "done"


async def test_two_phones_of_one_person_answer_once(either: Hospital) -> None:
    made = await on_phone(await make(either))
    second = await on_phone(made.ward)
    view = await made.asks()
    asked = await made.on_phone(view)
    said = await asyncio.gather(made.phone.approve(asked), second.phone.report(asked), return_exceptions=True)
    outcomes = sorted(answer if isinstance(answer, str) else type(answer).__name__ for answer in said)
    assert sum(word in ("approved", "reported") for word in outcomes) == 1, outcomes


async def test_the_phone_of_another_person_answers_nothing(service: Hospital) -> None:
    made = await on_phone(await make(service))
    colleague = await another(made, "ben", "04BEEF0001")
    view = await made.asks()
    asked = await made.on_phone(view)
    assert await colleague.phone.report(asked) == "not_yours", "nor may they make that station silent"
    assert "phone" in [o["method"] for o in (await made.asks()).body["offers"]]
    # Sent under the person's own credential id, too.
    assert made.phone.passkey is not None and colleague.phone.passkey is not None
    code, number = code_of(asked["uri"]), asked["number"]
    shown = await made.phone.type(code, number)
    forged = colleague.phone.sign(shown["asked"]["approve"], credential_id=made.phone.passkey.credential_id)
    assert await made.phone.outcome("approve", {"code": code, "number": number, "proof": forged}) == "not_yours"


@pytest.mark.parametrize(
    "bent",
    [
        {"flags": UP},
        {"origin": "https://auth.hospital.example.evil"},
        {"rp_id": "evil.example"},
        {"type": "webauthn.create"},
        {"cross_origin": True},
        {"challenge": b64u(bytes(32))},
        {"handle": b64u(b"somebody else")},
    ],
    ids=str,
)
async def test_an_assertion_that_does_not_hold_is_none(service: Hospital, bent: dict[str, Any]) -> None:
    made = await on_phone(await make(service))
    view = await made.asks()
    assert await made.phone.approve(await made.on_phone(view), **bent) == "not_yours"
    assert (await made.collect(view)).code == "phone_silent"


async def test_a_report_is_never_taken_for_a_yes(service: Hospital) -> None:
    made = await on_phone(await make(service))
    view = await made.asks()
    asked = await made.on_phone(view)
    request = await stored(made, asked)
    code, number = code_of(asked["uri"]), asked["number"]
    wrong = challenge(PHONE_REPORT_LABEL, unb64u(request.nonce), request.statement.encode())
    proof = made.phone.sign({"challenge": b64u(wrong)})
    assert await made.phone.outcome("approve", {"code": code, "number": number, "proof": proof}) == "not_yours"
    yes = challenge(STEP_UP_LABEL, unb64u(request.nonce), request.statement.encode())
    proof = made.phone.sign({"challenge": b64u(yes)})
    assert await made.phone.outcome("report", {"code": code, "proof": proof}) == "not_yours"


async def test_too_late_is_too_late(service: Hospital) -> None:
    made = await on_phone(await make(service))
    view = await made.asks()
    asked = await made.on_phone(view)
    service.clock.pass_by(119)
    assert (await made.phone.type(code_of(asked["uri"]), asked["number"]))["asked"] is not None
    service.clock.pass_by(1)
    late = await made.phone.post("number", {"code": code_of(asked["uri"]), "number": asked["number"]})
    assert late.status_code == 404
    again = await made.asks()
    other = await made.on_phone(again)
    assert await made.phone.approve(other) == "approved"
    service.clock.pass_by(120)
    assert (await made.collect(again)).body["state"] == "refused"


async def test_after_the_phone_was_lost_its_yes_is_worth_nothing(either: Hospital) -> None:
    """Also one that it gave before, and that nobody had taken yet."""
    made = await on_phone(await make(either))
    view = await made.asks()
    asked = await made.on_phone(view)
    assert await made.phone.approve(asked) == "approved"
    [mine] = [factor for factor in await either.db.read(factors.of_person, made.ward.person) if factor.kind == "phone"]
    await either.db.write(factors.suspend, "phone", mine.id, "lost", int(either.clock()))
    assert (await made.collect(view)).code in ("wrong_key", "phone_silent")
    fresh = await made.asks()
    assert "phone" not in [o["method"] for o in fresh.body["offers"]]


async def test_a_revoked_phone_cannot_even_report(service: Hospital) -> None:
    made = await on_phone(await make(service))
    asked = await made.on_phone(await made.asks())
    [mine] = [factor for factor in await service.db.read(factors.of_person, made.ward.person) if factor.kind == "phone"]
    await service.db.write(factors.revoke, "phone", mine.id, int(service.clock()))
    assert await made.phone.report(asked) == "not_yours"


async def test_once_the_person_refused_at_the_station_the_phone_s_yes_is_late(service: Hospital) -> None:
    made = await on_phone(await make(service))
    view = await made.asks()
    asked = await made.on_phone(view)
    await made.ward.station.post(f"/v1/ceremonies/{view.body['id']}/cancel", {"reason": "refused_by_person"})
    answer = await made.phone.post("number", {"code": code_of(asked["uri"]), "number": asked["number"]})
    assert answer.status_code == 404


async def test_another_purpose_than_the_one_approved_is_not_granted(service: Hospital) -> None:
    made = await on_phone(await make(service))
    view = await made.asks()
    asked = await made.on_phone(view, "transfer of care")
    assert await made.phone.approve(asked) == "approved"
    assert (await made.collect(view, "research")).body["state"] != "done"


async def test_a_counter_that_went_back_is_refused(service: Hospital) -> None:
    made = await on_phone(await make(service))
    view = await made.asks()
    assert await made.phone.approve(await made.on_phone(view), counter=9) == "approved"
    again = await made.asks()
    assert await made.phone.approve(await made.on_phone(again), counter=5) == "not_yours"


async def test_rows_that_the_service_did_not_write_are_not_believed(service: Hospital) -> None:
    """An answer, a phone, and a try written by SQL."""
    service.tampered = True
    made = await on_phone(await make(service))
    view = await made.asks()
    asked = await made.on_phone(view)
    await service.db.write(lambda conn: conn.execute(update(phone_request).values(state="approved", proof="{}")))
    refused = await made.collect(view)
    assert refused.body.get("state") != "done"
    await service.db.write(lambda conn: conn.execute(update(phone).values(public_key=b"\xa0")))
    fresh = await made.asks()
    assert "phone" not in [o["method"] for o in fresh.body.get("offers", [])]
    assert asked["number"]


async def test_a_block_that_was_forged_by_sql_holds(service: Hospital) -> None:
    """What stops something is believed without its code: whoever forges one gains nothing but a question less."""
    service.tampered = True
    made = await on_phone(await make(service))
    row = {"person": made.ward.person, "station": made.ward.station.client_id, "since": 0, "until": 2**40}
    forged = text(
        "INSERT INTO phone_block (person, workstation, since, until) VALUES (:person, :station, :since, :until)"
    )
    await service.db.write(lambda conn: conn.execute(forged, row))
    assert [o["method"] for o in (await made.asks()).body["offers"]] == ["fido2"]


async def test_codes_that_nobody_gave_are_over_and_alike(service: Hospital) -> None:
    phone_ = SoftPhone(service)
    for code in ("", "x", "a" * 32, "A" * 10_000, "\u0000"):
        for path, body in (("look", {}), ("number", {"number": "1"}), ("refuse", {"number": "1"})):
            answer = await phone_.post(path, {"code": code, **body})
            assert (answer.status_code, answer.json()["code"]) == (404, "over")


async def test_no_code_and_no_number_is_kept_or_written_down(service: Hospital) -> None:
    made = await on_phone(await make(service))
    asked = await made.on_phone(await made.asks())
    code = code_of(asked["uri"])
    request = await stored(made, asked)
    assert code not in repr(request) and asked["number"] not in repr(request)
    trail = str(await service.trail())
    assert code not in trail and asked["number"] not in trail
