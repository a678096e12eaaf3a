"""A second person agrees to a step-up, here or elsewhere: both signatures in the evidence, both names in the token."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, select

from kiosk.service.audit.verify import verify
from kiosk.service.policy.cedar import book
from kiosk.service.store import ceremonies, factors, integrity, manifests, news, people
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.schema import evidence, station_event, workstation
from tests.fakes.client import NOW, Answer
from tests.fakes.seconded import CHLOE, KEY_HELD, Pair, by_key, colleague, pair
from tests.fakes.service import Hospital


@pytest_asyncio.fixture
async def two(service: Hospital) -> Pair:
    return await pair(service)


async def _signed(hospital: Hospital) -> list[dict[str, Any]]:
    """Statements of the step-up rows and of the second persons' rows."""

    def act(conn: Connection) -> list[str]:
        return [row.data for row in conn.execute(select(evidence.c.body.label("data")))]

    return [json.loads(json.loads(text)["statement"]) for text in await hospital.db.read(act)]


async def test_six_hundred_records_with_a_second_person_at_the_same_workstation(either: Hospital) -> None:
    two = await pair(either)
    first = await two.waits(audience="https://export.example")
    agreed = await two.here(first)
    assert (agreed.body["state"], agreed.body["purpose"], agreed.body["grant"]) == ("done", "second", None)
    assert agreed.body["second_of"]["login"] == "ada"
    done = await two.finish(first)
    assert done.body["state"] == "done", done.body
    claims = await two.ward.claims(done.body["grant"]["token"])
    assert claims["second"] == {"sub": "ben", "person": two.ben.person, "acr": "phr", "auth_time": NOW}
    assert (claims["sub"], claims["records"]) == ("ada", 600)
    rows = {row["action"]: row for row in await either.trail() if row["action"] in ("stepup", "second")}
    assert rows["second"]["person"] == two.ben.person and rows["stepup"]["person"] == two.ward.person
    said = rows["stepup"]["detail"]["second"]
    assert (said["login"], said["ceremony"]) == ("ben", rows["second"]["ceremony"])
    assert said["digest"] == rows["second"]["detail"]["digest"]


async def test_both_signatures_stand_in_the_evidence_and_name_the_same_request(two: Pair) -> None:
    first = await two.waits()
    await two.here(first)
    await two.finish(first)
    said = await _signed(two.hospital)
    mine = next(each for each in said if each["ceremony"] == first.body["id"])
    theirs = next(each for each in said if "second_of" in each)
    text = json.dumps(mine, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert theirs["second_of"]["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert theirs["second_of"]["ceremony"] == first.body["id"]
    assert (theirs["who"]["login"], theirs["records"], theirs["action"]) == ("ben", 600, "record.export")
    report = await two.hospital.db.read(verify, two.hospital.folder.keys.checkpoint.public)
    assert report.finding is None, report.finding


async def test_six_hundred_records_with_a_second_person_elsewhere(either: Hospital) -> None:
    two = await pair(either)
    first = await two.waits()
    asked = await two.typed(first)
    assert asked.body["second"]["asked"] == "ben"
    view = await two.shown()
    assert (view.body["purpose"], view.body["person"]["login"]) == ("second", "ben")
    assert (await by_key(two.ben.station, two.ben.key, view)).body["state"] == "done"
    done = await two.finish(first)
    claims = await two.ward.claims(done.body["grant"]["token"])
    assert claims["second"]["sub"] == "ben" and claims["workstation"] == "ward-3-a"


async def test_what_came_of_it_is_told_to_the_first_workstation(two: Pair) -> None:
    first = await two.waits()
    await two.typed(first)
    await by_key(two.ben.station, two.ben.key, await two.shown())
    rows = await two.hospital.db.read(lambda conn: conn.execute(select(station_event)).all())
    told = [(row.workstation, row.kind, row.session) for row in rows]
    assert (two.ben.station.client_id, "asked", two.ben.session) in told
    assert (two.ward.station.client_id, "seconded", two.ward.session) in told


async def test_the_token_can_be_redeemed_once_and_says_both(either: Hospital) -> None:
    two = await pair(either)
    app = await either.application()
    first = await two.waits(audience="https://export.example")
    await two.here(first)
    token = (await two.finish(first)).body["grant"]["token"]
    said = await app.post("/v1/tokens/redeem", {"token": token})
    assert said.body["second"]["sub"] == "ben"
    assert (await app.post("/v1/tokens/redeem", {"token": token})).body["code"] == "already_used"


async def test_a_no_of_the_second_ends_it(two: Pair) -> None:
    first = await two.waits()
    await two.typed(first)
    view = await two.shown()
    ended = f"/v1/ceremonies/{view.body['id']}/cancel"
    assert (await two.ben.station.post(ended, {"reason": "refused_by_person"})).status == 204
    done = await two.finish(first)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "second_refused")
    assert (await two.finish(first)).body["state"] == "refused"
    reasons = [(row["action"], row["reason"]) for row in await two.hospital.trail() if row["result"] == "refused"]
    assert reasons[-2:] == [("stepup", "second_refused"), ("second", "refused_by_person")] or set(reasons[-2:]) == {
        ("stepup", "second_refused"),
        ("second", "refused_by_person"),
    }


async def test_a_second_who_does_not_answer_leaves_time_for_another(two: Pair) -> None:
    chloe = await colleague(two.hospital, "chloe", "Chloe Petit", CHLOE, "ward-5-a")
    first = await two.waits()
    await two.typed(first)
    view = await two.shown()
    gone = f"/v1/ceremonies/{view.body['id']}/cancel"
    assert (await two.ben.station.post(gone, {"reason": "timeout"})).status == 204
    still = await two.finish(first)
    assert (still.body["state"], still.body["second"]["asked"]) == ("prove", "")
    assert (await two.here(first, chloe)).body["state"] == "done"
    done = await two.finish(first)
    assert (await two.ward.claims(done.body["grant"]["token"]))["second"]["sub"] == "chloe"


async def test_it_waits_five_minutes_and_no_longer(two: Pair) -> None:
    first = await two.waits()
    assert first.body["expires_in"] == 300
    view = await two.tapped(first)
    two.hospital.clock.now += 299
    assert (await two.finish(first)).body["state"] == "prove"
    two.hospital.clock.now += 1
    late = await two.ward.station.challenge(view.body["id"], "fido2")
    assert late.status == 409
    done = await two.finish(first)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "expired")


