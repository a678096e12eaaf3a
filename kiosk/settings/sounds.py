"""How loud a station is, as its settings say it: ``sounds`` and ``[[night]]``."""

# Without "from __future__ import annotations", as beside it.

import re
from dataclasses import dataclass

from kiosk.model.loudness import LOUDEST, Loudness
from kiosk.model.loudness import Night as Hours
from kiosk.settings.checks import SettingsError, must

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class NightSettings:
    """Hours of the day, local time (``22:00``), past midnight where ``ends`` is earlier. ``level``: percent, 0 for
    silence. ``place``: only where the station's place begins so, such as ``Ward 3``; empty for anywhere."""

    begins: str
    ends: str
    level: int = 0
    place: str = ""

    def __post_init__(self) -> None:
        for name in ("begins", "ends"):
            if not _TIME.fullmatch(getattr(self, name)):
                raise SettingsError(must(name, "a time from 00:00 to 23:59", getattr(self, name)))
        check_level("level", self.level, f"a whole number from 0 to {LOUDEST}")


def check_level(name: str, level: int, allowed: str = f"a whole number from 0 to {LOUDEST}, or true or false") -> None:
    """Raises ``SettingsError`` for one that is not from 0 to ``LOUDEST``; ``allowed``: in words."""
    if not 0 <= level <= LOUDEST:
        raise SettingsError(must(name, allowed, level))


def loudness(sounds: int | bool, nights: tuple[NightSettings, ...]) -> Loudness:
    """What both say. ``sounds``: percent; true for all, false for none, at night too."""
    if sounds is False or (sounds == 0 and not nights):
        return Loudness(0)
    hours = tuple(Hours(_minute(night.begins), _minute(night.ends), night.level, night.place) for night in nights)
    return Loudness(LOUDEST if sounds is True else sounds, hours)


def _minute(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)
