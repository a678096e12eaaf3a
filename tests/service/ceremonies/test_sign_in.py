"""Sign-in over the whole HTTP interface: badge and PIN, grace, lock-out, one active station a person."""

from __future__ import annotations

import pytest_asyncio

from kiosk.service.store import badges, people
from tests.fakes.client import NOW, Answer
from tests.fakes.service import Hospital

ADA, BOB = "04A1B2C3", "04112233445566"
HOUR = 3600


@pytest_asyncio.fixture
async def ward(service: Hospital) -> Hospital:
    await service.badge(await service.person("ada"), ADA)
    await service.badge(await service.person("bob", "Bob Builder"), BOB)
    return service


async def test_a_badge_and_a_pin_open_a_session_and_write_it_down(either: Hospital) -> None:
    await either.badge(await either.person("ada"), ADA)
    station = await either.station()
    view = await station.tap(ADA)
    assert (view.status, view.body["state"], view.body["why"]) == (200, "prove", "first_sign_in")
    assert [offer["method"] for offer in view.body["offers"]] == ["pin"]
    done = await station.pin(view.body["id"], "123456")
    assert done.body["state"] == "done"
    assert done.body["session"]["assurance"] == {"acr": "urn:kiosk:pin", "amr": ["pin"], "auth_time": NOW}
    assert done.body["session"]["grace_left"] == 4 * HOUR
    trail = [(row["action"], row["result"]) for row in await either.trail()]
    assert trail == [("workstation_enrolled", "success"), ("tap", "seen"), ("sign_in", "success")]


async def test_within_grace_a_tap_alone_opens_as_identified_at_any_station_of_the_place(ward: Hospital) -> None:
    await (await ward.station()).open(ADA)
    ward.clock.pass_by(4 * HOUR - 1)
    view = await (await ward.station("other")).tap(ADA)
    assert view.body["state"] == "done"
    assert view.body["session"]["assurance"]["acr"] == "urn:kiosk:identified"
    assert view.body["session"]["assurance"]["amr"] == []
    assert view.body["session"]["grace_left"] == 1


async def test_after_grace_the_second_factor_is_asked_again(ward: Hospital) -> None:
    station = await ward.station()
    await station.open(ADA)
    ward.clock.pass_by(4 * HOUR)
    view = await station.tap(ADA)
    assert (view.body["state"], view.body["why"]) == ("prove", "grace_over")


async def test_a_clock_that_was_set_back_gives_no_grace(ward: Hospital) -> None:
    station = await ward.station()
    await station.open(ADA)
    ward.clock.pass_by(-120)
    assert (await station.tap(ADA)).body["state"] == "prove"


async def test_a_wrong_pin_says_how_many_are_left_and_stays_in_the_ceremony(ward: Hospital) -> None:
    station = await ward.station()
    view = await station.tap(ADA)
    wrong = await station.pin(view.body["id"], "000000")
    assert wrong.status == 200
    assert (wrong.body["state"], wrong.code, wrong.body["refusal"]["retries_left"]) == ("prove", "wrong_pin", 9)
    assert (await station.pin(view.body["id"], "123456")).body["state"] == "done"
    assert [row["reason"] for row in await ward.trail("proof")] == ["wrong_pin"]


async def test_ten_wrong_pins_lock_the_pin_and_nothing_else(ward: Hospital) -> None:
    station = await ward.station()
    for left in range(9, 0, -1):
        view = await station.tap(ADA)
        answer = await station.pin(view.body["id"], "000000")
        assert answer.body["refusal"]["retries_left"] == left
        ward.clock.pass_by(120)
    last = await station.pin((await station.tap(ADA)).body["id"], "000000")
    assert (last.body["state"], last.code, last.body["refusal"]["retries_left"]) == ("refused", "locked_out", 0)
    closed = await station.tap(ADA)
    assert (closed.code, closed.body["refusal"]["wait"]) == ("locked_out", 900)
    ward.clock.pass_by(120)
    assert (await station.pin((await station.tap(BOB)).body["id"], "123456")).body["state"] == "done"


async def test_a_right_pin_ends_the_row_of_failures(ward: Hospital) -> None:
    station = await ward.station()
    for _ in range(3):
        await station.pin((await station.tap(ADA)).body["id"], "000000")
    await station.open(ADA)
    ward.clock.pass_by(5 * HOUR)
    wrong = await station.pin((await station.tap(ADA)).body["id"], "000000")
    assert wrong.body["refusal"]["retries_left"] == 9


