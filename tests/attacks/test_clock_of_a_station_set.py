"""A workstation's clock that was set while the service was away is exposed, also where the machine started anew."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from kiosk.downtime import station_time
from kiosk.downtime.happening import Happening
from kiosk.service.store import review_cases
from tests.fakes.apart import Apart, apart
from tests.fakes.service import Hospital

MINUTES, YEARS = 300, 2 * 365 * 86_400


@pytest_asyncio.fixture
async def ward(service: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Apart:
    monkeypatch.setattr(station_time, "boot", lambda: "one")
    return await apart(service, tmp_path)


async def jumps(ward: Apart) -> list[int]:
    """By how much a clock is said to have been set; each has its case."""
    await ward.replay()
    found = [int(row["detail"]["seconds"]) for row in await ward.hospital.trail("station_clock")]
    assert [case.why for case in await ward.hospital.db.read(review_cases.every)] == ["station_clock"] * len(found)
    return found


def note(ward: Apart, rows: int = 1) -> None:
    for _ in range(rows):
        ward.own.write(Happening("tap_failed", reason="mute"))


@pytest.mark.parametrize("boot", ["one", "another", ""])
@pytest.mark.parametrize("off", [MINUTES, YEARS])
@pytest.mark.parametrize("later", [True, False])
async def test_a_clock_that_was_set_forward_shows_once(
    ward: Apart, monkeypatch: pytest.MonkeyPatch, boot: str, off: int, later: bool
) -> None:
    if later:
        note(ward)
    monkeypatch.setattr(station_time, "boot", lambda: boot)
    ward.wall.pass_by(off)
    if boot != "one":
        ward.steady.now = 5.0
    ward.started()
    note(ward, 3)
    assert await jumps(ward) == [off]


@pytest.mark.parametrize("boot", ["one", "another", ""])
@pytest.mark.parametrize("off", [MINUTES, YEARS])
async def test_a_clock_that_was_set_back_shows_once(
    ward: Apart, monkeypatch: pytest.MonkeyPatch, boot: str, off: int
) -> None:
    note(ward)
    monkeypatch.setattr(station_time, "boot", lambda: boot)
    ward.wall.pass_by(-off)
    ward.started()
    note(ward, 3)
    assert await jumps(ward) == [-off]


@pytest.mark.parametrize("off", [MINUTES, YEARS])
async def test_a_first_row_of_long_ago_may_have_waited_so_long(ward: Apart, off: int) -> None:
    ward.wall.pass_by(-off)
    note(ward, 3)
    assert await jumps(ward) == []


async def test_where_nobody_says_which_run_it_was_a_new_start_is_no_jump(
    ward: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_time, "boot", lambda: "")
    ward.started()
    note(ward)
    ward.pass_by(3600)
    ward.steady.now = 5.0  # the machine started anew
    ward.started()
    note(ward, 3)
    assert await jumps(ward) == []


async def test_it_shows_in_the_next_batch_too_and_once_more_when_it_is_set_again(ward: Apart) -> None:
    note(ward)
    ward.wall.pass_by(YEARS)
    note(ward, 120)
    ward.wall.pass_by(MINUTES)
    note(ward, 2)
    ward.wall.pass_by(-YEARS - MINUTES)
    note(ward, 2)
    assert await jumps(ward) == [YEARS, MINUTES, -YEARS - MINUTES]
