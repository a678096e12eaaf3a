"""A receiver makes, changes and ends its stream (SSF 1.0 section 8.1.1), within what an administrator registered.

An address that anybody could name is a way into the hospital's network. So signals go to the registered origin alone:
the receiver chooses the path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.signals import DeliveryIn, StreamIn
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.platform.web_addresses import UnreachableUriError, check_uri
from kiosk.service.shared.context import Service
from kiosk.service.signals import streams
from kiosk.service.signals.event_types import NAMES, POLL, PUSH
from kiosk.service.store import signal_events, signal_left_out, signal_receivers
from kiosk.service.store.request_budget import settle_application
from kiosk.service.store.signal_receivers import SignalReceiver, StreamShape

MAX_EVENTS, MAX_DESCRIPTION = 32, 200
HTTPS = 443


def create(conn: Connection, service: Service, stream: SignalReceiver, said: StreamIn, now: int) -> SignalReceiver:
    """Its stream, which it has not (section 8.1.1.1): by poll, where nothing else is said. What an administrator
    stopped stays stopped. Raises ``HttpProblemError``: 409 where it has one."""
    if not stream.gone:
        raise HttpProblemError(409, "stream_exists", "You have a stream. Read it, change it, or delete it first.")
    _check(service, stream, said)
    shape = _shaped(service, stream, said, StreamShape(poll=True))
    if not (stream.by_admin and stream.status != "enabled"):
        signal_receivers.set_status(conn, stream.application, "enabled", None, by_admin=False)
    return _reshape(conn, service, stream, shape, "created", now)


def change(conn: Connection, service: Service, stream: SignalReceiver, said: StreamIn, now: int) -> SignalReceiver:
    """What is said of it is so from now on (section 8.1.1.3). Raises ``HttpProblemError``."""
    _check(service, stream, said)
    return _reshape(conn, service, stream, _shaped(service, stream, said, stream.shape), "changed", now)


def replaced(conn: Connection, service: Service, stream: SignalReceiver, said: StreamIn, now: int) -> SignalReceiver:
    """It is as is said, and nothing else of before counts (section 8.1.1.4). Raises ``HttpProblemError``."""
    _check(service, stream, said)
    return _reshape(conn, service, stream, _shaped(service, stream, said, StreamShape(poll=True)), "replaced", now)


def delete(conn: Connection, service: Service, stream: SignalReceiver, now: int) -> None:
    """It is no more: what waits is given up, and nobody is left out any more (section 8.1.1.5). Raises
    ``HttpProblemError``."""
    signal_receivers.end(conn, stream.application, now)
    signal_events.end_of_application(conn, stream.application, now)
    signal_left_out.forget(conn, stream.application)
    _tell(conn, stream, "deleted", now)
    settle_application(conn, service.budgets, stream.application, now)


def _reshape(
    conn: Connection, service: Service, stream: SignalReceiver, shape: StreamShape, act: str, now: int
) -> SignalReceiver:
    if shape == stream.shape and not stream.gone:
        return stream
    signal_receivers.reshape(conn, stream.application, shape)
    made = streams.own(conn, stream.application)
    _tell(conn, made, act, now)
    settle_application(conn, service.budgets, stream.application, now)
    return made


def _tell(conn: Connection, stream: SignalReceiver, act: str, now: int) -> None:
    events: list[Json] = [*stream.events]
    detail: dict[str, Json] = {"app": stream.name, "change": act, "poll": stream.shape.poll, "events": events}
    if not stream.shape.poll:
        detail["uri"] = stream.address
    append(conn, SERVICE, Event("signal_stream", "success", now, detail=detail))


def _shaped(service: Service, stream: SignalReceiver, said: StreamIn, before: StreamShape) -> StreamShape:
    """``before``: what counts where nothing is said."""
    shape = before
    if said.events_requested is not None:
        shape = replace(shape, asked=_events(stream, said.events_requested))
    if said.delivery is not None:
        shape = _delivered(service, stream, said.delivery, shape)
    if said.description is not None:
        if len(said.description) > MAX_DESCRIPTION or not said.description.isprintable():
            raise _bad(f"A description is plain text of at most {MAX_DESCRIPTION} characters.")
        shape = replace(shape, description=said.description or None)
    return shape


def _events(stream: SignalReceiver, asked: Sequence[str]) -> tuple[str, ...]:
    if len(asked) > MAX_EVENTS:
        raise _bad(f"Ask for at most {MAX_EVENTS} types of event.")
    names = tuple(dict.fromkeys(NAMES[uri] for uri in asked if NAMES.get(uri) in stream.rules.events))
    if not names:
        raise _bad("You may have none of these types of event.")
    return names


def _delivered(service: Service, stream: SignalReceiver, said: DeliveryIn, shape: StreamShape) -> StreamShape:
    if said.authorization_header is not None:
        raise _bad("Nothing is kept that opens your door: leave authorization_header out. Signals are signed.")
    if said.method == POLL:
        if said.endpoint_url not in (None, streams.poll_address(service.issuer, stream)):
            raise _bad("With poll the address is ours: leave endpoint_url out.")
        return replace(shape, poll=True, endpoint=None)
    if said.method != PUSH:
        raise _bad(f"Signals are delivered by {PUSH} or {POLL}.")
    if said.endpoint_url is None:
        raise _bad("With push, say where: endpoint_url.")
    try:
        check_uri(said.endpoint_url)
    except UnreachableUriError as error:
        raise _bad(f"The endpoint_url cannot be used. {error}") from None
    if not stream.rules.uri or _origin(said.endpoint_url) != _origin(stream.rules.uri):
        raise _bad("Signals are pushed to the server that an administrator registered for you, and to no other.")
    return replace(shape, poll=False, endpoint=said.endpoint_url)


def _origin(uri: str) -> tuple[str, str | None, int]:
    """Scheme, host and port (RFC 6454 section 4) of an address that ``check_uri`` took."""
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port or HTTPS


def _check(service: Service, stream: SignalReceiver, said: StreamIn) -> None:
    """What the service says of a stream must be right where it comes along."""
    ours = streams.configuration(service.issuer, stream)
    told = {
        "iss": said.iss,
        "aud": said.aud if said.aud != [stream.audience] else stream.audience,
        "events_supported": said.events_supported,
        "min_verification_interval": said.min_verification_interval,
        "format": said.format,
    }
    for name, value in told.items():
        if value is not None and value != ours[name]:
            raise _bad(f"“{name}” is not yours to set.")


def _bad(detail: str) -> HttpProblemError:
    return HttpProblemError(400, "bad_stream", detail)
