"""Attacks by receivers of signals: on another's stream, the network behind the service, its disk, and the truth."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete, insert, select

from kiosk.service.admin import people
from kiosk.service.signals import leaving_out, overfull, polling
from kiosk.service.store import signal_events
from kiosk.service.store.schema import signal_event, signal_left_out
from tests.fakes.asking import make
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.service import Hospital
from tests.fakes.signal_streams import PUSH, STATUS, STREAM, StreamOwner, owner
from tests.fakes.signals import ADMIN


async def suspended(hospital: Hospital) -> None:
    await hospital.db.write(people.suspend, ADMIN, "ada")


async def test_another_receivers_stream_is_neither_seen_nor_touched(either: Hospital) -> None:
    await make(either)
    mine, other = await owner(either), await owner(either, "other")
    await suspended(either)
    (jti,) = (await mine.poll()).body["sets"]
    thief = StreamOwner(either, other.client)
    for method, path, body in (
        ("PATCH", STREAM, {"stream_id": mine.id, "description": "mine now"}),
        ("PUT", STREAM, {"stream_id": mine.id}),
        ("DELETE", f"{STREAM}?stream_id={mine.id}", None),
        ("POST", f"/v1/signals/poll/{mine.id}", {"returnImmediately": True, "ack": [jti]}),
        ("POST", "/v1/signals/subjects/remove", {"stream_id": mine.id, "subject": {"format": "opaque", "id": "ada"}}),
        ("POST", "/v1/signals/subjects/add", {"stream_id": mine.id, "subject": {"format": "opaque", "id": "ada"}}),
    ):
        assert (await thief.send(method, path, body)).status == 404, path
    # Nor by an acknowledgement in its own stream of what is somebody else's.
    await thief.poll(ack=[jti], setErrs={jti: {"err": "invalid_request"}})
    assert list((await mine.poll()).body["sets"]) == [jti]
    assert await either.trail("signals_refused") == []


async def test_a_stranger_and_a_workstation_reach_no_stream(service: Hospital) -> None:
    ward = await make(service)
    mine = await owner(service)
    nobody = await service.application("nobody", "https://nobody.example")
    stranger = StreamOwner(service, nobody)
    assert (await stranger.of_stream("POST")).status == 404, "nobody registered it"
    assert (await stranger.send("GET", STREAM)).status == 404
    assert (await ward.station.post(STREAM, {})).status == 403
    for path in (STREAM, f"/v1/signals/poll/{mine.id}", "/v1/signals/subjects/remove"):
        assert (await service.http.post(path, json={})).status_code in (401, 422)
        assert (await service.http.post(path, json={"stream_id": mine.id, "subject": {}})).status_code in (401, 422)


async def test_what_was_acknowledged_never_comes_again(service: Hospital) -> None:
    await make(service)
    mine = await owner(service)
    await suspended(service)
    (jti,) = (await mine.poll()).body["sets"]
    for _ in range(2):
        assert (await mine.poll(ack=[jti])).body["sets"] == {}
    # Refused afterwards, it is not given up a second time, and no row says that it was.
    assert (await mine.poll(setErrs={jti: {"err": "jws"}})).body["sets"] == {}
    assert await service.trail("signals_refused") == []


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1/signals",
        "https://localhost/signals",
        "https://[::1]/signals",
        "https://169.254.169.254/latest/meta-data",
        "https://portal.example.evil.example/signals",
        "https://evil.example/https://portal.example/",
        "https://portal.example:8443/signals",
        "https://portal.example@evil.example/signals",
        "https://user:word@portal.example/signals",
        "http://portal.example/signals",
        "https://portal.example\\@evil.example/signals",
        "https://portal.example/signals#part",
        "https://portal.example./signals",
        "file:///etc/passwd",
        "//portal.example/signals",
        "https://portal.example:0/",
        "https://portal.example:x/",
        "https://" + "a" * 2000,
        "",
    ],
)
async def test_signals_are_pushed_to_the_registered_server_alone(service: Hospital, uri: str) -> None:
    mine = await owner(service, uri="https://portal.example/signals")
    before = (await mine.send("GET", STREAM)).body
    for method in ("PATCH", "PUT"):
        answer = await mine.of_stream(method, delivery={"method": PUSH, "endpoint_url": uri})
        assert (answer.status, answer.body["code"]) == (400, "bad_stream"), uri
    assert (await mine.send("GET", STREAM)).body == before


async def test_who_is_registered_to_fetch_has_nothing_pushed_anywhere(service: Hospital) -> None:
    mine = await owner(service)
    for uri in ("https://portal.example/signals", "https://127.0.0.1/"):
        answer = await mine.of_stream("PATCH", delivery={"method": PUSH, "endpoint_url": uri})
        assert (answer.status, answer.body["code"]) == (400, "bad_stream")


async def test_a_queue_that_nobody_empties_ends_by_itself(either: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal_events, "MAX_WAITING", 3)
    await make(either)
    mine, other = await owner(either), await owner(either, "other")
    for _ in range(6):
        await suspended(either)
        await either.db.write(people.resume, ADMIN, "ada")
        await mine.poll()
        await other.poll(ack=list((await other.poll()).body["sets"]))
    kept = await mine.poll(maxEvents=100)
    assert await mine.names(kept) == ["stream-updated"]
    assert (await mine.send("GET", f"{STATUS}?stream_id={mine.id}")).body["status"] == "disabled"
    assert (await other.send("GET", f"{STATUS}?stream_id={other.id}")).body["status"] == "enabled"
    assert await either.db.read(signal_events.waiting, mine.id) == 1
    (row,) = [row for row in await either.trail("signal_stream") if row["reason"] == "too_many_waiting"]
    assert row["detail"]["said"] == overfull.WHY
    # The receiver goes on by itself; what it missed, it does not get.
    assert (await mine.send("POST", STATUS, {"stream_id": mine.id, "status": "enabled"})).status == 200
    await mine.poll(ack=list(kept.body["sets"]))
    await suspended(either)
    assert await mine.names(await mine.poll()) == ["session-revoked"]


async def test_verification_events_fill_no_queue(service: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal_events, "MAX_WAITING", 2)
    mine, answers = await owner(service), []
    for _ in range(4):
        service.clock.pass_by(10)
        answers.append((await mine.send("POST", "/v1/signals/verification", {"stream_id": mine.id})).status)
    assert answers == [204, 204, 429, 429]


async def test_a_poll_is_bounded_in_what_it_says_and_gets(service: Hospital) -> None:
    await make(service)
    mine = await owner(service)
    for said in (
        {"ack": ["x"] * (polling.MAX_SAID + 1)},
        {"ack": ["x" * (polling.MAX_JTI + 1)]},
        {"maxEvents": -1},
        {"setErrs": {"x" * (polling.MAX_JTI + 1): {"err": "jws"}}},
    ):
        answer = await mine.poll(**said)
        assert (answer.status, answer.body["code"]) == (400, "bad_poll")
    assert (await mine.poll(maxEvents=True)).status == 422
    assert (await mine.poll(maxEvents=10**12)).status == 200


async def test_nobody_learns_who_works_here_nor_leaves_everybody_out(
    service: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving_out, "MAX_LEFT_OUT", 1)
    await make(service)
    await service.person("ben")
    mine = await owner(service, form="opaque")
    known, unknown = ({"format": "opaque", "id": name} for name in ("ada", "nobody"))
    assert (await mine.subject("remove", known)).status == (await mine.subject("remove", unknown)).status == 204
    assert (await mine.subject("add", unknown)).status == 200
    assert (await mine.subject("remove", {"format": "opaque", "id": "ben"})).status == 403
    for odd in ({"format": "iss_sub", "iss": ORIGIN, "sub": "x"}, {"format": "email", "email": "ada"}, {}):
        assert (await mine.subject("remove", odd)).body["code"] == "bad_subject"


async def test_who_changes_the_database_silences_nobody(service: Hospital) -> None:
    """Neither by a row of their own, nor by one that was taken back and is put there again."""
    service.tampered = True
    ward = await make(service)
    mine = await owner(service)
    forged = {"application": mine.id, "person": ward.person, "created": NOW, "mac": b"\x00" * 44}
    await service.db.write(lambda conn: conn.execute(insert(signal_left_out).values(forged)))
    await suspended(service)
    assert len((await mine.poll()).body["sets"]) == 1
    await service.db.write(lambda conn: conn.execute(delete(signal_left_out)))
    subject = {"format": "iss_sub", "iss": ORIGIN, "sub": ward.person}
    await mine.subject("remove", subject)

    def taken(conn: Connection) -> dict[str, object]:
        return dict(conn.execute(select(signal_left_out)).one()._mapping)

    kept = await service.db.read(taken)
    await mine.subject("add", subject)
    await service.db.write(lambda conn: conn.execute(insert(signal_left_out).values(kept)))
    await service.db.write(people.resume, ADMIN, "ada")
    await suspended(service)
    assert len((await mine.poll()).body["sets"]) == 2


async def test_a_forged_signal_is_not_handed_out(service: Hospital) -> None:
    service.tampered = True
    await make(service)
    mine = await owner(service)
    forged = {"id": "forged", "application": mine.id, "kind": "session-revoked", "body": "{}", "created": NOW}
    await service.db.write(lambda conn: conn.execute(insert(signal_event).values(**forged, due=NOW, mac=b"")))
    assert (await mine.poll()).body["sets"] == {}
    assert await service.db.read(signal_events.waiting, mine.id) == 0
