"""What the service says of itself as a transmitter, and what a receiver learns of its stream (SSF 1.0 section 8)."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.problems import HttpProblemError, not_found
from kiosk.service.signals.event_types import POLL, PUSH, TOLD, URIS
from kiosk.service.store import signal_events, signal_receivers
from kiosk.service.store.request_budget import settle_application
from kiosk.service.store.signal_receivers import SignalReceiver, Status

MIN_VERIFY = 10
"""Seconds between two verification events that a receiver asks for."""
MAX_STATE, MAX_REASON = 500, 200


def document(issuer: str) -> dict[str, object]:
    """``/.well-known/ssf-configuration`` (section 7.1)."""
    ours = f"{issuer}/v1/signals"
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "delivery_methods_supported": [PUSH, POLL],
        "configuration_endpoint": f"{ours}/stream",
        "status_endpoint": f"{ours}/status",
        "add_subject_endpoint": f"{ours}/subjects/add",
        "remove_subject_endpoint": f"{ours}/subjects/remove",
        "verification_endpoint": f"{ours}/verification",
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}, {"spec_urn": "urn:ietf:rfc:9449"}],
        "default_subjects": "ALL",
    }


def own(conn: Connection, application: str, asked: str | None = None) -> SignalReceiver:
    """The stream of that application. ``asked``: the id that it was asked for by. Raises ``HttpProblemError``."""
    found = registered(conn, application)
    if found.gone or asked not in (None, application):
        raise not_found("stream")
    return found


def registered(conn: Connection, application: str) -> SignalReceiver:
    """The same, also where the application ended its stream. Raises ``HttpProblemError``."""
    found = signal_receivers.find(conn, application)
    if found is None:
        raise not_found("stream")
    return found


def configuration(issuer: str, stream: SignalReceiver) -> dict[str, Json]:
    """Section 8.1.1."""
    asked = stream.rules.events if stream.shape.asked is None else stream.shape.asked
    poll, described = stream.shape.poll, stream.shape.description
    more: dict[str, Json] = {} if described is None else {"description": described}
    return {
        "stream_id": stream.application,
        "iss": issuer,
        "aud": stream.audience,
        "events_supported": [URIS[name] for name in TOLD],
        "events_requested": [URIS[name] for name in asked],
        "events_delivered": [URIS[name] for name in stream.events],
        "delivery": {
            "method": POLL if poll else PUSH,
            "endpoint_url": poll_address(issuer, stream) if poll else stream.address,
        },
        "min_verification_interval": MIN_VERIFY,
        "format": stream.rules.form,
        **more,
    }


def poll_address(issuer: str, stream: SignalReceiver) -> str:
    """Where it fetches its signals."""
    return f"{issuer}/v1/signals/poll/{stream.application}"


def standing(stream: SignalReceiver) -> dict[str, Json]:
    """Section 8.1.2."""
    why: dict[str, Json] = {"reason": stream.reason} if stream.reason else {}
    return {"stream_id": stream.application, "status": stream.status, **why}


def set_status(
    conn: Connection, budgets: Budgets, stream: SignalReceiver, status: Status, reason: str | None, now: int
) -> SignalReceiver:
    """The receiver wants it so. What waits of one that is disabled is given up. Raises ``HttpProblemError``: 403 where
    an administrator stopped it, 429 where the application has used up its rows."""
    if (status, reason) == (stream.status, stream.reason):
        return stream
    if stream.by_admin and stream.status != "enabled":
        raise HttpProblemError(403, "set_by_administrator", "An administrator stopped this stream. Ask them.")
    settle_application(conn, budgets, stream.application, now)
    signal_receivers.set_status(conn, stream.application, status, reason, by_admin=False)
    if status == "disabled":
        signal_events.end_of_application(conn, stream.application, now)
    detail: dict[str, Json] = {"app": stream.name, "status": status, "before": stream.status, "said": reason}
    append(conn, SERVICE, Event("signal_stream", "success", now, detail=detail))
    return own(conn, stream.application)


def verify(conn: Connection, stream: SignalReceiver, state: str | None, now: int) -> None:
    """A verification event is on its way (section 8.1.4). Raises ``HttpProblemError`` 429."""
    if 0 <= now - stream.verified < MIN_VERIFY:
        wait = {"Retry-After": str(MIN_VERIFY)}
        raise HttpProblemError(429, "too_soon", f"Ask at most every {MIN_VERIFY} seconds.", wait)
    if signal_events.waiting(conn, stream.application) >= signal_events.MAX_WAITING:
        raise HttpProblemError(429, "too_many", "Fetch first what waits for you.", {"Retry-After": "60"})
    signal_receivers.asked_to_verify(conn, stream.application, now)
    says: dict[str, Json] = {} if state is None else {"state": state}
    subject: dict[str, Json] = {"format": "opaque", "id": stream.application}
    signal_events.add(conn, stream.application, "verification", {"sub_id": subject, "says": says}, now)
