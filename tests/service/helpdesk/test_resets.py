"""Resets by the help desk: what gives a code, at once or later, and what is written down and told."""

from __future__ import annotations

from typing import Any

from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.jobs.housekeeping import tidy
from kiosk.service.store import factors, news, resets, start_codes
from kiosk.service.store.factors import short_of
from kiosk.service.store.resets import LAPSES
from tests.fakes.client import NOW, Answer
from tests.fakes.helpdesk import SEEN, Counter

DAY = 86_400


async def use(counter: Counter, answer: Answer) -> str | None:
    """Whose start code it is, as enrolment finds it out."""
    db, keys = counter.hospital.db, counter.hospital.folder.keys.badge
    used = await db.write(start_codes.use, keys, answer.body["code"], counter.hospital.service.now())
    return None if used is None else used.person


def pick(row: dict[str, Any], *names: str) -> list[Any]:
    return [row["detail"].get(name) for name in names]


async def test_a_nurse_gets_a_start_code_at_once_and_once(on_either: Counter) -> None:
    counter = on_either
    answer = await counter.reset("dora", "ben")
    assert answer.status == 200, answer.body
    assert (answer.body["state"], answer.body["login"], answer.body["expires_in"]) == ("code", "ben", 900)
    assert len(answer.body["code"]) == 12
    assert await use(counter, answer) == counter["ben"].id
    assert await use(counter, answer) is None
    trail = await counter.hospital.trail()
    begun, given = (next(row for row in trail if row["action"] == action) for action in ("reset", "reset_code"))
    assert (begun["login"], begun["station"]) == ("ben", "desk")
    assert pick(begun, "seen", "by_login", "wait", "second", "told") == [SEEN, "dora", 0, False, True]
    assert pick(given, "reset", "by_login") == [answer.body["id"], "dora"]
    assert answer.body["code"] not in str(trail)
    assert await counter.told() == [("ben", "reset_begun")]


async def test_what_is_lost_is_suspended_with_the_reset(counter: Counter) -> None:
    at_work = await counter.hospital.station("ward", "Ward 1")
    await counter.sign_in("ben", at_work)
    mark = f"key:{counter['ben'].key.credential_id[:8]}"
    answer = await counter.reset("dora", "ben", SEEN, (mark,))
    assert answer.body["state"] == "code", answer.body
    has = {
        factor.kind: factor.suspended for factor in await counter.hospital.db.read(factors.of_person, counter["ben"].id)
    }
    assert has["key"] is not None
    assert has["badge"] is None
    row = (await counter.hospital.trail("reset"))[-1]
    assert pick(row, "lost", "sessions_locked") == [[short_of(f"key:{counter['ben'].key.credential_id}")], 1]
    assert sorted(await counter.told()) == [("ben", "factor_lost"), ("ben", "reset_begun")]


async def test_a_supervisor_waits_a_day_for_theirs(on_either: Counter) -> None:
    counter = on_either
    begun = await counter.reset("dora", "eve")
    assert (begun.body["state"], begun.body["code"], begun.body["due"]) == ("waiting", None, NOW + DAY)
    early = await counter.code("dora", begun.body["id"])
    assert (early.status, early.code) == (409, "too_early")
    counter.hospital.clock.pass_by(DAY)
    other = await counter.code("dirk", begun.body["id"])
    assert (other.status, other.code) == (403, "not_yours")
    answer = await counter.code("dora", begun.body["id"].lower())
    assert answer.body["state"] == "code", answer.body
    assert await use(counter, answer) == counter["eve"].id
    again = await counter.code("dora", begun.body["id"])
    assert (again.status, again.code) == (409, "over")


async def test_a_second_person_of_the_help_desk_shortens_it(on_either: Counter) -> None:
    counter = on_either
    begun = await counter.reset("dora", "eve")
    agreed = await counter.approve("dirk", begun.body["id"])
    assert agreed.body["state"] == "ready", agreed.body
    twice = await counter.approve("dirk", begun.body["id"])
    assert (twice.status, twice.code) == (409, "agreed_already")
    answer = await counter.code("dora", begun.body["id"])
    assert answer.body["state"] == "code", answer.body
    assert sorted(kind for _, kind in await counter.told()) == ["reset_approved", "reset_begun"]
    assert (await counter.hospital.trail("reset_approved"))[0]["detail"]["by_login"] == "dirk"


async def test_the_second_reset_within_ninety_days_is_a_risk(on_either: Counter) -> None:
    counter = on_either
    first = await counter.reset("dora", "ben")
    assert (first.body["state"], first.body["risk"]) == ("code", None)
    counter.hospital.clock.pass_by(89 * DAY)
    begun = await counter.reset("dora", "ben")
    assert (begun.body["state"], begun.body["risk"]) == ("second", "repeated")
    row = (await counter.hospital.trail("reset"))[-1]
    assert (row["reason"], row["detail"]["earlier"]) == ("repeated", 1)
    alone = await counter.code("dora", begun.body["id"])
    assert (alone.status, alone.code) == (409, "second_needed")
    assert (await counter.approve("eve", begun.body["id"])).body["state"] == "ready"
    assert (await counter.code("dora", begun.body["id"])).body["state"] == "code"


async def test_one_that_is_long_ago_is_no_risk(counter: Counter) -> None:
    await counter.reset("dora", "ben")
    counter.hospital.clock.pass_by(91 * DAY)
    assert (await counter.reset("dora", "ben")).body["state"] == "code"


async def test_a_new_reset_takes_the_place_of_the_one_before(counter: Counter) -> None:
    begun = await counter.reset("dora", "eve")
    await counter.reset("dirk", "eve")
    answer = await counter.approve("dirk", begun.body["id"])
    assert (answer.status, answer.code) == (409, "over")


async def test_a_code_that_nobody_fetches_lapses(counter: Counter) -> None:
    begun = await counter.reset("dora", "eve")
    counter.hospital.clock.pass_by(DAY + LAPSES)
    late = await counter.code("dora", begun.body["id"])
    assert (late.status, late.code) == (409, "over")
    await counter.hospital.db.write(tidy, counter.hospital.service.now())
    found = await counter.hospital.db.read(resets.find, begun.body["id"])
    assert found is not None
    assert found.ended_why == "lapsed"
    assert (await counter.hospital.trail("reset_lapsed"))[0]["login"] == "eve"


async def test_what_happened_is_told_at_the_next_sign_in(counter: Counter) -> None:
    await counter.sign_in("ben")
    await counter.reset("dora", "ben")
    assert await counter.hospital.db.write(news.take, counter["ben"].id) == ("reset",)


async def test_a_reset_ends_with_whoever_it_is_for_began_or_agreed_to_it(on_either: Counter) -> None:
    counter = on_either
    db, admin = counter.hospital.db, Admin("root", 0, NOW)
    for suspended in ("eve", "dora", "dirk"):
        begun = (await counter.reset("dora", "eve")).body["id"]
        await counter.approve("dirk", begun)
        await db.write(people.suspend, admin, suspended)
        assert (await counter.hospital.trail("admin"))[-1]["detail"]["resets_ended"] == [begun]
        await db.write(people.resume, admin, suspended)
        assert (await counter.code("dora", begun)).code == "over"
