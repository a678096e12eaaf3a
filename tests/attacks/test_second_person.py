"""Dual control by one person, or by a second one who saw something else: replays, and requests that were changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import update

from kiosk.service.policy.cedar import book
from kiosk.service.store import people
from kiosk.service.store.schema import ceremony, second_given
from tests.fakes.keys import give_key
from tests.fakes.seconded import CHLOE, KEY_HELD, Pair, by_key, colleague, pair
from tests.fakes.service import Hospital

PERMITS_ALL = '@id("all")\n@says("All.")\npermit (principal, action, resource) when { context.proof.second_person };'


@pytest_asyncio.fixture
async def two(service: Hospital) -> Pair:
    return await pair(service)


def permits_all(hospital: Hospital) -> None:
    """Under a policy that permits everybody everything with a second person."""
    hospital.app.state.service = hospital.service = replace(hospital.service, usual=book.read(PERMITS_ALL))


@pytest.mark.parametrize("lax", [False, True])
async def test_the_same_person_is_no_second_by_whichever_badge_or_login(two: Pair, lax: bool) -> None:
    if lax:
        permits_all(two.hospital)
    await two.hospital.badge(two.ward.person, "04DDDDDD")
    first = await two.waits()
    for badge in ("04A1B2C3", "04DDDDDD"):
        assert (await two.tapped(first, badge)).body["second"]["refusal"] == "same_person"
    assert (await two.typed(first, "ada")).body["second"]["refusal"] == "same_person"
    assert (await two.finish(first)).body["state"] == "prove"


@pytest.mark.parametrize("name", ["Ada Lovelace", "ada  lovelace", "ÁDA LOVELACE"])
async def test_another_account_of_the_same_human_is_no_second(two: Pair, name: str) -> None:
    permits_all(two.hospital)
    other = await two.hospital.person("ada-admin", name, "administrator")
    await two.hospital.badge(other, "04EEEEEE")
    first = await two.waits()
    assert (await two.tapped(first, "04EEEEEE")).body["second"]["refusal"] == "same_person"


async def test_their_own_key_held_up_without_a_name_is_no_second(two: Pair) -> None:
    permits_all(two.hospital)
    second_key = await give_key(two.hospital, two.ward.person, name="other key")
    first = await two.waits()
    body = {"presented": KEY_HELD, "login": "", "tap": 7}
    view = await two.ward.station.post(f"/v1/ceremonies/{first.body['id']}/second", body)
    done = await by_key(two.ward.station, second_key, view)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "same_person")
    assert (await two.finish(first)).body["state"] == "prove"


async def test_an_approval_is_not_taken_for_another_request(two: Pair) -> None:
    first = await two.waits()
    view = await two.tapped(first)
    challenge = await two.ward.station.challenge(view.body["id"], "fido2")
    proof = two.ben.key.sign(challenge.body)
    assert (await two.ward.station.prove(view.body["id"], proof)).body["state"] == "done"
    await two.finish(first)
    other = await two.waits(records=700)
    again = await two.tapped(other)
    replayed = await two.ward.station.prove(again.body["id"], proof)
    assert replayed.body["refusal"]["code"] in ("expired", "bad_signature")
    assert (await two.ward.station.prove(other.body["id"], proof)).body["state"] != "done"
    assert (await two.finish(other)).body["state"] == "prove"


async def test_what_is_shown_elsewhere_is_what_was_asked(two: Pair) -> None:
    first = await two.waits()
    await two.typed(first)
    questions = (await two.ben.station.get(f"/v1/sessions/{two.ben.session}/asked")).body["questions"]
    ask = {**questions[0]["ask"], "records": 6}
    assert (await two.shown(ask=ask)).body["code"] == "other_question"
    assert (await two.shown(program="/usr/bin/true")).body["code"] == "other_question"


async def test_a_request_that_was_changed_after_it_was_signed_finds_no_second(two: Pair) -> None:
    """Somebody writes another number of records into the row between the two signatures."""
    first = await two.waits()
    two.hospital.tampered = True
    row = await two.hospital.db.read(
        lambda conn: conn.execute(ceremony.select().where(ceremony.c.id == first.body["id"])).one()
    )
    bent = row.request.replace('"records": 600', '"records": 60000')
    assert bent != row.request
    await two.hospital.db.write(
        lambda conn: conn.execute(update(ceremony).where(ceremony.c.id == first.body["id"]).values(request=bent))
    )
    assert (await two.tapped(first)).status >= 400
    assert (await two.finish(first)).status >= 400


async def test_an_approval_written_into_the_store_counts_for_nothing(two: Pair) -> None:
    first = await two.waits()
    await two.here(first)
    await two.finish(first)
    other = await two.waits(records=700)
    two.hospital.tampered = True

    def move(conn: Any) -> None:
        mine = second_given.c.ceremony == first.body["id"]
        conn.execute(update(second_given).where(mine).values(ceremony=other.body["id"]))

    await two.hospital.db.write(move)
    assert (await two.finish(other)).status >= 400


@pytest.mark.parametrize("roles", [("researcher",), ("visitor",)])
async def test_nobody_whom_the_policy_bars(service: Hospital, roles: tuple[str, ...]) -> None:
    two = await pair(service, *roles)
    first = await two.waits()
    assert (await two.tapped(first)).body["second"]["refusal"] == "policy"
    assert (await two.typed(first)).body["second"]["refusal"] == "policy"


async def test_who_was_barred_in_between_is_stopped_at_their_proof(two: Pair) -> None:
    first = await two.waits()
    view = await two.tapped(first)
    challenge = await two.ward.station.challenge(view.body["id"], "fido2")

    def act(conn: Any) -> None:
        people.remove_role(conn, two.ben.person, "nurse")
        people.add_role(conn, two.ben.person, "researcher")

    await two.hospital.db.write(act)
    done = await two.ward.station.prove(view.body["id"], two.ben.key.sign(challenge.body))
    assert done.body["state"] == "refused"
    assert (await two.finish(first)).body["state"] == "prove"


async def test_a_badge_alone_or_a_pin_alone_agrees_to_nothing(two: Pair) -> None:
    permits_all(two.hospital)
    first = await two.waits()
    view = await two.tapped(first)
    assert view.body["state"] == "prove"
    pin = await two.ward.station.pin(view.body["id"], "123456")
    assert pin.body["state"] != "done"
    assert (await two.finish(first)).body["grant"] is None


async def test_a_workstation_cannot_finish_another_ones_step_up(two: Pair) -> None:
    first = await two.waits()
    await two.here(first)
    assert (await two.ben.station.post(f"/v1/ceremonies/{first.body['id']}/finish", None)).status == 404
    body = {"presented": None, "login": "ben", "tap": 0}
    assert (await two.ben.station.post(f"/v1/ceremonies/{first.body['id']}/second", body)).status == 404


async def test_a_question_to_somebody_else_is_not_answered_by_a_third(two: Pair) -> None:
    chloe = await colleague(two.hospital, "chloe", "Chloe Petit", CHLOE, "ward-5-a")
    first = await two.waits()
    await two.typed(first)
    questions = (await two.ben.station.get(f"/v1/sessions/{two.ben.session}/asked")).body["questions"]
    assert (await chloe.station.get(f"/v1/sessions/{chloe.session}/asked")).body["questions"] == []
    body = {
        "ask": questions[0]["ask"], "session": chloe.session, "program": questions[0]["program"],
        "asked": questions[0]["id"],
    }  # fmt: skip
    assert (await chloe.station.post("/v1/stepups", body)).body["code"] == "expired"


async def test_before_the_first_has_proved_there_is_nothing_to_agree_to(two: Pair) -> None:
    view = await two.ward.station.step_up(two.ward.session, records=600)
    assert (await two.tapped(view)).status == 409
    assert (await two.finish(view)).status == 409
    assert (await two.typed(view)).status == 409
