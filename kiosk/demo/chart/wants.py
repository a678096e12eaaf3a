"""What each part of the chart asks of a sign-in, and the challenge of RFC 9470 where that is too little. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.demo.chart.patients import ChartPatient

RANK = {"urn:kiosk:identified": 0, "urn:kiosk:pin": 1, "urn:kiosk:mfa": 2, "phr": 3, "phrh": 4}
"""The levels of whoever signs people in, lowest first, as the chart's own administrator wrote them down."""


@dataclass(frozen=True, slots=True)
class WantedLevel:
    """``acr``: at least. ``max_age``: seconds since the person proved something, at most; None for any."""

    acr: str
    max_age: int | None = None

    def met(self, acr: str, auth_time: int, now: float) -> bool:
        """Whether a sign-in is enough."""
        fresh = self.max_age is None or now - auth_time <= self.max_age
        return RANK.get(acr, -1) >= RANK[self.acr] and fresh

    @property
    def asks(self) -> dict[str, str]:
        """What an authorization request says of it."""
        return {"acr_values": self.acr, **({} if self.max_age is None else {"max_age": str(self.max_age)})}

    @property
    def challenge(self) -> str:
        """``WWW-Authenticate`` (RFC 9470 section 3)."""
        said = ", ".join(f'{name}="{value}"' for name, value in self.asks.items())
        return f'Bearer error="insufficient_user_authentication", {said}'


READ = WantedLevel("urn:kiosk:identified")
SENSITIVE = WantedLevel("urn:kiosk:mfa", 900)
EXPORT = WantedLevel("phr", 300)


def for_records(patients: Iterable[ChartPatient]) -> WantedLevel:
    """To read these."""
    return SENSITIVE if any(patient.sensitive for patient in patients) else READ
