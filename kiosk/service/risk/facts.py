"""What one assessment is made from. Frozen, and whole: the past that is remembered, and what happens now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.service.risk.past import PersonPast, RolePast, StationPast, recent


@dataclass(frozen=True, slots=True)
class WishFacts:
    """A wish for a step-up. ``export``: records leave by it. ``strangers``: patients who are not of a ward where the
    person works, or at least nothing says that they are."""

    export: bool = False
    records: int = 0
    strangers: int = 0


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """``kind``: what is asked. ``now``: epoch seconds. ``place``, ``source``, ``zone``: where the workstation stands,
    and from where it asks now.

    ``elsewhere``: the person has a session open at another workstation. ``changed``: when a factor of theirs was last
    added or reset; ``lost``: when a badge or another was last reported lost, or given to somebody else. ``doubts``:
    whose past is not as the service wrote it: ``person``, ``station``.
    """

    kind: Literal["sign_in", "step_up"]
    now: int
    person: PersonPast = field(default_factory=PersonPast)
    station: StationPast = field(default_factory=StationPast)
    roles: tuple[RolePast, ...] = ()
    station_id: str = ""
    place: str = ""
    source: str = ""
    zone: str = ""
    elsewhere: bool = False
    changed: int = 0
    lost: int = 0
    wish: WishFacts = field(default_factory=WishFacts)
    doubts: frozenset[str] = frozenset()

    def unsettled(self, at: int, hours: int) -> bool:
        """Whether something of ``at`` still counts: within ``hours``, and no strong success has come since."""
        return recent(at, self.now, hours * 3600) and not self.strong_at >= at

    @property
    def strong_at(self) -> int:
        """When the person last came by a strong success; 0 for never, and for one that the clock has yet to come to."""
        return self.person.strong if self.person.strong <= self.now else 0

    def calm(self, seconds: int) -> bool:
        """Whether a strong success was within ``seconds``."""
        return self.strong_at > 0 and self.now - self.strong_at < seconds
