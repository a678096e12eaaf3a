"""A step-up within an emergency access: proved by whoever has it, said in token and trail, counted, and told."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from kiosk.service.helpdesk import case_record
from kiosk.service.policy.emergency_rules import emergency_rules_from
from kiosk.service.store import messages, review_cases
from kiosk.service.store.schema import message
from kiosk.settings import SettingsError
from tests.fakes.asking import ADA, make
from tests.fakes.emergencies import EXPORT, REASON, RULES, allowing, begun, in_emergency
from tests.fakes.phones import code_of, on_phone
from tests.fakes.service import Hospital, with_rules


@pytest.fixture(autouse=True)
def rules(either: Hospital) -> Iterator[None]:
    with allowing(either):
        yield


async def test_its_key_approves_it_and_token_and_trail_say_why(either: Hospital) -> None:
    ward = await in_emergency(either)
    claims = await ward.approves()
    assert claims["purpose_of_use"] == "BTG"
    assert claims["emergency"] == {"id": ward.session, "reason": REASON}
    assert (claims["sub"], claims["acr"], claims["records"]) == ("ada", "phr", 12)
    asked, granted = await either.trail("stepup_asked"), await either.trail("stepup")
    for row in (*asked, *granted):
        detail = row["detail"]
        assert (detail["purpose_of_use"], detail["emergency"], detail["emergency_reason"]) == (
            "BTG",
            ward.session,
            REASON,
        )


async def test_outside_an_emergency_nothing_says_so(either: Hospital) -> None:
    ward = await make(either)
    view = await ward.station.step_up(ward.session)
    done = await ward.by_key(view, "transfer of care")
    claims = await ward.claims(done.body["grant"]["token"])
    assert {"purpose_of_use", "emergency"} & claims.keys() == set()


async def test_their_pin_and_code_do_too(either: Hospital) -> None:
    ward = await in_emergency(either)
    app = await either.totp(ward.person)
    view = await ward.asks()
    half = await ward.station.pin(view.body["id"], "123456", "resuscitation")
    assert half.body["state"] == "prove", half.body
    done = await ward.station.otp(view.body["id"], app.at(either.clock()), "resuscitation")
    claims = await ward.claims(done.body["grant"]["token"])
    assert (claims["acr"], claims["purpose_of_use"]) == ("urn:kiosk:mfa", "BTG")


async def test_wrong_pins_there_close_nothing_that_they_sign_in_with(either: Hospital) -> None:
    ward = await in_emergency(either)
    await either.totp(ward.person)
    codes: list[str] = []
    for _ in range(20):
        view = await ward.asks()
        codes.append((await ward.station.pin(view.body["id"], "000000", "resuscitation")).code)
        either.clock.pass_by(60)
        if codes[-1] == "locked_out":
            break
    assert codes[-1] == "locked_out", codes
    either.clock.pass_by(900)
    assert await ward.station.open(ADA)


async def test_their_phone_approves_it_and_shows_the_reason(either: Hospital) -> None:
    rules = either.service.rules
    with with_rules(either, replace(rules, enrol=replace(rules.enrol, phone_approval=True))):
        made = await on_phone(await make(either))
        ward = await begun(made.ward)
        view = await ward.asks()
        challenge = await ward.station.challenge(view.body["id"], "phone", "resuscitation")
        asked = challenge.body["phone"]
        shown = await made.phone.type(code_of(asked["uri"]), asked["number"])
        assert REASON in str(shown["asked"]["lines"])
        assert await made.phone.approve(asked) == "approved"
        done = await ward.station.prove(view.body["id"], {"method": "phone"}, "resuscitation")
        claims = await ward.claims(done.body["grant"]["token"])
    assert claims["emergency"]["reason"] == REASON


async def test_each_is_counted_in_the_case_and_the_reviewer_sees_what_left(either: Hospital) -> None:
    ward = await in_emergency(either)
    await ward.approves(records=12)
    await ward.approves(records=3, resource="Patient/777", patients=["Patient/1", "Patient/2"])
    use = await ward.use()
    assert (use.step_ups, use.records) == (2, 15)
    (case,) = [case for case in await either.db.read(review_cases.every) if case.kind == "emergency"]
    rows, _ = await either.db.read(case_record.rows_of, case)
    approved = [row for row in rows if (row.action, row.result) == ("stepup", "success")]
    assert len(approved) == 2
    assert "Patient/777" in approved[1].what
    assert "records=3" in approved[1].what


async def test_a_crowd_of_other_rows_pushes_nothing_that_was_approved_out_of_sight(either: Hospital) -> None:
    ward = await in_emergency(either)
    now = int(either.clock())
    for _ in range(6):
        crowd: list[dict[str, object]] = [
            {
                "id": str(uuid.uuid4()),
                "action": "tap_failed",
                "at": now,
                "session": None,
                "reason": "mute",
                "detail": {},
            }
            for _ in range(20)
        ]
        assert (await ward.station.post("/v1/reports", {"reports": crowd})).status == 204
    await ward.approves(records=2)
    (case,) = [case for case in await either.db.read(review_cases.every) if case.kind == "emergency"]
    rows, cut = await either.db.read(case_record.rows_of, case)
    assert (len(rows), cut) == (case_record.MAX_ROWS, True)
    assert [row.result for row in rows if row.action == "stepup"] == ["success"]


async def test_supervisors_and_they_themselves_are_told_of_the_first_ten(either: Hospital) -> None:
    boss = await either.person("boss", "Bo Boss", "supervisor")
    await either.db.write(messages.set_contact, boss, "mailto:boss@hospital.example")
    ward = await in_emergency(either)
    await either.db.write(messages.set_contact, ward.person, "mailto:ada@home.example")
    for _ in range(12):
        await ward.approves(records=1)
    told = await either.db.read(lambda conn: conn.execute(select(message.c.person, message.c.kind)).all())
    mine = [row.person for row in told if row.kind == "emergency_step_up"]
    assert (mine.count(boss), mine.count(ward.person)) == (10, 10)


async def test_its_token_counts_no_longer_than_the_emergency_access(either: Hospital) -> None:
    ward = await in_emergency(either)
    either.clock.pass_by(1800 - 30)
    claims = await ward.approves()
    assert claims["exp"] == (await ward.use()).expires
    assert claims["exp"] - claims["iat"] <= 30


@pytest.mark.parametrize(
    "bad",
    [
        {"step_up": ["review.close"]},
        {"step_up": ["factor.reset"]},
        {"step_up": ["app.sign_in"]},
        {"step_up": ["no action"]},
        {"step_up": [EXPORT], "reasons": ["two  spaces"]},
        {"step_up": [EXPORT], "step_up_records": -1},
    ],
)
def test_settings_that_make_no_sense_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"step_up|reasons"):
        emergency_rules_from(bad)


def test_as_shipped_nothing_may_be_approved() -> None:
    assert emergency_rules_from({}).step_up == ()
    assert RULES.step_up == (EXPORT,)
