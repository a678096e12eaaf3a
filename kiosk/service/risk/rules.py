"""The hospital's own weights and limits, with what holds out of the box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MAX_SCORE = 100
"""The highest score."""
WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        "station_address": 15,
        "station_zone": 30,
        "station_hardware": 40,
        "station_system": 20,
        "station_version": 5,
        "station_package": 40,
        "station_reported": 50,
        "elsewhere": 10,
        "too_far": 50,
        "unusual_hour": 20,
        "export_volume": 20,
        "export_rate": 20,
        "export_beyond_role": 10,
        "strangers": 15,
        "failed_proofs": 30,
        "badge_lost": 25,
        "counter_back": 50,
        "factor_changed": 20,
        "prompt_bombing": 40,
        "warned_high": 50,
        "warned": 25,
        "clock_back": 50,
        "past_unreadable": 100,
    }
)
"""Out of the box: what each signal adds."""


@dataclass(frozen=True, slots=True)
class WalkingTime:
    """``minutes`` that it takes at least from one place to another; places as ``place_of`` makes them."""

    between: frozenset[str]
    minutes: int


@dataclass(frozen=True, slots=True)
class RiskRules:
    """``[risk]`` of the settings. ``enabled``: whether anything is kept or looked at.

    ``sign_in``: the score from which on grace does not hold. ``most_by_others``: what signals that somebody else can
    bring about come to together, at most. ``recent_hours``: how long a change of a station or factor counts;
    ``lost_hours``: of a lost or moved badge. ``calm_hours``: how long a strong success makes an odd hour usual;
    ``fresh_minutes``: whatever leaves.
    ``burst``: proofs not accepted within ``burst_minutes``. ``prompts``: asked for within those minutes, or
    ``turned_down`` of them given up. ``times``: how many times the usual is too much; ``least_records``,
    ``least_exports``, ``least_strangers``: what is never too much in an hour. ``hour_after``: sign-ins before an hour
    can be unusual; ``hour_percent``: the share below which it is. ``zones``: networks (CIDR) by the name of their zone.
    """

    enabled: bool = True
    sign_in: int = 50
    most_by_others: int = 60
    recent_hours: int = 24
    lost_hours: int = 72
    calm_hours: int = 4
    fresh_minutes: int = 15
    burst: int = 5
    burst_minutes: int = 10
    prompts: int = 12
    turned_down: int = 3
    times: int = 3
    least_records: int = 100
    least_exports: int = 10
    least_strangers: int = 20
    hour_after: int = 20
    hour_percent: int = 2
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    zones: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    walks: tuple[WalkingTime, ...] = ()

    def minutes(self, one: str, other: str) -> int | None:
        """Minutes between two places, the fewest that are known; None where nobody said."""
        wanted = frozenset((one, other))
        return min((walk.minutes for walk in self.walks if walk.between == wanted), default=None)
