"""Shared signals: where receivers make and change their stream, fetch its signals, and leave persons out (SSF 1.0)."""

from __future__ import annotations

import asyncio
from typing import cast

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from kiosk.model.signals import PollIn, PollOut, StreamIn, StreamSubjectIn
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.routes.door import TheCaller, TheService
from kiosk.service.routes.signals import own_stream, registered_stream
from kiosk.service.routes.strict import StrictRoute, reader_of
from kiosk.service.shared.context import Service
from kiosk.service.signals import leaving_out, managing, polling, streams
from kiosk.service.store import signal_events, signal_receivers
from kiosk.service.store.signal_receivers import SignalReceiver

router = APIRouter(tags=["signals"], route_class=StrictRoute)
WAIT, LOOK_EVERY = 15.0, 0.5
"""Seconds that a poll waits for a signal at most, and between two looks."""
Polls = dict[str, asyncio.Event]
"""The poll of each application that waits in this process: set once another one takes its place."""
for _kind in (StreamIn, StreamSubjectIn, PollIn):
    reader_of(_kind)


@router.post("/v1/signals/stream", status_code=201)
async def create(service: TheService, caller: TheCaller, body: StreamIn) -> dict[str, object]:
    """The caller makes its stream, within what an administrator registered (section 8.1.1.1). 409 where it has one."""
    now = service.now()
    made = await registered_stream(
        service, caller, lambda conn, found: managing.create(conn, service, found, body, now)
    )
    return {**streams.configuration(service.issuer, made)}


@router.patch("/v1/signals/stream")
async def change(service: TheService, caller: TheCaller, body: StreamIn) -> dict[str, object]:
    """What is said of the caller's stream is so from now on (section 8.1.1.3)."""
    now, named = service.now(), _named(body)
    made = await own_stream(
        service, caller, named, lambda conn, found: managing.change(conn, service, found, body, now)
    )
    return {**streams.configuration(service.issuer, made)}


@router.put("/v1/signals/stream")
async def replace(service: TheService, caller: TheCaller, body: StreamIn) -> dict[str, object]:
    """The caller's stream is as is said, and nothing of before counts (section 8.1.1.4)."""
    now, named = service.now(), _named(body)
    made = await own_stream(
        service, caller, named, lambda conn, found: managing.replaced(conn, service, found, body, now)
    )
    return {**streams.configuration(service.issuer, made)}


@router.delete("/v1/signals/stream", status_code=204, response_class=Response)
async def delete(service: TheService, caller: TheCaller, stream_id: str) -> Response:
    """The caller's stream is no more (section 8.1.1.5). It may make another."""
    now = service.now()
    await own_stream(service, caller, stream_id, lambda conn, found: managing.delete(conn, service, found, now))
    return Response(status_code=204)


@router.post("/v1/signals/subjects/add", response_class=Response)
async def add_subject(service: TheService, caller: TheCaller, body: StreamSubjectIn) -> Response:
    """The caller hears of that person again (section 8.1.3.2)."""
    now, subject = service.now(), body.subject
    await own_stream(
        service, caller, body.stream_id, lambda conn, found: leaving_out.add(conn, service, found, subject, now)
    )
    return Response()


@router.post("/v1/signals/subjects/remove", status_code=204, response_class=Response)
async def remove_subject(service: TheService, caller: TheCaller, body: StreamSubjectIn) -> Response:
    """The caller hears nothing of that person any more (section 8.1.3.3)."""
    now, subject = service.now(), body.subject
    await own_stream(
        service, caller, body.stream_id, lambda conn, found: leaving_out.remove(conn, service, found, subject, now)
    )
    return Response(status_code=204)


@router.post("/v1/signals/poll/{stream_id}")
async def poll(request: Request, service: TheService, caller: TheCaller, stream_id: str, body: PollIn) -> PollOut:
    """The caller's signals (RFC 8936): those that it has, as ``ack`` says, are done with. Where none waits, the answer
    waits for one for 15 s, unless ``returnImmediately``; a later poll ends it."""
    now = service.now()

    def act(conn: Connection, found: SignalReceiver) -> PollOut:
        return polling.poll(conn, service, found, body, now)

    got = await own_stream(service, caller, stream_id, act)
    if got.sets or body.returnImmediately or body.maxEvents == 0:
        return got
    await _something(service, cast(Polls, request.app.state.signal_polls), stream_id)

    def again(conn: Connection) -> PollOut:
        stream = signal_receivers.find(conn, stream_id)
        there = stream is not None and not stream.gone and stream.shape.poll
        return polling.waiting(conn, service, stream, body, now) if stream is not None and there else got

    return await service.db.write(again)


async def _something(service: Service, polls: Polls, application: str) -> None:
    """Until something waits for it, another poll came, or it took too long."""
    before, mine = polls.get(application), asyncio.Event()
    if before is not None:
        before.set()
    polls[application] = mine
    try:
        async with asyncio.timeout(WAIT):
            while not mine.is_set() and not await service.db.look(signal_events.anything, application):
                try:
                    await asyncio.wait_for(mine.wait(), LOOK_EVERY)
                except TimeoutError:
                    continue
    except TimeoutError:
        return
    finally:
        if polls.get(application) is mine:
            del polls[application]


def _named(body: StreamIn) -> str:
    """The stream that is to be changed. Raises ``HttpProblemError``."""
    if body.stream_id is None:
        raise HttpProblemError(400, "bad_stream", "Say which stream: stream_id.")
    return body.stream_id