async def test_a_lock_of_the_first_persons_workspace_ends_it(two: Pair) -> None:
    first = await two.waits()
    await two.typed(first)
    view = await two.shown()
    report = {
        "id": str(uuid.uuid4()),
        "action": "lock",
        "at": NOW,
        "session": two.ward.session,
        "reason": "button",
        "detail": {},
    }
    assert (await two.ward.station.post("/v1/reports", {"reports": [report]})).status < 300
    challenge = await two.ben.station.challenge(view.body["id"], "fido2")
    done = await two.ben.station.prove(view.body["id"], two.ben.key.sign(challenge.body))
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "not_active")
    assert (await two.finish(first)).body["state"] == "refused"


@pytest.mark.parametrize("what", ["suspended", "key_lost", "station"])
async def test_a_second_who_counts_no_more_when_it_is_granted_is_none(two: Pair, what: str) -> None:
    first = await two.waits()
    await two.typed(first)
    await by_key(two.ben.station, two.ben.key, await two.shown())
    await _withdraw(two, what)
    done = await two.finish(first)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "second_withdrawn")


@pytest.mark.parametrize("what", ["suspended", "key_lost"])
async def test_nor_when_the_token_is_used(two: Pair, what: str) -> None:
    app = await two.hospital.application()
    first = await two.waits(audience="https://export.example")
    await two.here(first)
    token = (await two.finish(first)).body["grant"]["token"]
    await _withdraw(two, what)
    said = await app.post("/v1/tokens/redeem", {"token": token})
    assert (said.status, said.body["code"]) == (403, "second_withdrawn")


async def _withdraw(two: Pair, what: str) -> None:
    now = int(two.hospital.clock())

    def act(conn: Connection) -> None:
        if what == "suspended":
            people.set_active(conn, two.ben.person, False)
        elif what == "key_lost":
            factors.suspend(conn, "key", two.ben.key.credential_id, "lost", now)
        else:
            here = workstation.c.id == two.ben.station.client_id
            integrity.change(conn, workstation, here, {"state": "revoked"})

    await two.hospital.db.write(act)


async def test_the_policy_is_asked_again_when_it_is_granted(two: Pair) -> None:
    first = await two.waits()
    await two.here(first)
    hospital = two.hospital
    rule = '@id("no")\n@says("No.")\nforbid (principal, action, resource) when { context.as_second };'
    usual = book.read(f"{book.default_text()}\n{rule}")
    hospital.app.state.service = hospital.service = replace(hospital.service, usual=usual)
    done = await two.finish(first)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "second_withdrawn")


async def test_of_two_seconds_one_counts(either: Hospital) -> None:
    two = await pair(either)
    chloe = await colleague(either, "chloe", "Chloe Petit", CHLOE, "ward-5-a")
    first = await two.waits()
    await two.typed(first)
    elsewhere, here = await two.shown(), await two.tapped(first, CHLOE)
    assert (await by_key(two.ben.station, two.ben.key, elsewhere)).body["state"] == "done"
    late = await two.ward.station.challenge(here.body["id"], "fido2")
    if late.status == 200:
        late = await two.ward.station.prove(here.body["id"], chloe.key.sign(late.body))
        assert late.body["refusal"]["code"] == "second_came_first"
    claims = await two.ward.claims((await two.finish(first)).body["grant"]["token"])
    assert claims["second"]["sub"] == "ben"
    assert (
        len(await either.trail("second"))
        - len([row for row in await either.trail("second") if row["result"] != "success"])
        == 1
    )


