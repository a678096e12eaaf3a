"""``GET /v1/events``: what a workstation is told (text/event-stream, WHATWG HTML section 9.2)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from kiosk.model.wire import StationEvent
from kiosk.service.routes.door import TheCaller, TheService, admit_station
from kiosk.service.routes.event_hub import Hub, Stream
from kiosk.service.store import events, seen
from kiosk.service.store.database import newest_event

router = APIRouter(prefix="/v1", tags=["events"])
HEARTBEAT = 15.0
HEADERS = {"X-Accel-Buffering": "no", "Connection": "close"}
"""A stream that has ended leaves no connection behind that waits for another request."""


@router.get("/events", response_class=StreamingResponse)
async def stream(request: Request, service: TheService, caller: TheCaller) -> StreamingResponse:
    """``hello``, what was missed since ``Last-Event-ID``, then events as they are committed; a comment every 15 s.
    A service that stops says when to come back (``retry``, milliseconds).
    An event that was committed after one with a higher id may be told twice to a station that comes back.

    ``Last-Event-ID`` is ``EPOCH.NUMBER``; of another epoch than the ``hello`` names it counts as none: nothing that was
    missed is told, and the workstation asks for the sessions that it has open. ``revoked`` is the last of a stream.
    """
    hub = cast(Hub, request.app.state.hub)
    known = _last_id(request, hub.epoch)

    def admit(conn: Connection) -> int:
        seen.contact(conn, [admit_station(conn, caller).id], service.now())
        return newest_event(conn)

    # Listen first, look second: an event between the two comes twice and is sent once.
    listening = await hub.open(caller.client_id)
    try:
        newest = await service.db.write(admit)
        since = newest if known is None else min(known, newest)
        late = [item for item in hub.order.late() if item <= since] if known is not None else []
        missed = await service.db.read(events.missed, caller.client_id, since, late)
    except BaseException:
        hub.leave(listening)
        raise
    body = _body(hub, listening, StationEvent(since, "hello", epoch=hub.epoch), missed)
    return StreamingResponse(body, media_type="text/event-stream", headers=HEADERS)


def _last_id(request: Request, epoch: str) -> int | None:
    counted, _, sent = request.headers.get("last-event-id", "").partition(".")
    good = counted == epoch and sent.isascii() and sent.isdigit() and len(sent) < 19
    return int(sent) if good else None


async def _body(hub: Hub, listening: Stream, hello: StationEvent, missed: list[StationEvent]) -> AsyncIterator[bytes]:
    try:
        yield frame(hello)
        sent: set[int] = set()
        for event in missed:
            sent.add(event.id)
            yield frame(event)
            if event.kind == "revoked":
                return
        while True:
            event_or_none = await listening.next(HEARTBEAT)
            if event_or_none is None:
                if listening.closed:
                    if listening.back_in is not None:
                        yield b"retry: %d\n\n" % listening.back_in
                    return
                yield b": still here\n\n"
            elif event_or_none.id not in sent:
                yield frame(event_or_none)
                if event_or_none.kind == "revoked":
                    return
    finally:
        hub.leave(listening)


def frame(event: StationEvent) -> bytes:
    """One event as it goes over the wire."""
    data = json.dumps(asdict(event), separators=(",", ":"))
    return f"id: {event.id}\nevent: {event.kind}\ndata: {data}\n\n".encode()
