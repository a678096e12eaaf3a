"""The event stream: what a workstation is told, by whichever process, and how it ends.

The stream's body is read straight from the application: httpx's in-process transport waits for a whole answer.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest_asyncio
from sqlalchemy import Connection

from kiosk.model.wire import StationEvent
from kiosk.service.app import build
from kiosk.service.routes.event_hub import MAX_STREAMS_A_STATION, MAX_WAITING, SPREAD_A_STREAM, Stream
from kiosk.service.store import events, workstations
from tests.fakes.client import NOW, Client
from tests.fakes.service import Hospital

ADA = "04A1B2C3"


class Listening:
    """An open stream, read event by event. ``ended`` once the service has closed it."""

    def __init__(self, hospital: Hospital, app: Any, headers: dict[str, str]) -> None:
        self._lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.back_in: int | None = None
        self._gone = asyncio.Event()
        self._asked = False
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": "/v1/events",
            "raw_path": b"/v1/events",
            "query_string": b"",
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "server": ("auth.hospital.example", 443),
            "client": ("127.0.0.1", 1),
        }
        self._task = asyncio.create_task(app(scope, self._receive, self._send))
        del hospital

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
            return
        for block in message.get("body", b"").decode().split("\n\n"):
            told = [int(line[7:]) for line in block.splitlines() if line.startswith("retry: ")]
            self.back_in = told[0] if told else self.back_in
            data = [line[6:] for line in block.splitlines() if line.startswith("data: ")]
            if data:
                self._lines.put_nowait(json.loads(data[0]))
        if not message.get("more_body", False):
            self._lines.put_nowait(None)

    async def next(self) -> dict[str, Any] | None:
        """The next event; None when the stream has ended."""
        async with asyncio.timeout(10):
            return await self._lines.get()

    async def close(self) -> None:
        """Go away."""
        self._gone.set()
        await asyncio.wait_for(self._task, 10)


class Wire:
    """Opens streams on a second application over the same database: another replica."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital
        self.app, self.whole = build(hospital.service)
        self.open: list[Listening] = []

    async def listen(self, station: Client, last: int | None = None) -> Listening:
        """An open stream that has said hello."""
        await station.get("/v1/workstation")
        headers = station.signed("GET", "/v1/events")
        if last is not None:
            headers["Last-Event-ID"] = f"{self.app.state.hub.epoch}.{last}"
        made = Listening(self.hospital, self.whole, headers)
        self.open.append(made)
        hello = await made.next()
        assert hello is not None
        assert hello["kind"] == "hello"
        return made

    async def close(self) -> None:
        """Close everything."""
        for stream in self.open:
            await stream.close()
        await self.app.state.hub.stop()


@pytest_asyncio.fixture
async def wire(either: Hospital) -> Any:
    made = Wire(either)
    yield made
    await made.close()


async def test_a_sign_in_elsewhere_is_told_at_once_with_its_place(wire: Wire) -> None:
    await wire.hospital.badge(await wire.hospital.person("ada"), ADA)
    here, there = await wire.hospital.station("a", "Ward 1"), await wire.hospital.station("b", "Ward 2")
    session = await here.open(ADA)
    stream, other = await wire.listen(here), await wire.listen(there)
    await there.open(ADA)
    event = await stream.next()
    assert event is not None
    assert (event["kind"], event["session"], event["where"], event["reason"]) == (
        "lock",
        session,
        "Ward 2",
        "elsewhere",
    )
    await wire.hospital.db.write(events.add, there.client_id, "settings", NOW)
    mine = await other.next()
    assert mine is not None
    assert mine["kind"] == "settings"


async def test_what_was_missed_comes_by_its_last_id_and_only_once(wire: Wire) -> None:
    station = await wire.hospital.station()

    def several(conn: Connection) -> None:
        for kind in ("settings", "lock", "end"):
            events.add(conn, station.client_id, kind, NOW)

    await wire.hospital.db.write(several)
    all_of_them = await wire.listen(station, 0)
    seen = [await all_of_them.next() for _ in range(3)]
    assert [event["kind"] for event in seen if event] == ["settings", "lock", "end"]
    assert seen[1] is not None
    rest = await wire.listen(station, seen[1]["id"])
    last = await rest.next()
    assert last is not None
    assert last["kind"] == "end"
    await wire.hospital.db.write(events.add, station.client_id, "settings", NOW)
    for stream in (all_of_them, rest):
        new = await stream.next()
        assert new is not None
        assert new["kind"] == "settings"


async def test_revoking_a_workstation_ends_its_streams_and_no_others(wire: Wire) -> None:
    station, other = await wire.hospital.station("a"), await wire.hospital.station("b")
    stream, theirs = await wire.listen(station), await wire.listen(other)
    await wire.hospital.db.write(workstations.revoke, station.client_id, NOW)
    event = await stream.next()
    assert event is not None
    assert event["kind"] == "revoked"
    assert await stream.next() is None
    await wire.hospital.db.write(events.add, other.client_id, "settings", NOW)
    assert await theirs.next() is not None
    again = Listening(wire.hospital, wire.whole, station.signed("GET", "/v1/events"))
    await again.next()
    assert again.status == 401
    await again.close()


async def test_a_stations_oldest_stream_gives_way(wire: Wire) -> None:
    station, other = await wire.hospital.station("a"), await wire.hospital.station("b")
    theirs = await wire.listen(other)
    streams = [await wire.listen(station) for _ in range(MAX_STREAMS_A_STATION + 1)]
    assert await streams[0].next() is None
    assert streams[0].headers[b"connection"] == b"close", "no connection stays open without a stream"
    assert streams[0].back_in is None, "whoever gives way is not told to come back"
    await wire.hospital.db.write(events.add, station.client_id, "settings", NOW)
    for stream in streams[1:]:
        assert await stream.next() is not None
    await wire.hospital.db.write(events.add, other.client_id, "settings", NOW)
    assert await theirs.next() is not None


async def test_streams_end_when_the_service_stops_and_come_back_spread_over_time(wire: Wire) -> None:
    streams = [await wire.listen(await wire.hospital.station(f"s{at}")) for at in range(8)]
    wire.app.state.hub.close()
    for stream in streams:
        assert await stream.next() is None
    told = [stream.back_in for stream in streams if stream.back_in is not None]
    assert len(told) == len(streams)
    assert max(told) <= 1000 * SPREAD_A_STREAM * len(streams)


async def test_a_stream_that_is_too_slow_is_cut_instead_of_growing() -> None:
    stream = Stream("a")
    for number in range(MAX_WAITING + 1):
        stream.put(StationEvent(number, "settings"))
    assert stream.closed
    taken = 0
    while await stream.next(0.01) is not None:
        taken += 1
    assert taken == MAX_WAITING
