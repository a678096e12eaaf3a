"""A phone is paired at the workstation: on a key, by its passkey, once its number is typed there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from kiosk.service.policy import PolicyRules
from kiosk.service.records.reports import REPORTS
from kiosk.service.store import factors, lookups, people
from kiosk.service.store.schema import phone as phone_table
from tests.fakes.asking import make
from tests.fakes.attested import AT
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.enrolling import KEY_PRESENTED, Wizard, in_session
from tests.fakes.keys import UP, UV
from tests.fakes.phones import SoftPhone, begin_pairing, code_of, offered_to_pair, on_phone
from tests.fakes.service import Hospital, with_rules
from tests.service.enrolment.test_the_trail import checked


def allowing(rules: PolicyRules) -> PolicyRules:
    """The same with approvals on phones."""
    return replace(rules, enrol=replace(rules.enrol, phone_approval=True))


@pytest.fixture(autouse=True)
def approvals(request: pytest.FixtureRequest) -> Iterator[None]:
    """The hospital of each test allows approvals on phones."""
    name = "either" if "either" in request.fixturenames else "service"
    hospital: Hospital = request.getfixturevalue(name)
    with with_rules(hospital, allowing(hospital.service.rules)):
        yield


async def test_a_phone_is_paired_on_a_key_and_the_trail_proves_it(either: Hospital) -> None:
    here, code = await offered_to_pair(either)
    phone = SoftPhone(either)
    seen = await phone.look(code)
    assert (seen["purpose"], seen["name"], seen["station"]) == ("pair", "Ada Lovelace", "ward-3-a")
    number = await phone.pair(code)
    assert len(number) == 6 and number.isdecimal()
    await here.type(f"{number[:3]} {number[3:]}")
    factor = here.view["factor"]
    assert (here.step, factor["kind"], factor["name"], factor["hardware"]) == ("done", "phone", "Phone", False)
    assert here.view["signs_in"], "by the key, not by the phone"
    report = await checked(either)
    assert (report.finding, report.signatures) == (None, 2), "the key's proof and the phone's"
    [row] = await either.trail("factor_added")
    assert (row["method"], row["detail"]["name"], row["detail"]["synced"]) == ("phone", "Phone", False)
    assert phone.passkey is not None
    table = await either.db.read(REPORTS["factors"], NOW)
    assert any("phone" in line for line in table.rows)


async def test_without_the_setting_there_is_no_such_kind(service: Hospital) -> None:
    rules = service.service.rules
    with with_rules(service, replace(rules, enrol=replace(rules.enrol, phone_approval=False))):
        ward = await make(service)
        listed = (await ward.station.get(f"/v1/sessions/{ward.session}/factors")).body
        assert "phone" not in listed["may_add"]
        here = Wizard(ward.station)
        await here.begin(in_session(ward.session), "phone")
        assert (here.step, here.refused) == ("refused", "policy")


async def test_a_wrong_number_counts_and_the_third_makes_it_anew(either: Hospital) -> None:
    here, code = await offered_to_pair(either)
    number = await SoftPhone(either).pair(code)
    wrong = f"{(int(number) + 1) % 10**6:06}"
    for _ in range(2):
        await here.type(wrong)
        assert (here.step, here.refused) == ("try", "wrong_code")
    await here.type(wrong)
    assert (here.step, here.refused) == ("make", "wrong_code")
    await here.made({"kind": "seen"})
    again = code_of(here.view["make"]["phone"]["uri"])
    assert again != code
    await here.type(number)
    assert here.step != "done", "the number of the code before is nothing"
    other = SoftPhone(either)
    await here.type(await other.pair(again))
    assert here.step == "done"


async def test_a_number_before_any_phone_has_signed_is_wrong(service: Hospital) -> None:
    here, code = await offered_to_pair(service)
    phone = SoftPhone(service)
    await here.type("000000")
    assert (here.step, here.refused) == ("try", "wrong_code")
    await phone.register(code)
    await here.type("000000")
    assert (here.step, here.refused) == ("try", "wrong_code")


async def test_the_second_phone_that_opens_the_code_is_told_that_it_is_over(either: Hospital) -> None:
    """Whoever photographed the code and was faster has a number that nobody types; and the person sees it."""
    here, code = await offered_to_pair(either)
    thief, own = SoftPhone(either), SoftPhone(either)
    await thief.pair(code)
    answer = await own.post("look", {"code": code})
    assert (answer.status_code, answer.json()["code"]) == (404, "over")
    await here.kind("phone")
    fresh = await begin_pairing(here)
    assert (await thief.post("look", {"code": code})).status_code == 404
    await here.type(await own.pair(fresh))
    assert here.step == "done"
    found = await either.db.read(lambda conn: conn.execute(select(phone_table.c.credential_id)).scalars().all())
    assert own.passkey is not None and found == [own.passkey.credential_id]


@pytest.mark.parametrize(
    "bent",
    [{"flags": UP | AT}, {"origin": "https://evil.example"}, {"rp_id": "evil.example"}],
    ids=["no user verification", "another origin", "another RP ID"],
)
async def test_a_passkey_that_does_not_hold_is_not_taken(service: Hospital, bent: dict[str, Any]) -> None:
    _, code = await offered_to_pair(service)
    answer = await SoftPhone(service).register(code, **bent)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_answer")
    assert (await SoftPhone(service).register(code)).status_code == 200, "it may try again"


@pytest.mark.parametrize(
    "bent", [{"flags": UP}, {"origin": "https://evil.example"}, {"signature": b"\x30"}, {"challenge": "AAAA"}]
)
async def test_a_try_that_does_not_hold_shows_no_number(service: Hospital, bent: dict[str, Any]) -> None:
    _, code = await offered_to_pair(service)
    phone = SoftPhone(service)
    options = (await phone.register(code)).json()
    assert (await phone.post("tried", {"code": code, "proof": phone.sign(options, **bent)})).status_code == 422
    stranger = SoftPhone(service)
    stranger.passkey = type(phone.passkey)()  # type: ignore[misc]
    assert (await phone.post("tried", {"code": code, "proof": stranger.sign(options)})).status_code == 422
    good = await phone.post("tried", {"code": code, "proof": phone.sign(options, flags=UP | UV)})
    assert good.status_code == 200
    again = await phone.post("tried", {"code": code, "proof": phone.sign(options)})
    assert again.status_code == 404, "once"


@pytest.mark.parametrize("door", ["registered", "tried"])
async def test_a_few_bad_answers_end_the_pairing(either: Hospital, door: str) -> None:
    """Whoever photographed the QR code tries no more than that, and the trail has each."""
    here, code = await offered_to_pair(either)
    phone = SoftPhone(either)

    async def bad() -> httpx.Response:
        if door == "registered":
            return await phone.register(code, origin="https://evil.example")
        return await phone.post("tried", {"code": code, "proof": phone.sign(options, origin="https://evil.example")})

    options = (await phone.register(code)).json() if door == "tried" else {}
    said = [(await bad()).status_code for _ in range(3)]
    assert said == [422, 422, 404]
    assert [row["reason"] for row in await either.trail("phone_answered")] == ["bad_answer"] * 3
    again = await phone.post("look", {"code": code})
    assert (again.status_code, again.json()["code"]) == (404, "over")
    await here.type("000000")
    assert here.refused == "expired"


async def test_pages_of_others_are_turned_away(service: Hospital) -> None:
    _, code = await offered_to_pair(service)
    phone = SoftPhone(service)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = await phone.post("look", {"code": code}, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_our_page")
    assert (await service.http.post("/phone/look", json={"code": code})).status_code == 403


async def test_an_enrolment_that_was_given_up_leaves_a_dead_code(service: Hospital) -> None:
    here, code = await offered_to_pair(service)
    phone = SoftPhone(service)
    number = await phone.pair(code)
    await here.cancel()
    answer = await here.station.post(f"{here.path}/try", {"tried": {"text": number, "kind": "typed"}})
    assert answer.status != 200 or answer.body["step"] == "refused"
    assert await service.db.read(lambda conn: conn.execute(select(phone_table)).first()) is None


async def test_ten_minutes_are_the_most(service: Hospital) -> None:
    _, code = await offered_to_pair(service)
    service.clock.pass_by(600)
    assert (await SoftPhone(service).post("look", {"code": code})).status_code == 404


async def test_a_phone_is_listed_named_reported_lost_and_then_asked_no_more(either: Hospital) -> None:
    made = await on_phone(await make(either))
    ward = made.ward
    path = f"/v1/sessions/{ward.session}/factors"
    [mine] = [factor for factor in (await ward.station.get(path)).body["factors"] if factor["kind"] == "phone"]
    named = await ward.station.post(f"{path}/{mine['mark']}/name", {"name": "Ada's blue phone"})
    assert "Ada's blue phone" in [factor["name"] for factor in named.body["factors"]]
    view = await made.asks()
    assert [o["names"] for o in view.body["offers"] if o["method"] == "phone"] == [["Ada's blue phone"]]
    here = Wizard(ward.station)
    await here.begin(in_session(ward.session), act="lost", factor=mine["mark"])
    await here.pin()
    assert here.step == "done"
    assert [
        factor.suspended for factor in await either.db.read(factors.of_person, ward.person) if factor.kind == "phone"
    ] != [None]
    again = await made.asks()
    assert "phone" not in [o["method"] for o in again.body["offers"]]


async def test_a_phone_signs_nobody_in_and_adds_nothing(service: Hospital) -> None:
    made = await on_phone(await make(service))
    station = await service.station("ward-9", "Ward 9")
    view = await station.login("ada")
    assert "phone" not in [o["method"] for o in view.body["offers"]]
    here = Wizard(made.ward.station)
    await here.begin(in_session(made.ward.session), "key")
    assert "phone" not in here.offered
    refused = await made.ward.station.prove(here.view["ceremony"]["id"], {"method": "phone"})
    assert refused.code == "phone_silent"


async def test_a_second_phone_has_a_name_of_its_own(service: Hospital) -> None:
    made = await on_phone(await make(service))
    other = await on_phone(made.ward)
    listed = (await made.ward.station.get(f"/v1/sessions/{made.ward.session}/factors")).body["factors"]
    assert sorted(factor["name"] for factor in listed if factor["kind"] == "phone") == ["Phone", "Phone 2"]
    assert other.phone.passkey is not made.phone.passkey


async def test_the_same_passkey_is_not_enrolled_twice(service: Hospital) -> None:
    made = await on_phone(await make(service))
    here = Wizard(made.ward.station)
    await here.begin(in_session(made.ward.session), "phone")
    await here.key(made.ward.key)
    code = await begin_pairing(here)
    wish = (await made.phone.look(code))["pair"]
    assert made.phone.passkey is not None and made.phone.passkey.credential_id in wish["exclude"]
    assert (await made.phone.register(code)).status_code == 422


async def test_what_a_thief_of_an_open_session_meets(service: Hospital) -> None:
    """An open session is not enough: a fresh proof by a key is wanted, or somebody who vouches; and it is told."""
    ward = await make(service)
    here = Wizard(ward.station)
    await here.begin(in_session(ward.session), "phone")
    assert (here.step, here.offered) == ("prove", ["fido2"])
    await here.pin()
    assert here.step == "prove", "a PIN that was looked at over a shoulder is not enough"


async def test_the_person_is_told_of_a_new_phone(service: Hospital) -> None:
    ward = await make(service)
    await on_phone(ward)
    other = await service.station("ward-4", "Ward 4")
    view = await other.tap("04A1B2C3")
    view = view if view.body["state"] == "done" else await other.pin(view.body["id"], "123456")
    assert "added" in view.body["session"]["news"]


async def test_somebody_suspended_meanwhile_pairs_nothing(service: Hospital) -> None:
    _, code = await offered_to_pair(service)
    found = await service.db.read(lookups.person_by_login, "ada")
    assert found is not None
    await service.db.write(people.set_active, found.person.id, False)
    assert (await SoftPhone(service).post("look", {"code": code})).status_code == 404


def test_the_origin_is_the_page_s() -> None:
    assert code_of(f"{ORIGIN}/phone#abc") == "abc"
    assert KEY_PRESENTED["kind"] == "fido2"
