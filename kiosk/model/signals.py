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
class VerificationIn:
    """Body of ``POST /v1/signals/verification``. ``state``: comes back in the event."""

    stream_id: str
    state: str | None = None
