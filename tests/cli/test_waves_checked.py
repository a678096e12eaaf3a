"""Roll-out waves before they count: nobody is of this one, and that one locks so many people out."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


class Terminal(io.StringIO):
    """Somebody sits here and types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def ward(desk: AdminDesk) -> AdminDesk:
    """Three nurses at Ward 3, one of whom has a PIN; a workstation at Ward 4."""
    for login in ("ada", "ben", "cy"):
        desk.admin("person", "add", login, "--name", login.title(), "--role", "nurse")
        desk.admin("person", "move", login, "Ward 3")
    desk.admin("pin", "set", "ada", typed="735194\n")
    desk.admin("workstation", "add", "w", "--place", "Ward 4")
    return desk


def wave(desk: AdminDesk, *lines: str, begins: int = -20) -> None:
    day = (datetime.now(UTC) + timedelta(days=begins)).strftime("%Y-%m-%d")
    settings = desk.data / "service.toml"
    more = "\n".join(lines)
    settings.write_text(
        f'{settings.read_text()}\n[[policy.wave]]\nname = "pilot"\nkinds = ["pin"]\nfrom = {day}\n{more}\n'
    )


def check(desk: AdminDesk, *words: str, typed: str = "") -> int:
    return desk.run("service", "check", "--data", str(desk.data), *words, typed=typed)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            'places = ["Ward 33"]',
            "“Ward 33”: no person works there and no workstation stands there, so nobody is of the",
        ),
        ('places = ["ward 3"]', "Did you mean “Ward 3”?"),
        ('places = ["Ward 4"]', "“Ward 4”: a workstation stands there, but it is nobody's place of work"),
        ('roles = ["nurses"]', "names the role “nurses”, which nobody has."),
    ],
)
def test_a_wave_that_nobody_is_of_is_warned_of(ward: AdminDesk, line: str, sentence: str) -> None:
    wave(ward, line)
    assert check(ward) == 0
    assert ward.err.startswith("Warning: The wave “pilot” names")
    assert sentence in ward.err
    ward.run("doctor", "--data", str(ward.data))
    assert sentence in ward.out


def test_a_wave_of_people_who_are_there_is_warned_of_nowhere(ward: AdminDesk) -> None:
    wave(ward, 'places = ["Ward 3"]', "required = true")
    assert check(ward) == 0
    assert ward.err == ""


def test_whoever_would_be_locked_out_is_counted_and_a_script_says_that_it_is_meant(ward: AdminDesk) -> None:
    wave(ward, 'places = ["Ward 3"]', "required = true", "enforce_after = 30")
    assert check(ward) == 1
    assert "The wave “pilot” will lock out, from " in ward.err
    assert "2 of its 3 people, who have not got what it asks for: ben, cy." in ward.err
    assert "If it is meant: --yes" in ward.err
    assert check(ward, "--yes") == 0
    ward.run("doctor", "--data", str(ward.data))
    assert "2 of its 3 people" in ward.out


def test_somebody_at_a_terminal_is_asked(ward: AdminDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    wave(ward, "required = true", "enforce_after = 0")
    monkeypatch.setattr("tests.fakes.admin.io.StringIO", Terminal)
    assert check(ward, typed="n\n") == 1
    assert "locks out now 2 of its 3 people" in ward.err
    assert check(ward, typed="y\n") == 0


def test_who_has_it_or_works_elsewhere_or_left_is_not_counted(ward: AdminDesk) -> None:
    ward.admin("pin", "set", "ben", typed="735194\n")
    ward.admin("person", "leave", "cy")
    wave(ward, 'places = ["Ward 3"]', "required = true", "enforce_after = 0")
    assert check(ward) == 0
    assert ward.err == ""


def test_the_service_says_so_when_it_starts_and_starts_all_the_same(
    ward: AdminDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave(ward, 'places = ["Ward 3", "Ward 33"]', "required = true", "enforce_after = 0")
    begun: list[bool] = []
    monkeypatch.setattr("kiosk.service.server._Server.run", lambda self: begun.append(True))
    ward.run("service", "run", "--data", str(ward.data))
    assert begun == [True]
    assert "Warning: The wave “pilot” names the place “Ward 33”" in ward.err
    assert "Warning: The wave “pilot” locks out now 2 of its 3 people" in ward.err