async def test_a_station_of_quick_failures_is_slowed_and_others_are_not(ward: Hospital) -> None:
    station = await ward.station()
    for _ in range(5):
        answer = await station.pin((await station.tap(ADA)).body["id"], "000000")
    assert answer.body["refusal"]["wait"] == 2
    slowed = await station.pin((await station.tap(BOB)).body["id"], "123456")
    assert (slowed.code, slowed.body["refusal"]["wait"]) == ("too_fast", 2)
    elsewhere = await ward.station("other")
    assert (await elsewhere.pin((await elsewhere.tap(BOB)).body["id"], "123456")).body["state"] == "done"
    ward.clock.pass_by(2)
    again = await station.pin((await station.tap(ADA)).body["id"], "000000")
    assert again.body["refusal"]["wait"] == 4


async def test_a_completed_sign_in_locks_the_other_station_and_identification_does_not(ward: Hospital) -> None:
    here, there = await ward.station("a", "Ward 1"), await ward.station("b", "Ward 2")
    session = await here.open(ADA)
    ward.clock.pass_by(5 * HOUR)
    view = await there.tap(ADA)
    assert (await here.get(f"/v1/sessions/{session}")).body["state"] == "open"
    await there.pin(view.body["id"], "123456")
    assert (await here.get(f"/v1/sessions/{session}")).body["state"] == "locked"


async def test_an_exempt_station_stays_open(ward: Hospital) -> None:
    here, there = await ward.station("resus", "Resuscitation", exempt=True), await ward.station("b")
    session = await here.open(ADA)
    await there.open(ADA)
    assert (await here.get(f"/v1/sessions/{session}")).body["state"] == "open"


async def test_tap_over_leaves_one_open_session_at_a_station(ward: Hospital) -> None:
    station = await ward.station()
    first = await station.open(ADA)
    await station.open(BOB)
    assert (await station.get(f"/v1/sessions/{first}")).body["state"] == "locked"


async def test_a_session_of_another_workstation_cannot_be_seen(ward: Hospital) -> None:
    session = await (await ward.station()).open(ADA)
    assert (await (await ward.station("b")).get(f"/v1/sessions/{session}")).status == 404


async def test_unknown_badges_are_refused_and_look_alikes_named(ward: Hospital) -> None:
    station = await ward.station()
    unknown = await station.tap("04DEADBEEF1234")
    assert (unknown.body["state"], unknown.code, unknown.body["refusal"]["resembles"]) == (
        "refused",
        "unknown_badge",
        None,
    )
    backwards = await station.tap("C3B2A104")
    assert backwards.body["refusal"]["resembles"] == "reversed"
    assert [row["reason"] for row in await ward.trail("tap")] == ["unknown_badge"] * 2


async def test_numbers_of_a_wrong_length_and_random_ones_are_refused(ward: Hospital) -> None:
    station = await ward.station()
    for uid in ("", "04A1B2", "04A1B2C3D", "A1" * 17, "04a1b2c3", "ZZZZZZZZ"):
        assert (await station.tap(uid)).code == "bad_uid"
    for blank in ("00000000", "F" * 14):
        assert (await station.tap(blank)).code == "bad_uid", "a reader that has read nothing"
    for random in ("08A1B2C3", "01FE010203040506"):
        assert (await station.tap(random)).code == "random_uid"


async def test_what_a_first_byte_means_depends_on_whose_number_it_is(ward: Hospital) -> None:
    person = await ward.person("eve", "Eve Moss")
    await ward.badge(person, "08123456")
    station = await ward.station()

    async def tapped(uid: str, source: str) -> Answer:
        return await station.post(
            "/v1/ceremonies", {"presented": {"uid": uid, "kind": "uid", "source": source}, "tap": 1}
        )

    for source in ("layout", "other_chip"):
        assert (await tapped("08123456", source)).body["state"] != "refused"
    assert (await tapped("08123456", "uid")).code == "random_uid", "a chip's number would be somebody else's next time"
    assert (await tapped("FFFFFFFF", "layout")).code == "unknown_badge"
    for blank, source in (("FFFFFFFF", "other_chip"), ("00000000", "layout")):
        assert (await tapped(blank, source)).code == "bad_uid"
    assert (await tapped("08123456", "mine")).status == 422


