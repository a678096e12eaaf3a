"""Somebody says no, elsewhere or on a phone, and the station that asked goes on as if nobody had: it gets nothing."""

from __future__ import annotations

import pytest
import pytest_asyncio

from kiosk.model.refusal import RefusalCode
from tests.attacks.test_approval_on_a_phone import approvals
from tests.fakes.asking import make
from tests.fakes.client import Answer
from tests.fakes.phones import OnPhone, code_of, on_phone
from tests.fakes.seconded import CHLOE, Colleague, Pair, by_key, colleague, pair
from tests.fakes.service import Hospital

__all__ = ["approvals"]


@pytest_asyncio.fixture
async def two(service: Hospital) -> Pair:
    return await pair(service)


async def ended(two: Pair, first: Answer) -> None:
    """Nobody can agree any more, by no way, and the trail has said so once, before anybody asked what came of it."""
    chloe = await colleague(two.hospital, "chloe", "Chloe Petit", CHLOE, "ward-5-a")
    [row] = [row for row in await two.hospital.trail("stepup") if row["result"] == "refused"]
    assert (row["reason"], row["login"], row["ceremony"]) == ("second_refused", "ada", first.body["id"])
    for answer in (await two.tapped(first, chloe.badge), await two.typed(first, "chloe")):
        assert (answer.status, answer.code) == (409, "expired")
    assert (await two.ward.station.challenge(first.body["id"], "fido2")).code == "expired"
    done = await two.finish(first)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "second_refused")
    assert len([row for row in await two.hospital.trail("stepup") if row["result"] == "refused"]) == 1


async def says_no(two: Pair, station: Colleague | None, view: Answer) -> None:
    client = station.station if station is not None else two.ward.station
    path = f"/v1/ceremonies/{view.body['id']}/cancel"
    assert (await client.post(path, {"reason": "refused_by_person"})).status == 204


async def test_a_colleague_elsewhere_said_no(two: Pair) -> None:
    first = await two.waits()
    await two.typed(first)
    await says_no(two, two.ben, await two.shown())
    await ended(two, first)


async def test_a_colleague_said_no_at_the_very_station(two: Pair) -> None:
    first = await two.waits()
    await says_no(two, None, await two.tapped(first))
    await ended(two, first)


async def test_a_colleague_silenced_whoever_asks(two: Pair) -> None:
    first = await two.waits()
    await two.typed(first)
    asked = (await two.ben.station.get(f"/v1/sessions/{two.ben.session}/asked")).body["questions"]
    path = f"/v1/sessions/{two.ben.session}/asked/{asked[0]['id']}/decline"
    assert (await two.ben.station.post(path, None)).status == 204
    await ended(two, first)


async def test_another_who_was_proving_already_comes_too_late(two: Pair) -> None:
    """Chloe is at it where the step-up waits, while Ben says no elsewhere."""
    chloe = await colleague(two.hospital, "chloe", "Chloe Petit", CHLOE, "ward-5-a")
    first = await two.waits()
    await two.typed(first)
    view = await two.shown()
    theirs = await two.tapped(first, chloe.badge)
    await says_no(two, two.ben, view)
    late = await by_key(two.ward.station, chloe.key, theirs)
    assert late.body["state"] == "refused"
    assert (await two.finish(first)).body["refusal"]["code"] == "second_refused"


@pytest.mark.usefixtures("approvals")
@pytest.mark.parametrize("how", ["refuse", "report"])
async def test_a_no_on_the_phone_ends_every_other_way_too(service: Hospital, how: str) -> None:
    made = await on_phone(await make(service))
    view = await made.asks()
    key_challenge = await made.ward.station.challenge(view.body["id"], "fido2")
    asked = await made.on_phone(view)
    await _no(made, how, asked)
    proof = made.ward.key.sign(key_challenge.body)
    late = await made.ward.station.prove(view.body["id"], proof)
    assert (late.body["state"], late.body["refusal"]["code"]) == ("refused", RefusalCode.CANCELLED.value)
    assert late.body["grant"] is None
    assert (await made.ward.station.challenge(view.body["id"], "fido2")).code == "expired"
    [row] = [row for row in await service.trail("stepup") if "on_phone" in row.get("detail", {})]
    assert (row["reason"], row["ceremony"], row["login"]) == ("refused_by_person", view.body["id"], "ada")
    assert row["detail"]["on_phone"] == {"refuse": "refused", "report": "reported"}[how]
    assert (await made.asks()).body["state"] == "prove", "the next one is another one"


async def _no(made: OnPhone, how: str, asked: dict[str, str]) -> None:
    if how == "report":
        assert await made.phone.report(asked) == "reported"
    else:
        sent = {"code": code_of(asked["uri"]), "number": asked["number"]}
        assert await made.phone.outcome("refuse", sent) == "refused"
