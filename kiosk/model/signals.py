"""What receivers of our signals ask of their stream (OpenID SSF 1.0 section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StreamStatusIn:
    """Body of ``POST /v1/signals/status``. ``paused``: what happens is kept until it is enabled again; ``disabled``: it
    is not kept."""

    stream_id: str
    status: Literal["enabled", "paused", "disabled"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryIn:
    """How a receiver wants its signals. ``method``: ``urn:ietf:rfc:8935`` (push) or ``urn:ietf:rfc:8936`` (poll).
    ``endpoint_url``: where they are pushed."""

    method: str
    endpoint_url: str | None = None
    authorization_header: str | None = None


@dataclass(frozen=True, slots=True)
class StreamIn:
    """Body of ``POST``, ``PATCH`` and ``PUT /v1/signals/stream`` (section 8.1.1). What the service says of a stream may
    come along, if it is right."""

    stream_id: str | None = None
    events_requested: list[str] | None = None
    delivery: DeliveryIn | None = None
    description: str | None = None
    iss: str | None = None
    aud: str | list[str] | None = None
    events_supported: list[str] | None = None
    events_delivered: list[str] | None = None
    min_verification_interval: int | None = None
    format: str | None = None


@dataclass(frozen=True, slots=True)
class StreamSubjectIn:
    """Body of ``POST /v1/signals/subjects/add`` and ``…/remove`` (section 8.1.3). ``subject``: RFC 9493, in the form in
    which the receiver is told of people."""

    stream_id: str
    subject: dict[str, str]
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class SetErrorIn:
    """Why a receiver cannot use a signal (RFC 8936 section 2.6)."""

    err: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class PollIn:
    """Body of ``POST /v1/signals/poll/{stream_id}`` (RFC 8936 section 2.4), with that RFC's own names."""

    maxEvents: int | None = None  # noqa: N815
    returnImmediately: bool = False  # noqa: N815
    ack: list[str] | None = None
    setErrs: dict[str, SetErrorIn] | None = None  # noqa: N815


@dataclass(frozen=True, slots=True)
class PollOut:
    """Its answer: tokens by their ``jti``."""

    sets: dict[str, str]
    moreAvailable: bool  # noqa: N815


@dataclass(frozen=True, slots=True)
class VerificationIn:
    """Body of ``POST /v1/signals/verification``. ``state``: comes back in the event."""

    stream_id: str
    state: str | None = None
