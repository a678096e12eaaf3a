"""Shared signals: where other systems tell us (RFC 8935), and where receivers of ours ask about their stream."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar, cast

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from kiosk.model.signals import StreamStatusIn, VerificationIn
from kiosk.service.platform.problems import HttpProblemError, SignalProblemError
from kiosk.service.routes.door import Caller, TheCaller, TheService, admit_application, service_of
from kiosk.service.routes.strict import StrictRoute, reader_of
from kiosk.service.shared.context import Service
from kiosk.service.signals import brake, reading, streams, taking
from kiosk.service.signals.brake import BrakeHoldsError, TooOftenError
from kiosk.service.signals.key_sets import PAUSE, KeysAwayError, KeySets
from kiosk.service.signals.reading import MAX_TOKEN, SecurityEvent, SecurityEventError
from kiosk.service.signals.taking import TakenSignal, TooManySignalsError
from kiosk.service.store import signal_transmitters
from kiosk.service.store.request_budget import storage_low
from kiosk.service.store.signal_receivers import SignalReceiver

log = logging.getLogger("kiosk.service.signals")
router = APIRouter(tags=["signals"], route_class=StrictRoute)
T = TypeVar("T")
TYPE = "application/secevent+jwt"
for _kind in (StreamStatusIn, VerificationIn):
    reader_of(_kind)


@router.get("/.well-known/ssf-configuration")
async def configuration(request: Request) -> dict[str, object]:
    """What the service is as a transmitter (SSF 1.0 section 7)."""
    return streams.document(service_of(request).issuer)


@router.post("/v1/signals/events", status_code=202, response_class=Response)
async def take(request: Request, service: TheService) -> Response:
    """One security event token, as ``application/secevent+jwt`` (RFC 8935). 202 once it is in the trail; one that came
    before is accepted again and does nothing. Errors are ``{"err": …, "description": …}``."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != TYPE:
        raise SignalProblemError(415, "invalid_request", f"Send the body as {TYPE}.")
    try:
        event, issuer = await _verified(request, service)
        await _carried_out(service, issuer, event)
    except SecurityEventError as error:
        raise SignalProblemError(400, error.err, str(error)) from None
    return Response(status_code=202)


async def _verified(request: Request, service: Service) -> tuple[SecurityEvent, str]:
    body = await request.body()
    if len(body) > MAX_TOKEN:
        raise SignalProblemError(413, "invalid_request", f"A token has at most {MAX_TOKEN} bytes.")
    try:
        token = body.decode("ascii").strip()
    except UnicodeDecodeError:
        raise SecurityEventError("invalid_request", "The body is not a signed token in its compact form.") from None
    said = reading.peek(token)
    transmitter = await service.db.read(signal_transmitters.by_issuer, said.issuer)
    if transmitter is None:
        raise SecurityEventError("invalid_issuer", "Nothing is taken of this issuer.")
    rules = transmitter.rules
    try:
        key = await cast(KeySets, request.app.state.key_sets).key(service, rules, said)
    except KeysAwayError:
        wait = {"Retry-After": f"{PAUSE:.0f}"}
        raise SignalProblemError(
            503, "keys_away", "The transmitter's keys cannot be had now. Try again.", wait
        ) from None
    return reading.verify(token, said.alg, key, rules.issuer, rules.audience, service.now()), rules.issuer


async def _carried_out(service: Service, issuer: str, event: SecurityEvent) -> None:
    try:
        taken = await _taken(service, issuer, event)
    except BrakeHoldsError as error:
        await _held(service, issuer, error)
        wait = {"Retry-After": str(brake.RETRY)}
        raise SignalProblemError(429, "held", str(error), wait) from None
    except TooManySignalsError as error:
        raise SignalProblemError(429, "too_many", str(error), {"Retry-After": str(error.wait)}) from None
    for told in taken.events:
        service.tally.act(told)


