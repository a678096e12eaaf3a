"""On the accessibility bus: each screen is told once, by its name and role; what is new on it, in words.

Orca 43 speaks the thing that gets the focus with the screens around it, and notifications that come to be shown; what
it really says stands in docs/spoken.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.screen_reader_station import Station, a_station

pytestmark = pytest.mark.display
FOCUSED, SHOWING = ("StateChanged", "focused", "1"), ("StateChanged", "showing", "1")
WALK = {
    "second-factor-pin": "PIN",
    "fading": "Dr. Ana López: Locking in 30 seconds",
    "step-up-key": "Dr. Ana López · alopez: Export patient records. Hold your key to the reader",
    "unknown-badge": "Try again",
    "enrol-pin": "Choose your PIN",
    "enrol-done-badge": "Finish",
    "aftermath": "Dr. Ana López: This ended without you",
    "out-of-order": "Try again",
    "locked": "Locked: Tap your badge",
}
"""Screens in the order in which they are shown, and what has the keyboard on each."""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    with a_station(tmp_path_factory) as station:
        station.at("reading")
        yield station


def test_a_new_screen_is_told_by_one_change_of_focus(station: Station) -> None:
    for name, called in WALK.items():
        told = station.listener.events(lambda name=name: station.at(name), called)  # type: ignore[misc]
        assert [event[3] for event in told if event[:3] == FOCUSED] == [called], name


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("second-factor-pin", "second-factor-off", "That PIN is not right. Type it again. 3 tries left."),
        ("second-factor-pin", "second-factor-wait", "Checking…"),
        ("second-factor-pin", "second-factor-new-place", "New ward: prove it is you once"),
        ("active", "active-ending", "Ends within a minute: save your work."),
        ("locked", "locked-moved", "Your session has moved to Bay 7, Ward 3 East."),
    ],
    ids=["refused and off", "checked", "why", "the session's end", "moved"],
)
def test_what_is_new_is_told_where_the_keyboard_is(station: Station, before: str, after: str, said: str) -> None:
    station.at(before)
    heard = station.listener.hear(lambda: station.at(after), "showing")
    assert any(word.startswith(said) for word in heard), heard
