"""A standing batch: two people agree once, and the records go in parts until so many have gone or its time is over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.service.admin import life, people
from kiosk.service.admin.act import Admin
from kiosk.service.audit.verify import verify
from kiosk.service.policy.cedar import book
from tests.fakes.client import NOW, Client
from tests.fakes.seconded import Pair, pair
from tests.fakes.service import Hospital

HOUR = 3600
BATCH: dict[str, Any] = {"records": 100, "lasts": HOUR, "audience": "https://export.example"}


async def _granted(two: Pair) -> tuple[Client, str]:
    app = await two.hospital.application()
    first = await two.waits(**BATCH)
    await two.here(first)
    return app, (await two.finish(first)).body["grant"]["token"]


async def test_its_token_is_used_in_parts(either: Hospital) -> None:
    two = await pair(either)
    app, token = await _granted(two)
    claims = await two.ward.claims(token)
    assert (claims["batch"], claims["exp"]) == ({"records": 100, "until": NOW + HOUR}, NOW + HOUR)
    assert claims["second"]["sub"] == "ben"
    for part, left in ((30, 70), (70, 0)):
        said = await app.post("/v1/tokens/redeem", {"token": token, "records": part})
        assert (said.status, said.body["left"]) == (200, left)
        either.clock.now += 600
    over = await app.post("/v1/tokens/redeem", {"token": token, "records": 1})
    assert (over.status, over.body["code"]) == (409, "already_used")
    parts = [(row["result"], row["detail"]["records"]) for row in await either.trail("token_redeemed")]
    assert parts == [("success", 30), ("success", 70), ("refused", 1)]
    report = await either.db.read(verify, either.folder.keys.checkpoint.public)
    assert report.finding is None, report.finding


async def test_no_more_than_was_agreed_to_and_no_later(service: Hospital) -> None:
    two = await pair(service)
    app, token = await _granted(two)
    assert (await app.post("/v1/tokens/redeem", {"token": token, "records": 101})).body["code"] == "already_used"
    assert (await app.post("/v1/tokens/redeem", {"token": token})).body["code"] == "bad_records"
    assert (await app.post("/v1/tokens/redeem", {"token": token, "records": -5})).body["code"] == "bad_records"
    service.clock.now += HOUR - 1
    assert (await app.post("/v1/tokens/redeem", {"token": token, "records": 1})).status == 200
    service.clock.now += 1
    assert (await app.post("/v1/tokens/redeem", {"token": token, "records": 1})).body["code"] == "bad_token"


async def test_it_always_takes_two_whatever_the_policy_asks(service: Hospital) -> None:
    two = await pair(service)
    few = await two.ward.station.step_up(two.ward.session, records=60)
    assert (await two.ward.by_key(few)).body["state"] == "done"
    assert (await two.waits(records=60, lasts=HOUR)).body["second"] is not None


async def test_what_is_no_batch(service: Hospital) -> None:
    two = await pair(service)
    wishes: list[dict[str, Any]] = [{"lasts": 59}, {"lasts": 8 * HOUR + 1}, {"lasts": -1}]
    wishes += [{"lasts": HOUR, "records": 0}]
    wishes += [{"action": "factor.reset", "resource": "Person/ben", "lasts": HOUR}]
    for ask in wishes:
        assert (await two.ward.station.step_up(two.ward.session, **ask)).body["code"] == "bad_batch"


def _admin(hospital: Hospital) -> Admin:
    return Admin("root", 0, int(hospital.clock()))


@pytest.mark.parametrize("whose", ["ada", "ben"])
@pytest.mark.parametrize("what", ["suspended", "left", "role"])
async def test_it_ends_with_the_right_of_either_and_does_not_come_back(either: Hospital, what: str, whose: str) -> None:
    two = await pair(either, "physician")
    app, token = await _granted(two)
    assert (await app.post("/v1/tokens/redeem", {"token": token, "records": 10})).status == 200
    who = _admin(either)
    if what == "role":
        await either.db.write(people.add_role, who, whose, "auditor")
        await either.db.write(people.remove_role, who, whose, "auditor")
    elif what == "left":
        await either.db.write(life.leave, who, whose)
    else:
        await either.db.write(people.suspend, who, whose)
        await either.db.write(people.resume, who, whose)
    over = await app.post("/v1/tokens/redeem", {"token": token, "records": 10})
    assert (over.status, over.body["code"]) == (410, "expired")
    report = await either.db.read(verify, either.folder.keys.checkpoint.public)
    assert report.finding is None, report.finding


async def test_whom_the_rules_leave_out_by_now_uses_no_more_of_it(service: Hospital) -> None:
    """The policy was changed, or a role was taken by SQL that ended nothing."""
    two = await pair(service)
    app, token = await _granted(two)
    nobody = book.read('@id("none")\n@says("None.")\nforbid (principal, action, resource);')
    service.app.state.service = service.service = replace(service.service, usual=nobody)
    over = await app.post("/v1/tokens/redeem", {"token": token, "records": 10})
    assert (over.status, over.body["code"]) == (403, "not_entitled")
    assert (await service.trail("token_redeemed"))[-1]["reason"] == "not_entitled"
