"""``kiosk continuity check`` is the same act as the one below ``kiosk admin``."""

from __future__ import annotations

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


def test_it_is_refused_in_the_same_words_where_nobody_can_be_asked(desk: AdminDesk) -> None:
    assert desk.run("admin", "--data", str(desk.data), "continuity", "check") == 1
    below = desk.err
    assert desk.run("continuity", "check", "--data", str(desk.data)) == 1
    assert desk.err == below
    assert "1 to 1000 workstations" in below


def test_a_station_that_is_not_enrolled_is_named(desk: AdminDesk) -> None:
    desk.admin("workstation", "add", "ward-3", "--place", "Ward 3")
    words = ("continuity", "check", "--data", str(desk.data), "--stations", "ward-9", "--seconds", "1")
    assert desk.run(*words) == 1
    assert "There is no workstation “ward-9”" in desk.err
