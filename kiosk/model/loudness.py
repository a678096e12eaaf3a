"""How loud a station is: by the hour of a clock on the wall, by its place, and by a touch. Pure; the clock is outside.

A night's hours are local time as people read it, summer time included. Where the clock jumps from 2 to 3, a night that
ends at half past two ends at 3. Where an hour comes twice, it is what the clock shows both times. A touch holds until
the hours would change the level by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

LOUDEST = 100
"""Percent of a sound as it was made; 0 is silence."""
MINUTES = 24 * 60
_AHEAD = 2 * MINUTES
"""So far a change is looked for: a night may end with a day's last hour, and days of 25 hours exist."""


@dataclass(frozen=True, slots=True)
class Night:
    """From minute ``begins`` of the day up to minute ``ends``, past midnight where that is earlier; the whole day where
    they are the same. ``place``: holds where the station's place begins so; empty for anywhere."""

    begins: int
    ends: int
    level: int = 0
    place: str = ""

    def holds(self, minute: int, place: str) -> bool:
        """Whether ``minute`` of the day is one of its, at ``place``."""
        if not place.startswith(self.place):
            return False
        if self.begins < self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends


@dataclass(frozen=True, slots=True)
class Loudness:
    """``day``: the level outside every night; of several nights the first counts. ``touched``: the level that somebody
    chose by a touch, and until when; None for no end, and for no touch. Moments have a zone."""

    day: int = LOUDEST
    nights: tuple[Night, ...] = ()
    touched: int | None = None
    until: datetime | None = None

    @property
    def can_be_heard(self) -> bool:
        """Whether there is anything to turn off."""
        return self.day > 0 or any(night.level for night in self.nights)

    def by_hour(self, now: datetime, zone: tzinfo, place: str) -> int:
        """The level, whatever was touched."""
        wall = now.astimezone(zone)
        minute = wall.hour * 60 + wall.minute
        return next((night.level for night in self.nights if night.holds(minute, place)), self.day)

    def level(self, now: datetime, zone: tzinfo, place: str) -> int:
        """Percent, now."""
        if self.touched is not None and (self.until is None or now < self.until):
            return self.touched
        return self.by_hour(now, zone, place)

    def changes(self, now: datetime, zone: tzinfo, place: str) -> datetime | None:
        """The next minute in which the hours ask for another level than they do now; None if they never do."""
        before = self.by_hour(now, zone, place)
        start = now.astimezone(UTC).replace(second=0, microsecond=0)
        moments = (start + timedelta(minutes=minute) for minute in range(1, _AHEAD + 1))
        return next((moment for moment in moments if self.by_hour(moment, zone, place) != before), None)

    def touch(self, now: datetime, zone: tzinfo, place: str) -> Loudness:
        """Silent if it was heard, heard if it was silent: at the hours' level, or where they say silence, the day's."""
        if self.level(now, zone, place):
            wanted = 0
        else:
            wanted = self.by_hour(now, zone, place) or self.day or max(night.level for night in self.nights)
        if wanted == self.by_hour(now, zone, place):
            return replace(self, touched=None, until=None)
        return replace(self, touched=wanted, until=self.changes(now, zone, place))
