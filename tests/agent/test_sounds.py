"""What the button for sounds shows, by this machine's clock and touches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.agent import sounds
from kiosk.agent.sounds import Sounds, local_zone
from kiosk.model.loudness import Loudness, Night
from kiosk.session.facts.station_news import SoundsChanged

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Loudness(80, (Night(22 * 60, 6 * 60 + 30, 0, "Ward 3"),))
pytestmark = pytest.mark.usefixtures("qapp")


class Wall:
    """A clock, and a station beside it."""

    def __init__(self, rules: Loudness) -> None:
        self.now, self.place = datetime(2026, 1, 15, 12, tzinfo=BERLIN).astimezone(UTC), "Ward 3"
        self.said: list[SoundsChanged] = []
        self.sounds = Sounds(rules, lambda: self.place, self.said.append, lambda: self.now, lambda: BERLIN)
        self.sounds.look()

    def after(self, **time: int) -> Wall:
        self.now += timedelta(**time)
        self.sounds.look()
        return self


def test_it_says_what_is_heard_and_until_when() -> None:
    wall = Wall(NIGHT)
    wall.after(hours=11).after(hours=8)
    assert wall.said == [SoundsChanged("on", "22:00"), SoundsChanged("off", "06:30"), SoundsChanged("on", "22:00")]


def test_a_touch_turns_it_round_until_the_hours_do() -> None:
    wall = Wall(NIGHT)
    wall.sounds.toggle()
    assert (wall.sounds.level(), wall.said[-1]) == (0, SoundsChanged("off"))
    wall.sounds.toggle()
    assert (wall.sounds.level(), wall.said[-1]) == (80, SoundsChanged("on", "22:00"))


def test_another_place_has_other_hours() -> None:
    wall = Wall(NIGHT)
    wall.place = "Ward 4"
    wall.after(hours=11)
    assert (wall.sounds.level(), wall.said[-1]) == (80, SoundsChanged("on"))


def test_a_station_that_is_never_heard_shows_no_button() -> None:
    wall = Wall(Loudness(0))
    wall.sounds.toggle()
    assert (wall.said, wall.sounds.level()) == ([], 0)


def test_the_zone_is_the_machine_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TZ", "Europe/Madrid")
    assert local_zone() == ZoneInfo("Europe/Madrid")
    monkeypatch.delenv("TZ")
    monkeypatch.setattr(sounds, "LOCALTIME", Path("/usr/share/zoneinfo/America/Lima"))
    noon = datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert noon.astimezone(local_zone()).hour == 7
    monkeypatch.setattr(sounds, "LOCALTIME", tmp_path / "none")
    assert noon.astimezone(local_zone()) == noon