async def _taken(service: Service, issuer: str, event: SecurityEvent) -> TakenSignal:
    try:
        return await service.db.write(taking.take, service, issuer, event, service.now())
    except TooOftenError:
        return await service.db.write(taking.set_aside, service, issuer, event, service.now())


async def _held(service: Service, issuer: str, error: BrakeHoldsError) -> None:
    transmitter = await service.db.read(signal_transmitters.by_issuer, issuer)
    if error.why is not None and transmitter is not None:
        told = await service.db.write(brake.hold, transmitter.name, error.why, service.now())
        if told is not None:
            service.tally.act(told)
            log.error("the transmitter “%s” is held: %s. See: signals list", transmitter.name, error.why)


@router.get("/v1/signals/stream")
async def stream(service: TheService, caller: TheCaller, stream_id: str | None = None) -> object:
    """The caller's stream; a list of it where no ``stream_id`` is asked for (SSF 1.0 section 8.1.1)."""
    if stream_id is None:
        mine = await registered_stream(service, caller, lambda _conn, found: found)
        return [] if mine.gone else [streams.configuration(service.issuer, mine)]
    found = await own_stream(service, caller, stream_id, lambda _conn, found: found)
    return streams.configuration(service.issuer, found)


@router.get("/v1/signals/status")
async def status(service: TheService, caller: TheCaller, stream_id: str) -> dict[str, object]:
    """Whether the caller's stream is enabled (section 8.1.2)."""
    return {**streams.standing(await own_stream(service, caller, stream_id, lambda _conn, found: found))}


@router.post("/v1/signals/status")
async def set_status(service: TheService, caller: TheCaller, body: StreamStatusIn) -> dict[str, object]:
    """The caller pauses its stream, ends or enables it (section 8.1.2.2). 403 where an administrator stopped it."""
    if body.reason is not None and not _plain(body.reason, streams.MAX_REASON):
        raise HttpProblemError(422, "bad_text", f"A reason is plain text of at most {streams.MAX_REASON} characters.")
    now = service.now()

    def act(conn: Connection, found: SignalReceiver) -> SignalReceiver:
        return streams.set_status(conn, service.budgets, found, body.status, body.reason, now)

    return {**streams.standing(await own_stream(service, caller, body.stream_id, act))}


@router.post("/v1/signals/verification", status_code=204, response_class=Response)
async def verification(service: TheService, caller: TheCaller, body: VerificationIn) -> Response:
    """A verification event is sent to the caller's stream (section 8.1.4)."""
    if body.state is not None and not _plain(body.state, streams.MAX_STATE):
        raise HttpProblemError(422, "bad_text", f"A state is plain text of at most {streams.MAX_STATE} characters.")
    now = service.now()
    await own_stream(service, caller, body.stream_id, lambda conn, found: streams.verify(conn, found, body.state, now))
    return Response(status_code=204)


async def own_stream(
    service: Service, caller: Caller, stream_id: str | None, act: Callable[[Connection, SignalReceiver], T]
) -> T:
    """``act`` on the stream of the application that asks, in one write transaction. Raises ``HttpProblemError``."""

    def find(conn: Connection, application: str) -> SignalReceiver:
        return streams.own(conn, application, stream_id)

    return await _acted(service, caller, find, act)


async def registered_stream(service: Service, caller: Caller, act: Callable[[Connection, SignalReceiver], T]) -> T:
    """The same where it may have ended its stream. Raises ``HttpProblemError``."""
    return await _acted(service, caller, streams.registered, act)


async def _acted(
    service: Service,
    caller: Caller,
    find: Callable[[Connection, str], SignalReceiver],
    act: Callable[[Connection, SignalReceiver], T],
) -> T:
    if service.storage.low():
        raise storage_low()

    def run(conn: Connection) -> T:
        application = admit_application(conn, caller)
        return act(conn, find(conn, application.id))

    return await service.db.write(run)


def _plain(text: str, most: int) -> bool:
    return len(text) <= most and text.isprintable()
