"""A step-up in an emergency access is of that access alone: its workstation, its person, its reason, its time."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from kiosk.service.admin import people as acts
from kiosk.service.admin.act import Admin
from kiosk.service.policy.emergency_rules import EmergencyRules
from kiosk.service.store.schema import ceremony, emergency_use
from tests.fakes.asking import make
from tests.fakes.emergencies import REASON, RULES, InEmergency, allowing, begun, in_emergency
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital


@pytest.fixture(autouse=True)
def rules(either: Hospital) -> Iterator[None]:
    with allowing(either):
        yield


@pytest.mark.parametrize("rules_of", [EmergencyRules(stations=("ward-3-a",)), replace(RULES, step_up=("record.view",))])
async def test_an_action_that_is_not_named_is_refused(either: Hospital, rules_of: EmergencyRules) -> None:
    with allowing(either, rules_of):
        ward = await in_emergency(either)
        refused = await ward.asks()
    assert (refused.body["state"], refused.code) == ("refused", "emergency_action")
    assert "emergency access" in dict(refused.body["refusal"]["says"])["en"]
    (row,) = await either.trail("stepup")
    assert (row["result"], row["reason"], row["login"]) == ("refused", "emergency_action", "ada")
    assert (row["detail"]["purpose_of_use"], row["detail"]["emergency_reason"]) == ("BTG", REASON)


async def test_no_act_of_the_service_itself_and_no_standing_batch(either: Hospital) -> None:
    ward = await in_emergency(either)
    for ask in ({"action": "factor.reset"}, {"action": "review.close"}, {"action": "app.sign_in"}, {"lasts": 600}):
        assert (await ward.asks(ask=ask)).code == "emergency_action", ask
    assert (await ward.asks(origin=either.service.issuer)).code == "emergency_action"


async def test_more_records_than_altogether_are_refused_however_they_are_cut(either: Hospital) -> None:
    ward = await in_emergency(either)
    assert (await ward.asks(ask={"records": 21})).code == "emergency_records"
    many = [f"Patient/{number}" for number in range(21)]
    assert (await ward.asks(ask={"records": 0, "patients": many})).code == "emergency_records"
    await ward.approves(records=12)
    assert (await ward.asks(ask={"records": 9})).code == "emergency_records"
    # Two that began before either was granted: the second one's grant is refused.
    first, second = await ward.asks(ask={"records": 8}), await ward.asks(ask={"records": 8})
    assert (await ward.by_key(first, "resuscitation")).body["state"] == "done"
    late = await ward.by_key(second, "resuscitation")
    assert (late.status, late.code) == (409, "emergency_records")
    assert (await ward.use()).records == 20
    assert (await ward.asks(ask={"records": 0})).code == "emergency_records"  # that says no number is one


async def test_another_person_s_key_proves_nothing(either: Hospital) -> None:
    ward = await in_emergency(either)
    mallory = await give_key(either, await either.person("mallory", "Mallory Moe"))
    view = await ward.asks()
    challenge = await ward.station.challenge(view.body["id"], "fido2", "resuscitation")
    answer = await ward.station.prove(view.body["id"], mallory.sign(challenge.body), "resuscitation")
    assert answer.code in ("wrong_key", "bad_signature")
    assert (await ward.use()).step_ups is None


async def test_who_is_suspended_while_they_prove_it_is_refused_and_the_trail_holds(either: Hospital) -> None:
    ward = await in_emergency(either)
    view = await ward.asks()
    challenge = await ward.station.challenge(view.body["id"], "fido2", "resuscitation")
    await either.db.write(acts.suspend, Admin("root", 0, int(either.clock())), "ada")
    answer = await ward.station.prove(view.body["id"], ward.key.sign(challenge.body), "resuscitation")
    assert answer.code == "expired", "their ceremonies ended with the suspension"
    assert (await ward.asks()).code == "suspended"
    rows = [row for row in await either.trail("stepup") if row["detail"].get("emergency") == ward.session]
    assert [row["reason"] for row in rows] == ["expired", "suspended"]


async def test_where_nobody_is_known_nobody_can_prove_anything(either: Hospital) -> None:
    ward = await in_emergency(either, None)
    refused = await ward.asks()
    assert refused.code == "emergency_nobody"
    assert refused.body["person"] is None


async def test_after_its_end_nothing_is_asked_proved_or_used(either: Hospital) -> None:
    ward = await in_emergency(either)
    backend = await either.application("records", "https://records.example", ("record.export",))
    tokens = []
    for _ in range(2):
        view = await ward.asks(ask={"audience": "https://records.example", "records": 1})
        done = await ward.by_key(view, "resuscitation")
        tokens.append(done.body["grant"]["token"])
    waits = await ward.asks(ask={"records": 1})
    assert (await backend.post("/v1/tokens/redeem", {"token": tokens[0]})).status == 200
    await ward.says("emergency_ended", "button")
    used = await backend.post("/v1/tokens/redeem", {"token": tokens[1]})
    assert (used.status, used.code) == (403, "emergency_over")
    challenge = await ward.station.challenge(waits.body["id"], "fido2", "resuscitation")
    answer = await ward.station.prove(waits.body["id"], ward.key.sign(challenge.body), "resuscitation")
    assert answer.code == "not_active"
    assert (await ward.asks()).code == "not_active"


async def test_by_time_alone_too_and_an_extension_that_the_rules_refuse_adds_none(either: Hospital) -> None:
    ward = await in_emergency(either)
    view = await ward.asks()
    for _ in range(6):
        await ward.says("emergency_extended")
    either.clock.pass_by((await ward.use()).expires - either.clock())
    assert (await ward.station.challenge(view.body["id"], "fido2", "resuscitation")).code == "expired"
    assert (await ward.asks()).code == "not_active"


async def test_break_the_glass_is_not_claimed_without_an_emergency(either: Hospital) -> None:
    ada = await make(either)
    for claimed in (ada.session, str(uuid.uuid4()), ""):
        fake = InEmergency(either, ada.person, ada.key, ada.station, claimed)
        assert (await fake.asks()).code == "not_active"
    words = await ada.station.post(
        "/v1/stepups",
        {
            "ask": {"action": "record.export", "resource": "Patient/1", "records": 1, "purpose_of_use": "BTG"},
            "session": ada.session,
            "program": "exporter",
        },
    )
    assert words.status == 422


async def test_another_workstation_s_emergency_is_not_mine(either: Hospital) -> None:
    ward = await in_emergency(either)
    other = await either.station("ward-9-a", "Ward 9")
    there = InEmergency(either, ward.person, ward.key, other, ward.session)
    assert (await there.asks()).code == "not_active"


async def test_their_own_session_says_nothing_of_an_emergency_and_the_other_way_round(either: Hospital) -> None:
    ada = await make(either)
    ward = await begun(ada)
    plain = await ada.station.step_up(ward.session)
    assert plain.code == "not_active", "an emergency access is no session"
    assert (await ada.station.step_up(ada.session)).body["emergency"] is None


@pytest.mark.parametrize("column", ["reason", "person", "records"])
async def test_a_use_that_somebody_rewrote_grants_nothing(either: Hospital, column: str) -> None:
    ward = await in_emergency(either)
    view = await ward.asks()
    either.tampered = True
    forged: dict[str, Any] = {
        "reason": "nothing special",
        "person": await either.person("mallory", "M"),
        "records": -50,
    }
    await either.db.write(lambda conn: conn.execute(update(emergency_use).values({column: forged[column]})))
    assert (await ward.asks()).code == "integrity"
    challenge = await ward.station.challenge(view.body["id"], "fido2", "resuscitation")
    if challenge.status == 200:
        answer = await ward.station.prove(view.body["id"], ward.key.sign(challenge.body), "resuscitation")
        assert answer.code == "integrity"


async def test_another_reason_in_the_request_is_not_signed(either: Hospital) -> None:
    ward = await in_emergency(either)
    view = await ward.asks()
    either.tampered = True

    def rewrite(conn: Any) -> None:
        row = conn.execute(ceremony.select().where(ceremony.c.id == view.body["id"])).one()
        request = json.loads(row.request)
        request["emergency"]["reason"] = "a nicer one"
        conn.execute(update(ceremony).where(ceremony.c.id == row.id).values(request=json.dumps(request)))

    await either.db.write(rewrite)
    assert (await ward.station.challenge(view.body["id"], "fido2", "resuscitation")).code == "integrity"


async def test_a_reason_that_is_none_of_the_hospital_s_opens_nothing_to_ask_in(either: Hospital) -> None:
    ward = await in_emergency(either)
    fake = str(uuid.uuid4())
    body = {"id": fake, "presented": None, "reason": "my own"}
    assert (await ward.station.post("/v1/emergencies", body)).code == "not_a_reason"
    claimed = InEmergency(either, ward.person, ward.key, ward.station, fake)
    assert (await claimed.asks()).code == "not_active"
