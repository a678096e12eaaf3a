"""Several monitors: what the programs of a workspace are told of them, and where a maximised window lies."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.stage import protocol as p
from tests.fakes.process_table import family, until
from tests.fakes.staging import LOCKED, Staging, program
from tests.fakes.visible_display import Glass, xvfb

RED = (0xC0, 0x20, 0x20)
BAR = 56
HALVES = [[0, 0, 1280, 1024 - BAR], [1280, 0, 1280, 1024 - BAR]]
pytestmark = pytest.mark.display


def xrandr(name: str, *words: str) -> None:
    subprocess.run(["xrandr", "--display", name, *words], check=True, timeout=10, capture_output=True)


def split(name: str, left: int, right: tuple[int, int], label: str = "") -> None:
    """Two monitors side by side, ``left`` pixels wide and as high as the display, and ``right`` wide and high."""
    xrandr(name, "--setmonitor", f"left{label}", f"{left}/340x1024/270+0+0", "screen")
    xrandr(name, "--setmonitor", f"right{label}", f"{right[0]}/340x{right[1]}/270+{left}+0", "none")


@pytest.fixture
def glass() -> Iterator[Glass]:
    with xvfb(2560, 1024) as name:
        split(name, 1280, (1280, 1024))
        seen = Glass(name)
        seen.move(300, 500)
        yield seen
        seen.close()


def last(stage: Staging) -> dict[str, Any]:
    with contextlib.suppress(IndexError, ValueError):
        told: dict[str, Any] = json.loads(stage.keys("ada")[-1])
        return told
    return {}


def fills_a_half(stage: Staging) -> list[int]:
    """Until it does, and knows both; which one. The window manager picks it, the toolkit hears of both when it can."""

    def told() -> list[int] | None:
        now = last(stage)
        return now["window"] if now.get("screens") == HALVES and now["window"] in HALVES else None

    return until("one half", told)


def test_a_maximised_window_fills_one_monitor_and_follows_when_they_change(glass: Glass) -> None:
    maximised = program("maximised", "{folder}/{login}.keys")
    with Staging(glass, [maximised]) as stage:
        stage.greet()
        stage.open(1, "ada")
        half = fills_a_half(stage)
        other = HALVES[1 - HALVES.index(half)]
        until("that one is red", lambda: glass.pixel(half[0] + 640, 600) == RED)
        assert glass.pixel(other[0] + 640, 600) != RED and glass.pixel(half[0] + 640, BAR - 1) == LOCKED

        for label in ("left", "right"):
            xrandr(glass.name, "--delmonitor", label)
        split(glass.name, 2000, (560, 600), "2")
        assert stage.hear(p.Locked) == p.Locked("MONITORS")
        unequal = [[0, 0, 2000, 1024 - BAR], [2000, 0, 560, 600 - BAR]]
        until("the two of different size", lambda: last(stage).get("screens") == unequal)
        until("the larger one", lambda: last(stage).get("window") == unequal[0])
        stage.show(1)
        until("it is red to its edge", lambda: glass.pixel(1990, 1000) == RED)
        assert glass.pixel(2010, 300) != RED


def test_a_monitor_alone_is_the_whole_screen_again(glass: Glass) -> None:
    with Staging(glass, [program("maximised", "{folder}/{login}.keys")]) as stage:
        stage.greet()
        stage.open(1, "ada")
        fills_a_half(stage)
        xrandr(glass.name, "--delmonitor", "right")
        xrandr(glass.name, "--delmonitor", "left")
        until("one monitor", lambda: last(stage).get("screens") == [[0, 0, 2560, 1024 - BAR]])
        until("all of it", lambda: last(stage).get("window") == [0, 0, 2560, 1024 - BAR])


def test_the_bar_that_grows_leaves_each_monitor_as_much(glass: Glass) -> None:
    with Staging(glass, [program("maximised", "{folder}/{login}.keys")]) as stage:
        stage.greet()
        stage.open(1, "ada")
        fills_a_half(stage)
        bar = glass.root.create_window(0, 0, 1280, 90, 0, 0, background_pixel=0xFFFFFF, override_redirect=1)
        bar.map()
        glass.display.sync()
        less = [[x, y, width, 934] for x, y, width, _ in HALVES]
        until("less", lambda: last(stage).get("window") in less)
        until("both", lambda: last(stage).get("screens") == less)
        bar.destroy()
        glass.display.sync()


def test_a_program_that_slept_through_changes_learns_of_the_last(glass: Glass) -> None:
    """As on a busy machine: two changes are over before the program looks, and the monitors must not seem the same."""
    with Staging(glass, [program("maximised", "{folder}/{login}.keys")]) as stage:
        stage.greet()
        first = stage.open(1, "ada")
        fills_a_half(stage)
        pid = next(pid for pid, name in family(first).items() if name.startswith("python"))
        os.kill(pid, signal.SIGSTOP)
        change(stage, "--delmonitor", "right")
        change(stage, "--setmonitor", "right", "1280/340x500/270+1280+0", "none")
        os.kill(pid, signal.SIGCONT)
        until("the right one as it is", lambda: [1280, 0, 1280, 500 - BAR] in last(stage).get("screens", []))


def change(stage: Staging, *words: str) -> None:
    """One change of the monitors, and the stage has told of it."""
    xrandr(stage.glass.name, *words)
    assert stage.hear(p.Locked) == p.Locked("MONITORS")
    with contextlib.suppress(TimeoutError):
        while stage.hear(p.Locked, 0.2):
            pass
