"""What the journal is told while the service is away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.model.binding import Json

SIGN_IN, REFUSED = "offline_sign_in", "offline_refused"


@dataclass(frozen=True, slots=True)
class Happening:
    """What the journal is told."""

    action: str
    session: str | None = None
    reason: str | None = None
    detail: Mapping[str, str] | None = None
    proof: Mapping[str, Json] | None = None
