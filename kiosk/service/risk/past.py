"""What is remembered of persons, workstations and roles: bounded counts and times, never a list of what happened.

Times are epoch seconds, 0 for never. A time that lies ahead of the clock counts as just now: a clock that was set back
makes nothing forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HOURS_OF_WEEK = 168
MAX_WARDS = 8
SCALE = 16
"""Averages and counts by the hour are kept so many times larger, so that whole numbers do."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How much of something there was: in the ``since`` hour now, and usually.

    ``count``, ``amount``: acts, and what they came to together, within an hour from ``since``; ``calm_count``,
    ``calm_amount``: of them, before the last strong success. ``usual_count``, ``usual_amount``: averages of the hours
    in which there was any, times ``SCALE``; of so many ``hours``.
    """

    since: int = 0
    count: int = 0
    amount: int = 0
    calm_count: int = 0
    calm_amount: int = 0
    usual_count: int = 0
    usual_amount: int = 0
    hours: int = 0


@dataclass(frozen=True, slots=True)
class PersonPast:
    """One person's. ``hours``: sign-ins that were proved, by hour of the week (UTC, Monday first), times ``SCALE`` and
    fading by the week; empty for none. ``week``: when they last faded.

    ``station``, ``place``, ``seen``: where and when a session was last opened. ``far``: when that was too far away.
    ``wards``: places at which they proved a sign-in, the last one last. ``strong``: their last strong success.
    ``warned_high``, ``warned``: when another system last said that their risk is high, or is more than low.
    ``doubted``: mark of the key whose counter went back, at ``back``. ``failed``: proofs that were not accepted, from
    ``failed_since`` on. ``asked``, ``turned_down``: prompts, and those that were given up, from ``asked_since`` on.
    """

    hours: tuple[int, ...] = ()
    week: int = 0
    station: str = ""
    place: str = ""
    seen: int = 0
    far: int = 0
    wards: tuple[str, ...] = ()
    strong: int = 0
    doubted: str = ""
    back: int = 0
    failed: int = 0
    failed_since: int = 0
    asked: int = 0
    turned_down: int = 0
    asked_since: int = 0
    warned_high: int = 0
    warned: int = 0
    exports: Flow = field(default_factory=Flow)
    strangers: Flow = field(default_factory=Flow)


@dataclass(frozen=True, slots=True)
class StationPast:
    """One workstation's: where it asks from and what it says of itself, and when each of these last changed.

    ``reported``: when another system last said that it breaks the rules for devices; 0 for never, and once an
    administrator has cleared it.
    """

    source: str = ""
    source_at: int = 0
    zone: str = ""
    zone_at: int = 0
    hardware: str = ""
    hardware_at: int = 0
    system: str = ""
    system_at: int = 0
    version: str = ""
    version_at: int = 0
    package: str = ""
    package_at: int = 0
    told: bool = False
    """Whether it has said anything of itself."""
    reported: int = 0


@dataclass(frozen=True, slots=True)
class RolePast:
    """What people of one role take along in an hour in which they do, on average, times ``SCALE``; of ``hours``."""

    usual_amount: int = 0
    hours: int = 0


def recent(at: int, now: int, seconds: int) -> bool:
    """Whether ``at`` was less than ``seconds`` ago, or is still to come by a clock that was set back."""
    return at > 0 and now - at < seconds


def hour_of_week(now: int) -> int:
    """0 for Monday from midnight to one o'clock, UTC. The epoch began on a Thursday."""
    return (now // 3600 + 3 * 24) % HOURS_OF_WEEK
