"""A receiver fetches its signals (RFC 8936): kept until it says that it has them, in their order, and once."""

from __future__ import annotations

import asyncio
from typing import Any

from kiosk.service.admin import life, people
from kiosk.service.routes import signal_streams
from kiosk.service.signals import delivering
from tests.fakes.asking import make
from tests.fakes.service import Hospital
from tests.fakes.signal_streams import POLL, PUSH, STATUS, owner
from tests.fakes.signals import ADMIN, SignalPeer


async def stopped(hospital: Hospital) -> None:
    """Three signals: the credential, and twice the sessions."""
    await hospital.db.write(life.report_lost, ADMIN, "ada", "pin")
    await hospital.db.write(people.suspend, ADMIN, "ada")


async def test_signals_are_kept_until_they_are_acknowledged(either: Hospital) -> None:
    await make(either)
    mine = await owner(either)
    assert (await mine.poll()).body == {"sets": {}, "moreAvailable": False}
    await stopped(either)
    first = await mine.poll()
    assert await mine.names(first) == ["credential-change", "session-revoked", "session-revoked"]
    again = await mine.poll(maxEvents=2)
    assert list(again.body["sets"]) == list(first.body["sets"])[:2], "the same, in the same order"
    assert again.body["moreAvailable"] is True
    rest = await mine.poll(ack=list(again.body["sets"]))
    assert list(rest.body["sets"]) == list(first.body["sets"])[2:]
    assert (await mine.poll(ack=list(rest.body["sets"]), maxEvents=0)).body["sets"] == {}
    assert (await mine.poll()).body == {"sets": {}, "moreAvailable": False}


async def test_one_that_cannot_be_used_is_given_up_with_a_row(service: Hospital) -> None:
    await make(service)
    mine = await owner(service)
    await stopped(service)
    first, *rest = (await mine.poll()).body["sets"]
    errors = {first: {"err": "invalid_key", "description": "no such key"}, "no-such": {"err": "x"}}
    assert list((await mine.poll(setErrs=errors)).body["sets"]) == rest
    assert list((await mine.poll(setErrs=errors)).body["sets"]) == rest
    (row,) = await service.trail("signals_refused")
    assert row["detail"] == {"app": "portal", "number": 1, "signals": [first]}


async def test_of_a_paused_stream_only_what_tells_of_itself_is_fetched(service: Hospital) -> None:
    await make(service)
    mine = await owner(service)
    await stopped(service)
    assert (await mine.send("POST", STATUS, {"stream_id": mine.id, "status": "paused"})).status == 200
    asked = {"stream_id": mine.id, "state": "here"}
    assert (await mine.send("POST", "/v1/signals/verification", asked)).status == 204
    assert await mine.names(await mine.poll()) == ["verification"]
    assert (await mine.send("POST", STATUS, {"stream_id": mine.id, "status": "enabled"})).status == 200
    assert len((await mine.poll()).body["sets"]) == 4


async def test_what_waits_goes_the_other_way_once_that_is_chosen(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    mine = await owner(service, uri=f"{peer.uri}/signals")
    assert (await mine.of_stream("PATCH", delivery={"method": POLL})).status == 200
    await stopped(service)
    waiting = (await mine.poll()).body["sets"]
    assert (len(waiting), peer.got) == (3, []), "nothing is posted"
    pushed = {"method": PUSH, "endpoint_url": f"{peer.uri}/elsewhere"}
    assert (await mine.of_stream("PATCH", delivery=pushed)).status == 200
    assert (await mine.poll()).body["code"] == "not_poll"
    await delivering.once(service.service)
    assert len(peer.got) == 3


async def test_a_poll_waits_for_a_signal_and_another_takes_its_place(service: Hospital, monkeypatch: Any) -> None:
    monkeypatch.setattr(signal_streams, "LOOK_EVERY", 0.01)
    await make(service)
    mine = await owner(service)
    polls = service.app.state.signal_polls

    async def waits() -> asyncio.Task[Any]:
        before = polls.get(mine.id)
        task = asyncio.create_task(mine.poll(returnImmediately=False))
        while polls.get(mine.id) in (None, before):  # noqa: ASYNC110  (until it waits)
            await asyncio.sleep(0)
        return task

    first = await waits()
    second = await waits()
    assert (await first).body["sets"] == {}, "the later one took its place"
    await stopped(service)
    await delivering.once(service.service)
    assert len((await second).body["sets"]) == 3
    assert polls == {}
