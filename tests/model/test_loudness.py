"""How loud it is at each hour of the year, and for how long a touch holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.model.loudness import Loudness, Night

BERLIN = ZoneInfo("Europe/Berlin")
QUIET = Night(22 * 60, 6 * 60 + 30)
WARD = Loudness(80, (QUIET,))


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("time", "level"), [("21:59", 80), ("22:00", 0), ("23:59", 0), ("00:00", 0), ("06:29", 0), ("06:30", 80)]
)
def test_a_night_goes_past_midnight(time: str, level: int) -> None:
    assert WARD.level(at(f"2026-01-15T{time}"), BERLIN, "") == level


def test_a_night_within_a_day_and_one_that_is_the_whole_day() -> None:
    nap = Loudness(80, (Night(13 * 60, 15 * 60, 10),))
    assert [nap.level(at(f"2026-01-15T{hour}:00"), BERLIN, "") for hour in (12, 13, 14, 15)] == [80, 10, 10, 80]
    always = Loudness(80, (Night(0, 0, 5),))
    assert {always.level(at(f"2026-01-15T{hour:02}:00"), BERLIN, "") for hour in range(24)} == {5}
    assert always.changes(at("2026-01-15T00:00"), BERLIN, "") is None


def test_of_several_the_first_counts_and_each_at_its_place() -> None:
    both = Loudness(80, (replace(QUIET, place="Ward 3", level=5), replace(QUIET, level=20)))
    now = at("2026-01-15T23:00")
    assert [both.level(now, BERLIN, place) for place in ("Ward 3 North", "Ward 4", "")] == [5, 20, 20]


@pytest.mark.parametrize(
    ("now", "change"),
    [
        ("2026-03-28T23:00", "2026-03-29T06:30"),  # the clock jumps from 2 to 3: that night is 7.5 hours long
        ("2026-10-24T23:00", "2026-10-25T06:30"),  # and this one 8.5
        ("2026-01-15T12:00:30", "2026-01-15T22:00"),
    ],
)
def test_the_hours_are_those_of_the_clock_on_the_wall(now: str, change: str) -> None:
    assert WARD.changes(at(now), BERLIN, "") == at(change)


def test_a_night_that_ends_in_an_hour_that_does_not_exist_ends_with_the_jump() -> None:
    short = Loudness(80, (Night(22 * 60, 2 * 60 + 30),))
    assert short.changes(at("2026-03-28T23:00"), BERLIN, "") == at("2026-03-29T03:00")


def test_an_hour_that_comes_twice_is_as_its_clock_says_both_times() -> None:
    short = Loudness(80, (Night(22 * 60, 2 * 60 + 30),))
    assert [short.level(at("2026-10-25T02:15", fold), BERLIN, "") for fold in (0, 1)] == [0, 0]
    assert [short.level(at("2026-10-25T02:45", fold), BERLIN, "") for fold in (0, 1)] == [80, 80]


def test_a_touch_holds_until_the_hours_change_the_level() -> None:
    noon, evening = at("2026-01-15T12:00"), at("2026-01-15T22:00")
    silenced = WARD.touch(noon, BERLIN, "")
    assert (silenced.level(noon, BERLIN, ""), silenced.until) == (0, evening)
    assert silenced.level(at("2026-01-16T12:00"), BERLIN, "") == 80
    woken = WARD.touch(evening, BERLIN, "")
    assert (woken.level(evening, BERLIN, ""), woken.until) == (80, at("2026-01-16T06:30"))
    assert woken.level(at("2026-01-16T23:00"), BERLIN, "") == 0


def test_a_second_touch_is_as_if_there_had_been_none() -> None:
    for time in ("12:00", "23:00"):
        now = at(f"2026-01-15T{time}")
        assert WARD.touch(now, BERLIN, "").touch(now + timedelta(minutes=1), BERLIN, "") == WARD


def test_without_a_night_a_touch_holds_until_the_next() -> None:
    now = at("2026-01-15T12:00")
    silenced = Loudness(50).touch(now, BERLIN, "")
    assert silenced.level(now + timedelta(days=400), BERLIN, "") == 0
    assert silenced.touch(now, BERLIN, "") == Loudness(50)


def test_a_station_without_any_sound_has_nothing_to_turn_off() -> None:
    assert not Loudness(0).can_be_heard and not Loudness(0, (QUIET,)).can_be_heard
    only_at_night = Loudness(0, (replace(QUIET, level=10),))
    assert only_at_night.can_be_heard
    assert only_at_night.touch(at("2026-01-15T12:00"), BERLIN, "").level(at("2026-01-15T12:01"), BERLIN, "") == 10
