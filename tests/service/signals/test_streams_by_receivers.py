"""A receiver makes, changes and ends its own stream (SSF 1.0 section 8.1), within what an administrator registered."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.service.admin import people
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.signals import registering
from tests.fakes.asking import make
from tests.fakes.client import ORIGIN
from tests.fakes.service import Hospital
from tests.fakes.signal_streams import POLL, PUSH, STATUS, STREAM, owner
from tests.fakes.signals import ADMIN, CAEP, SignalPeer

URI = "https://portal.example/signals"
REVOKED, CHANGE = CAEP + "session-revoked", CAEP + "credential-change"


async def test_discovery_says_how_streams_are_made_and_fetched(service: Hospital) -> None:
    said = (await service.http.get("/.well-known/ssf-configuration")).json()
    assert said["delivery_methods_supported"] == [PUSH, POLL]
    assert said["configuration_endpoint"] == ORIGIN + STREAM
    assert said["add_subject_endpoint"] == f"{ORIGIN}/v1/signals/subjects/add"
    assert said["remove_subject_endpoint"] == f"{ORIGIN}/v1/signals/subjects/remove"


async def test_a_stream_from_its_making_to_its_end(either: Hospital) -> None:
    mine = await owner(either, uri=URI)
    assert (await mine.of_stream("POST")).status == 409, "an administrator made it"
    assert (await mine.delete()).status == 204
    assert (await mine.send("GET", STREAM)).body == []
    for method, path in (("GET", f"{STREAM}?stream_id={mine.id}"), ("GET", f"{STATUS}?stream_id={mine.id}")):
        assert (await mine.send(method, path)).status == 404
    assert (await mine.of_stream("PATCH", description="x")).status == 404
    made = await mine.of_stream("POST", events_requested=[REVOKED, "https://events.example/other"], description="Ours")
    assert made.status == 201
    assert made.body["delivery"] == {"method": POLL, "endpoint_url": f"{ORIGIN}/v1/signals/poll/{mine.id}"}
    assert (made.body["stream_id"], made.body["iss"], made.body["aud"]) == (mine.id, ORIGIN, "https://portal.example")
    assert (made.body["events_requested"], made.body["events_delivered"]) == ([REVOKED], [REVOKED])
    assert made.body["description"] == "Ours"
    assert (await mine.send("GET", STREAM)).body == [made.body]
    pushed = {"method": PUSH, "endpoint_url": "https://portal.example/other?a=1"}
    changed = await mine.of_stream("PATCH", delivery=pushed)
    assert changed.body == {**made.body, "delivery": pushed}
    whole = await mine.of_stream("PUT", **{**changed.body, "events_requested": [CHANGE], "events_delivered": None})
    assert whole.status == 200, whole.body
    assert (whole.body["events_delivered"], whole.body["delivery"]) == ([CHANGE], pushed)
    least = await mine.of_stream("PUT")
    assert (len(least.body["events_delivered"]), least.body["delivery"]["method"]) == (3, POLL)
    assert "description" not in least.body
    told = [row["detail"]["change"] for row in await either.trail("signal_stream")]
    assert told == ["deleted", "created", "changed", "replaced", "replaced"]


@pytest.mark.parametrize(
    "said",
    [
        {"delivery": {"method": PUSH}},
        {"delivery": {"method": "urn:example:pigeon"}},
        {"delivery": {"method": POLL, "endpoint_url": "https://portal.example/mine"}},
        {"delivery": {"method": PUSH, "endpoint_url": URI, "authorization_header": "Bearer x"}},
        {"events_requested": []},
        {"events_requested": [CAEP + "device-compliance-change"]},
        {"events_requested": [REVOKED] * 33},
        {"description": "x" * 201},
        {"description": "a\nb"},
        {"iss": "https://else.example"},
        {"aud": "https://else.example"},
        {"events_supported": [REVOKED]},
        {"min_verification_interval": 0},
        {"format": "email"},
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_and_changes_nothing(service: Hospital, said: dict[str, Any]) -> None:
    mine = await owner(service, uri=URI)
    before = (await mine.send("GET", STREAM)).body
    for method in ("PATCH", "PUT"):
        answer = await mine.of_stream(method, **said)
        assert (answer.status, answer.body["code"]) == (400, "bad_stream"), answer.body
    assert (await mine.send("GET", STREAM)).body == before
    assert await service.trail("signal_stream") == []


async def test_what_an_administrator_stopped_stays_stopped_in_a_new_stream(service: Hospital) -> None:
    mine = await owner(service)
    await service.db.write(registering.set_status, ADMIN, "portal", "paused", "An administrator paused it.")
    assert (await mine.delete()).status == 204
    assert (await mine.of_stream("POST")).status == 201
    assert (await mine.send("GET", f"{STATUS}?stream_id={mine.id}")).body["status"] == "paused"
    body = {"stream_id": mine.id, "status": "enabled"}
    assert (await mine.send("POST", STATUS, body)).status == 403


async def test_an_administrator_tells_nothing_to_a_stream_that_was_ended(service: Hospital) -> None:
    mine = await owner(service)
    assert (await mine.delete()).status == 204
    with pytest.raises(ActRefusedError, match="ended its stream"):
        await service.db.write(registering.verify, ADMIN, "portal")
    with pytest.raises(ActRefusedError, match="ended its stream"):
        await service.db.write(registering.set_status, ADMIN, "portal", "paused", None)
    await service.db.write(registering.remove_receiver, ADMIN, "portal")
    assert (await mine.of_stream("POST")).status == 404


async def test_only_what_was_asked_for_is_told(either: Hospital) -> None:
    await make(either)
    mine = await owner(either)
    assert (await mine.of_stream("PATCH", events_requested=[CHANGE])).status == 200
    await either.db.write(people.suspend, ADMIN, "ada")
    assert await mine.names(await mine.poll()) == []
    assert (await mine.of_stream("PATCH", events_requested=[CHANGE, REVOKED])).status == 200
    await either.db.write(people.resume, ADMIN, "ada")
    await either.db.write(people.suspend, ADMIN, "ada")
    assert await mine.names(await mine.poll()) == ["session-revoked"]


async def test_a_stream_that_is_deleted_keeps_nothing(service: Hospital, peer: SignalPeer) -> None:
    await make(service)
    mine = await owner(service)
    await service.db.write(people.suspend, ADMIN, "ada")
    assert len((await mine.poll()).body["sets"]) == 1
    assert (await mine.delete()).status == 204
    await service.db.write(people.resume, ADMIN, "ada")
    await service.db.write(people.suspend, ADMIN, "ada")
    assert (await mine.poll()).status == 404
    assert (await mine.of_stream("POST")).status == 201
    assert (await mine.poll()).body == {"sets": {}, "moreAvailable": False}


async def test_who_is_left_out_is_not_told_of_until_taken_in(either: Hospital) -> None:
    ward = await make(either)
    mine, other = await owner(either), await owner(either, "other", form="opaque")
    subject = {"format": "iss_sub", "iss": ORIGIN, "sub": ward.person}
    for _ in range(2):
        assert (await mine.subject("remove", subject)).status == 204
    await either.db.write(people.suspend, ADMIN, "ada")
    assert await mine.names(await mine.poll()) == []
    assert await mine.names(await other.poll()) == ["session-revoked"]
    for _ in range(2):
        assert (await mine.subject("add", subject)).status == 200
    await either.db.write(people.resume, ADMIN, "ada")
    await either.db.write(people.suspend, ADMIN, "ada")
    assert await mine.names(await mine.poll()) == ["session-revoked"]
    told = [(row["person"], row["detail"]["change"]) for row in await either.trail("signal_subject")]
    assert told == [(ward.person, "removed"), (ward.person, "added")]
