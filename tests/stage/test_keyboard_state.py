"""Caps Lock and the keyboard's layout are told as they change, and the layout is changed on wish."""

from __future__ import annotations

import queue
import subprocess
from collections.abc import Iterator

import pytest

from kiosk.stage.keyboard_state import KeyboardWatch, Locks, layouts_of
from tests.fakes.visible_display import Glass, xvfb

WITHIN = 10.0


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (b"evdev\0pc105\0de\0\0\0", ("DE",)),
        (b"evdev\0pc105\0us,ru\0,\0grp:shifts_toggle\0", ("US", "RU")),
        (b"evdev\0pc105\0us,us\0,dvorak\0\0", ("US", "US dvorak")),
        (b"evdev\0pc105\0de,fr\0nodeadkeys,\0\0", ("DE", "FR")),
        (b"evdev\0pc105\0a,b,c,d,e\0\0\0", ("A", "B", "C", "D")),
        (b"evdev\0pc105\0" + b"x" * 99 + b"\0\0\0", ("X" * 12,)),
        (b"", ()),
        (b"evdev\0pc105\0\0\0\0", ()),
    ],
)
def test_layouts_have_short_names(names: bytes, said: tuple[str, ...]) -> None:
    assert layouts_of(names) == said


@pytest.fixture
def told() -> queue.Queue[Locks]:
    return queue.Queue()


@pytest.fixture
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        glass = Glass(name)
        layout(glass, "us,ru")
        yield glass
        glass.close()


def layout(glass: Glass, words: str) -> None:
    told = ["setxkbmap", "-display", glass.name, "-rules", "evdev", "-model", "pc105", "-option", "", "-layout"]
    subprocess.run([*told, *words.split()], check=True, timeout=20)


def until(told: queue.Queue[Locks], wanted: Locks) -> None:
    """Waits for ``wanted``; what is told before it is of no interest."""
    while told.get(timeout=WITHIN) != wanted:
        pass


@pytest.mark.display
def test_each_change_is_told(glass: Glass, told: queue.Queue[Locks]) -> None:
    watch = KeyboardWatch(glass.name, told.put)
    watch.start()
    try:
        until(told, Locks(False, "US", 2))
        glass.key("Caps_Lock", True)
        glass.key("Caps_Lock", False)
        until(told, Locks(True, "US", 2))
        glass.key("Caps_Lock", True)
        glass.key("Caps_Lock", False)
        until(told, Locks(False, "US", 2))
        watch.next_layout()
        until(told, Locks(False, "RU", 2))
        watch.next_layout()
        until(told, Locks(False, "US", 2))
        layout(glass, "de")
        until(told, Locks(False, "DE", 1))
        watch.next_layout()
        layout(glass, "fr,de")
        until(told, Locks(False, "FR", 2))
    finally:
        watch.close()


@pytest.mark.display
def test_a_display_that_goes_away_ends_it_quietly(told: queue.Queue[Locks]) -> None:
    with xvfb() as name:
        watch = KeyboardWatch(name, told.put)
        watch.start()
        told.get(timeout=WITHIN)
    watch.close()


def test_without_a_display_nothing_is_told(told: queue.Queue[Locks]) -> None:
    watch = KeyboardWatch(None, told.put)
    watch.start()
    watch.next_layout()
    watch.close()
    assert told.empty()
