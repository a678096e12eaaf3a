"""What the kinds of factors have in common: words that each kind's file answers in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kiosk.model.binding import Json
from kiosk.service.store.factors import Kind


@dataclass(frozen=True, slots=True)
class Checked:
    """A try that worked. ``evidence``: needs the row that binds the factor; ``rest``: what binding has to know."""

    method: str | None = None
    rest: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bound:
    """A factor that is hers now. ``evidence``: of the try, where something was signed."""

    kind: Kind
    id: str
    method: str | None = None
    evidence: dict[str, Json] | None = None
