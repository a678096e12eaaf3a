"""How the past moves on: each function takes what is remembered and what happened, and gives what is remembered then.

What somebody does who has only a badge in hand teaches nothing of its owner's habits: hours and wards are learned from
proved sign-ins alone.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.service.risk.past import (
    HOURS_OF_WEEK,
    MAX_WARDS,
    SCALE,
    Flow,
    PersonPast,
    RolePast,
    StationPast,
    hour_of_week,
    recent,
)

WEEK = 7 * 86_400
HOUR = 3600
FADED_WEEKS = 60
"""After so long nothing is left of a count."""
MAX_COUNT = 1_000_000_000
SHARE, ROLE_SHARE = 8, 32
"""One part in so many of an average is the last hour's."""


def opened(past: PersonPast, now: int, station: str, place: str, *, proved: bool, far: bool) -> PersonPast:
    """A session was opened. ``proved``: by more than a badge. ``far``: where nobody walks in that time."""
    past = replace(past, station=station, place=place, seen=now, far=now if far else past.far)
    if not proved:
        return past
    wards = (*(ward for ward in past.wards if ward != place), place)[-MAX_WARDS:] if place else past.wards
    week = now // WEEK
    hours = list(_faded(past.hours, week - past.week))
    hour = hour_of_week(now)
    hours[hour] = min(hours[hour] + SCALE, MAX_COUNT)
    return replace(past, wards=wards, hours=tuple(hours), week=max(week, past.week))


def _faded(hours: tuple[int, ...], weeks: int) -> tuple[int, ...]:
    """An eighth less for each week. A clock that was set back fades nothing."""
    if len(hours) != HOURS_OF_WEEK or weeks > FADED_WEEKS:
        return (0,) * HOURS_OF_WEEK
    for _ in range(max(0, weeks)):
        hours = tuple(count * 7 // 8 for count in hours)
    return hours


def strong(past: PersonPast, now: int, mark: str) -> PersonPast:
    """A key or card that verified its user proved them, and nothing speaks against it: back to normal.

    ``mark``: of the key. The one that counted backwards is no witness for itself.
    """
    if mark and mark == past.doubted:
        return past
    calm = replace(past, strong=now, doubted="", failed=0, failed_since=0)
    return replace(
        calm,
        asked=0,
        turned_down=0,
        asked_since=0,
        exports=_calmed(past.exports),
        strangers=_calmed(past.strangers),
    )


def _calmed(flow: Flow) -> Flow:
    return replace(flow, calm_count=flow.count, calm_amount=flow.amount)


def counted_back(past: PersonPast, now: int, mark: str) -> PersonPast:
    """The counter of the key ``mark`` went back. A strong success of this very second may have been the copy's."""
    return replace(past, doubted=mark, back=now, strong=past.strong if past.strong < now else 0)


def failed(past: PersonPast, now: int, seconds: int) -> PersonPast:
    """A proof was not accepted; those of the last ``seconds`` are counted together."""
    if not recent(past.failed_since, now, seconds):
        return replace(past, failed=1, failed_since=now)
    return replace(past, failed=min(past.failed + 1, MAX_COUNT))


def asked(past: PersonPast, now: int, seconds: int) -> PersonPast:
    """They were asked for a proof by a program."""
    if not recent(past.asked_since, now, seconds):
        return replace(past, asked=1, turned_down=0, asked_since=now)
    return replace(past, asked=min(past.asked + 1, MAX_COUNT))


def granted(past: PersonPast) -> PersonPast:
    """They were granted what they were asked about: so it was theirs."""
    return replace(past, asked=0, turned_down=0, asked_since=0)


def turned_down(past: PersonPast, now: int, seconds: int) -> PersonPast:
    """They refused, or let the time run out."""
    if not recent(past.asked_since, now, seconds):
        past = replace(past, asked=1, turned_down=0, asked_since=now)
    return replace(past, turned_down=min(past.turned_down + 1, MAX_COUNT))


def warned(past: PersonPast, now: int, *, high: bool) -> PersonPast:
    """Another system says that their risk is high, or at least not low. A strong success of this very second was
    before."""
    calm = past.strong if past.strong < now else 0
    if high:
        return replace(past, warned_high=now, warned=now, strong=calm)
    return replace(past, warned=now, strong=calm)


def reported(past: StationPast, now: int) -> StationPast:
    """Another system says that this workstation breaks the rules for devices; with 0 an administrator clears it."""
    return replace(past, reported=now)


def flowed(flow: Flow, now: int, amount: int) -> tuple[Flow, int | None]:
    """One act more, of ``amount``. Where that begins another hour, what the one before came to; else None."""
    amount = min(max(0, amount), MAX_COUNT)
    if recent(flow.since, now, HOUR):
        return replace(flow, count=flow.count + 1, amount=min(flow.amount + amount, MAX_COUNT)), None
    if not flow.since:
        return replace(flow, since=now, count=1, amount=amount), None
    ended = flow.amount
    usual = replace(
        flow,
        since=now,
        count=1,
        amount=amount,
        calm_count=0,
        calm_amount=0,
        usual_count=average(flow.usual_count, flow.count, flow.hours, SHARE),
        usual_amount=average(flow.usual_amount, ended, flow.hours, SHARE),
        hours=min(flow.hours + 1, MAX_COUNT),
    )
    return usual, ended


def of_role(past: RolePast, amount: int) -> RolePast:
    """An hour in which somebody of the role took ``amount`` records along is over."""
    usual = average(past.usual_amount, amount, past.hours, ROLE_SHARE)
    return RolePast(usual, min(past.hours + 1, MAX_COUNT))


def average(before: int, new: int, hours: int, share: int) -> int:
    """``before`` of ``hours`` hours and one more; the last ``share`` hours count most."""
    parts = min(hours + 1, share)
    return before + (new * SCALE - before) // parts


def at_source(past: StationPast, now: int, source: str, zone: str) -> StationPast:
    """It asks from there. The first time is no change."""
    if not past.source:
        return replace(past, source=source, zone=zone)
    changed = past
    if source != past.source:
        changed = replace(changed, source=source, source_at=now)
    if zone != past.zone:
        changed = replace(changed, zone=zone, zone_at=now if past.zone else past.zone_at)
    return changed


def says(past: StationPast, now: int, *, hardware: str, system: str, version: str, package: str) -> StationPast:
    """What it says of itself. The first time is no change; to say nothing any more is one."""
    if not past.told:
        return replace(past, hardware=hardware, system=system, version=version, package=package, told=True)
    changed = past
    if hardware != past.hardware:
        changed = replace(changed, hardware=hardware, hardware_at=now)
    if system != past.system:
        changed = replace(changed, system=system, system_at=now)
    if version != past.version:
        return replace(changed, version=version, version_at=now, package=package)
    if package != past.package:
        changed = replace(changed, package=package, package_at=now)
    return changed
