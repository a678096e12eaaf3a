"""A step-up that is asked for during an emergency access: in its prompt, its statement, its token and the trail.

``BTG`` is the code “break the glass” of HL7's code system ActReason (``ACT_REASON``), of its value set PurposeOfUse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.model import drawable
from kiosk.model.binding import Json

BREAK_GLASS: Final = "BTG"
"""Value of ``purpose_of_use``. No other is ever said: a step-up outside an emergency access has no such claim."""
ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
MAX_REASON = 100
"""Characters."""


@dataclass(frozen=True, slots=True)
class UnderEmergency:
    """The emergency access in which a step-up is asked for. ``id``: of that access; ``reason``: that was picked."""

    id: str
    reason: str

    def said(self) -> dict[str, Json]:
        """What statement and token say of it."""
        return {"purpose_of_use": BREAK_GLASS, "emergency": {"id": self.id, "reason": self.reason}}


def check_reason(reason: str) -> None:
    """Of a reason that stands on a prompt. Raises ``NotDrawableError``."""
    drawable.check("reason of the emergency access", reason, "sentence", MAX_REASON)