async def test_a_badge_is_one_whichever_end_of_its_number_a_reader_says_first(ward: Hospital) -> None:
    person = await ward.person("eve", "Eve Moss")
    await ward.badge(person, "E0040150A1B2C3D4")
    station = await ward.station()
    for said in ("E0040150A1B2C3D4", "D4C3B2A1500104E0"):
        assert (await station.tap(said)).body["person"]["login"] == "eve"


async def test_a_card_enrolled_with_a_key_never_signs_in_by_its_number(ward: Hospital) -> None:
    person = await ward.person("carol", "Carol Danvers")
    await ward.db.write(badges.add_proof_card, ward.folder.keys.badge, person, bytes.fromhex("04CAFE00"), NOW)
    assert (await (await ward.station()).tap("04CAFE00")).code == "card_requires_proof"


async def test_a_suspended_person_is_refused_at_the_tap_and_in_mid_ceremony(ward: Hospital) -> None:
    station = await ward.station()
    view = await station.tap(ADA)
    await ward.db.write(people.set_active, view.body["person"]["id"], False)
    refused = await station.pin(view.body["id"], "123456")
    assert (refused.body["state"], refused.code) == ("refused", "suspended")
    assert (await station.tap(ADA)).code == "suspended"


async def test_a_ceremony_ends_by_itself_and_after_the_clock_was_set_back(ward: Hospital) -> None:
    station = await ward.station()
    for step in (120, -60):
        view = await station.tap(ADA)
        ward.clock.pass_by(step)
        late = await station.pin(view.body["id"], "123456")
        assert (late.body["state"], late.code) == ("refused", "expired")


async def test_a_finished_ceremony_takes_no_second_proof(ward: Hospital) -> None:
    station = await ward.station()
    view = await station.tap(ADA)
    await station.pin(view.body["id"], "123456")
    again = await station.pin(view.body["id"], "123456")
    assert (again.body["state"], again.code, again.body["session"]) == ("refused", "expired", None)


async def test_a_ceremony_belongs_to_the_workstation_that_began_it(ward: Hospital) -> None:
    view = await (await ward.station()).tap(ADA)
    stranger = await ward.station("b")
    assert (await stranger.pin(view.body["id"], "123456")).status == 404
    assert (await stranger.challenge(view.body["id"], "fido2")).status == 404
    assert (await stranger.post(f"/v1/ceremonies/{view.body['id']}/cancel", {"reason": "timeout"})).status == 404


async def test_a_cancelled_ceremony_is_over(ward: Hospital) -> None:
    station = await ward.station()
    view = await station.tap(ADA)
    path = f"/v1/ceremonies/{view.body['id']}/cancel"
    assert (await station.post(path, {"reason": "lifted"})).status == 204
    assert (await station.post(path, {"reason": "lifted"})).status == 204
    assert (await station.pin(view.body["id"], "123456")).code == "expired"
    assert [row["reason"] for row in await ward.trail("sign_in")] == ["lifted", "expired"]


async def test_whoever_is_slow_gets_more_time_ten_times(ward: Hospital) -> None:
    """WCAG 2.2, 2.2.1. After that it ends for good, however often more is asked for."""
    station = await ward.station()
    view = await station.tap(ADA)
    path = f"/v1/ceremonies/{view.body['id']}/more-time"
    given = []
    for _ in range(11):
        ward.clock.pass_by(115)
        given.append((await station.post(path, None)).body["expires_in"])
    assert given == [120] * 10 + [55]
    ward.clock.pass_by(given[10])
    assert (await station.post(path, None)).code == "not_under_way"
    assert (await station.pin(view.body["id"], "123456")).code == "expired"


async def test_more_time_is_for_the_station_that_began_it(ward: Hospital) -> None:
    view = await (await ward.station()).tap(ADA)
    stranger = await ward.station("b")
    assert (await stranger.post(f"/v1/ceremonies/{view.body['id']}/more-time", None)).status == 404


async def test_a_method_that_is_not_offered_gets_no_challenge(ward: Hospital) -> None:
    station = await ward.station()
    view = await station.tap(ADA)
    for method in ("fido2", "piv_pin", "pin", "fido2_tap"):
        answer = await station.challenge(view.body["id"], method)
        assert (answer.status, answer.code) == (409, "method_not_offered")