async def test_a_key_that_says_whose_it_is_by_its_proof(two: Pair) -> None:
    first = await two.waits()
    body = {
        "presented": KEY_HELD,
        "login": "",
        "tap": 7,
    }
    view = await two.ward.station.post(f"/v1/ceremonies/{first.body['id']}/second", body)
    assert (view.body["person"], [offer["method"] for offer in view.body["offers"]]) == (None, ["fido2"])
    assert (await by_key(two.ward.station, two.ben.key, view)).body["state"] == "done"
    claims = await two.ward.claims((await two.finish(first)).body["grant"]["token"])
    assert claims["second"]["sub"] == "ben"


async def test_who_may_be_the_second_is_said_by_role(two: Pair) -> None:
    hospital = two.hospital
    rule = """
@id("leads")
@says("Only supervisors agree.")
forbid (principal, action, resource) when { context.as_second } unless { principal in Role::"supervisor" };
"""
    usual = book.read(f"{book.default_text()}\n{rule}")
    hospital.app.state.service = hospital.service = replace(hospital.service, usual=usual)
    first = await two.waits()
    assert first.body["second"]["roles"] == ["supervisor"]
    assert (await two.tapped(first)).body["second"]["refusal"] == "policy"
    await hospital.db.write(people.add_role, two.ben.person, "supervisor")
    assert (await two.here(first)).body["state"] == "done"


async def test_where_nobody_may_be_the_second_the_answer_is_no_at_once(two: Pair) -> None:
    hospital = two.hospital
    rule = '@id("none")\n@says("Nobody.")\nforbid (principal, action, resource) when { context.as_second };'
    usual = book.read(f"{book.default_text()}\n{rule}")
    hospital.app.state.service = hospital.service = replace(hospital.service, usual=usual)
    view = await two.ward.station.step_up(two.ward.session, records=600)
    done = await two.ward.by_key(view)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "policy")


async def test_three_colleagues_may_be_asked_and_none_of_them_twice(two: Pair) -> None:
    first = await two.waits()
    await two.typed(first)
    assert (await two.typed(first)).body["second"]["refusal"] == "busy"
    assert (await two.typed(first, "nobody")).body["second"]["refusal"] == "unknown_person"
    for number in range(3):
        await two.hospital.person(f"p{number}", f"Person {number}")
    answers = [(await two.typed(first, f"p{number}")).body["second"]["refusal"] for number in range(3)]
    assert answers == ["", "", "busy"]


async def test_what_was_granted_is_granted_once_and_stays_so(two: Pair) -> None:
    first = await two.waits()
    await two.here(first)
    done = await two.finish(first)
    again = await two.ward.station.post(f"/v1/ceremonies/{first.body['id']}/finish", None)
    assert (done.body["state"], again.status) == ("done", 409)
    claims = await two.ward.claims(done.body["grant"]["token"])
    assert claims["second"]["sub"] == "ben", "what was granted stays granted"
    assert [row["result"] for row in await two.hospital.trail("stepup")] == ["success"]


async def test_one_who_comes_by_a_key_has_the_same_risk_as_by_a_badge(two: Pair) -> None:
    """Something of theirs was changed a moment ago: that is known whichever thing says who they are."""
    await two.hospital.db.write(news.add, two.ben.person, "added", int(two.hospital.clock()))
    first = await two.waits()
    body = {"presented": KEY_HELD, "login": "", "tap": 7}
    held = await two.ward.station.post(f"/v1/ceremonies/{first.body['id']}/second", body)
    by_its_key = await by_key(two.ward.station, two.ben.key, held)
    by_badge = (await two.tapped(first)).body["second"]["refusal"]
    assert (by_its_key.body["state"], by_its_key.code) == ("refused", by_badge)
    found = await _row(two, by_its_key)
    assert found.request is not None and found.request.risk > 0
    assert "factor_changed" in found.request.reasons


async def _row(two: Pair, view: Answer) -> CeremonyRow:
    found = await two.hospital.db.read(ceremonies.find, view.body["id"])
    assert found is not None
    return found


@pytest.mark.parametrize("how", ["badge", "login", "elsewhere", "key"])
async def test_both_persons_are_locked_together_before_either_is_looked_at(
    two: Pair, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one statement, which takes them in the order of their ids (decision 33)."""
    first = await two.waits()
    view = first
    if how == "elsewhere":
        await two.typed(first)
    if how == "key":
        body = {"presented": KEY_HELD, "login": "", "tap": 7}
        view = await two.ward.station.post(f"/v1/ceremonies/{first.body['id']}/second", body)
        challenge = await two.ward.station.challenge(view.body["id"], "fido2")
    both, seen, lock = {two.ward.person, two.ben.person}, [], manifests.lock

    def spied(conn: Connection, *subjects: str) -> None:
        if both & set(subjects):
            seen.append(both & set(subjects))
        lock(conn, *subjects)

    monkeypatch.setattr(manifests, "lock", spied)
    if how == "badge":
        await two.tapped(first)
    elif how == "login":
        await two.typed(first)
    elif how == "elsewhere":
        await two.shown()
    else:
        await two.ward.station.prove(view.body["id"], two.ben.key.sign(challenge.body))
    assert both in seen
    if how != "elsewhere":  # where Ben's station first asks what waits for them, in a transaction of its own
        assert seen[0] == both
