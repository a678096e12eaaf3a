"""Attempts on the help desk: each is refused, and each that names somebody is in the trail."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select

from kiosk.service.store import people, resets
from kiosk.service.store.schema import start_code
from tests.fakes.helpdesk import SEEN, Counter

RESET, PERSON = "factor.reset", "Person/ben"


def codes(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(start_code)).scalar_one()


async def nothing_given(counter: Counter) -> bool:
    return await counter.hospital.db.read(codes) == 0


async def test_somebody_without_the_role_is_not_even_asked(counter: Counter) -> None:
    session = await counter.sign_in("ada")
    for action, resource in ((RESET, PERSON), ("reset.approve", "Reset/R-1"), ("reset.code", "Reset/R-1")):
        view = await counter.station.step_up(session, action=action, resource=resource)
        assert (view.body["state"], view.body["refusal"]["code"]) == ("refused", "policy")


async def test_nobody_resets_themselves(counter: Counter) -> None:
    answer = await counter.reset("dora", "dora")
    assert (answer.status, answer.code) == (403, "self")
    assert await nothing_given(counter)
    assert await counter.refusals() == ["self"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("record.export", "Patient/1"),
        ("reset.code", "Reset/R-1"),
        (RESET, "Reset/ben"),
        (RESET, "Person/"),
        (RESET, "ben"),
    ],
)
async def test_a_token_for_something_else_begins_nothing(counter: Counter, action: str, resource: str) -> None:
    token = await counter.token("dora", action, resource)
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": []})
    assert (answer.status, answer.code) == (403, "wrong_token")
    assert await nothing_given(counter)


async def test_a_token_for_another_audience_begins_nothing(counter: Counter) -> None:
    session = await counter.sign_in("dora")
    audience = "https://export.example"
    view = await counter.station.step_up(session, action=RESET, resource=PERSON, records=0, audience=audience)
    challenge = await counter.station.challenge(view.body["id"], "fido2", "transfer of care")
    proof = counter["dora"].key.sign(challenge.body)
    done = await counter.station.prove(view.body["id"], proof, "transfer of care")
    answer = await counter.station.post("/v1/resets", {"token": done.body["grant"]["token"], "lost": []})
    assert (answer.status, answer.code) == (403, "wrong_token")


async def test_a_token_counts_once_and_at_its_own_workstation(counter: Counter) -> None:
    other = await counter.hospital.station("ward", "Ward 1")
    token = await counter.token("dora", RESET, PERSON)
    elsewhere = await other.post("/v1/resets", {"token": token, "lost": []})
    assert (elsewhere.status, elsewhere.code) == (403, "wrong_station")
    assert (await counter.station.post("/v1/resets", {"token": token, "lost": []})).status == 200
    again = await counter.station.post("/v1/resets", {"token": token, "lost": []})
    assert (again.status, again.code) == (409, "already_used")
    assert sorted(await counter.refusals()) == ["already_used", "wrong_station"]


async def test_a_token_that_was_kept_is_stale_before_it_expires(counter: Counter) -> None:
    token = await counter.token("dora", RESET, PERSON)
    counter.hospital.clock.pass_by(121)
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": []})
    assert (answer.status, answer.code) == (403, "stale")
    counter.hospital.clock.pass_by(300)
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": []})
    assert (answer.status, answer.code) == (422, "bad_token")


@pytest.mark.parametrize("bent", ["", "x", "a.b.c", "x" * 9000])
async def test_what_is_no_token_begins_nothing(counter: Counter, bent: str) -> None:
    answer = await counter.station.post("/v1/resets", {"token": bent, "lost": []})
    assert (answer.status, answer.code) == (422, "bad_token")


async def test_a_changed_token_begins_nothing(counter: Counter) -> None:
    head, body, signature = (await counter.token("dora", RESET, PERSON)).split(".")
    other = (await counter.token("dora", RESET, "Person/ada")).split(".")[1]
    for token in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[:-4]}AAAA"):
        answer = await counter.station.post("/v1/resets", {"token": token, "lost": []})
        assert (answer.status, answer.code) == (422, "bad_token")


async def test_whoever_lost_the_role_or_the_job_meanwhile_resets_nobody(counter: Counter) -> None:
    db, dora = counter.hospital.db, counter["dora"].id
    token = await counter.token("dora", RESET, PERSON)
    await db.write(people.remove_role, dora, "help_desk")
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": []})
    assert (answer.status, answer.code) == (403, "not_entitled")
    await db.write(people.add_role, dora, "help_desk")
    token = await counter.token("dora", RESET, PERSON)
    await db.write(people.set_active, dora, False)
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": []})
    assert (answer.status, answer.code) == (403, "suspended")


async def test_nobody_agrees_to_what_they_began_or_what_is_for_them(counter: Counter) -> None:
    begun = await counter.reset("dora", "eve")
    for login in ("dora", "eve"):
        answer = await counter.approve(login, begun.body["id"])
        assert (answer.status, answer.code) == (403, "same_person")
    token = await counter.token("dirk", "reset.approve", "Reset/R-00000000", None)
    answer = await counter.station.post(f"/v1/resets/{begun.body['id']}/approve", {"token": token})
    assert (answer.status, answer.code) == (403, "wrong_token")
    found = await counter.hospital.db.read(resets.find, begun.body["id"])
    assert found is not None
    assert found.approved is None


async def test_guessing_numbers_of_resets_finds_nothing_and_is_seen(counter: Counter) -> None:
    await counter.reset("dora", "eve")
    for guess in ("R-00000000", "R-ZZZZZZZZ", "R-"):
        token = await counter.token("dirk", "reset.code", f"Reset/{guess}", None)
        answer = await counter.station.post(f"/v1/resets/{guess}/code", {"token": token})
        assert (answer.status, answer.code) == (404, "unknown_reset")
    assert await counter.refusals() == ["unknown_reset"] * 3


async def test_a_suspended_person_and_nobody_at_all_are_not_reset(counter: Counter) -> None:
    await counter.hospital.db.write(people.set_active, counter["ben"].id, False)
    answer = await counter.reset("dora", "ben")
    assert (answer.status, answer.code) == (409, "not_active")
    answer = await counter.reset("dora", "nobody")
    assert (answer.status, answer.code) == (404, "unknown_person")


async def test_a_reset_without_an_identity_proof_is_refused(counter: Counter) -> None:
    token = await counter.token("dora", RESET, PERSON, None)
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": []})
    assert (answer.status, answer.code) == (422, "nothing_seen")


async def test_a_program_cannot_add_to_what_was_signed_as_lost(counter: Counter) -> None:
    token = await counter.token("dora", RESET, PERSON, f"{SEEN} (lost: badge)")
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": ["badge"]})
    assert (answer.status, answer.code) == (422, "lost_not_signed")
    answer = await counter.reset("dora", "ben", SEEN, ("key:nothers",))
    assert (answer.status, answer.code) == (422, "no_such_factor")
    assert await nothing_given(counter)


async def test_resets_have_rates(counter: Counter) -> None:
    for _ in range(3):
        await counter.reset("dora", "ben")
    answer = await counter.reset("dirk", "ben")
    assert (answer.status, answer.code) == (429, "too_many")
    for _ in range(2):
        await counter.reset("dora", "eve")
    for number in range(5):
        login = f"n{number}"
        await counter.hospital.person(login)
        assert (await counter.reset("dora", login)).status == 200
    answer = await counter.reset("dora", "ada")
    assert (answer.status, answer.code) == (429, "too_many")
    counter.hospital.clock.pass_by(3600)
    assert (await counter.reset("dora", "ada")).status == 200


async def test_a_page_or_application_has_no_door_here(counter: Counter) -> None:
    token = await counter.token("dora", RESET, PERSON)
    application = await counter.hospital.application()
    answer = await application.post("/v1/resets", {"token": token, "lost": []})
    assert (answer.status, answer.code) == (403, "not_a_workstation")
