"""Touches anywhere on the display are noticed once, when somebody waits for one."""

from __future__ import annotations

import queue
import subprocess
from collections.abc import Iterator

import pytest

from kiosk.stage.touch import TouchWatch
from tests.fakes.agent_process import Display

pytestmark = pytest.mark.display
WITHIN = 10.0


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    made = Display()
    yield made
    made.close()


def pressed(display: Display, touched: queue.Queue[None]) -> None:
    """Press a key until it is noticed: only what comes after the wish was heard counts."""
    for _ in range(100):
        display.keys("a")
        try:
            return touched.get(timeout=WITHIN / 100)
        except queue.Empty:
            continue
    pytest.fail("no touch was noticed")


def test_each_wish_is_answered_once(display: Display) -> None:
    touched: queue.Queue[None] = queue.Queue()
    watch = TouchWatch(display.name, lambda: touched.put(None))
    try:
        watch.watch()
        pressed(display, touched)
        for _ in range(5):
            display.keys("a")
        assert touched.empty()
        watch.watch()
        pressed(display, touched)
    finally:
        watch.close()


def test_a_button_counts_too_even_while_another_program_holds_the_pointer(display: Display) -> None:
    from Xlib import X
    from Xlib.display import Display as Connection

    touched: queue.Queue[None] = queue.Queue()
    watch = TouchWatch(display.name, lambda: touched.put(None))
    menu = Connection(display.name)
    try:
        root = menu.screen().root
        held = root.grab_pointer(True, X.ButtonPressMask, X.GrabModeAsync, X.GrabModeAsync, 0, 0, X.CurrentTime)
        assert held == X.GrabSuccess
        watch.watch()
        for _ in range(100):
            subprocess.run(
                ["xdotool", "click", "1"], env={"DISPLAY": display.name, "PATH": "/usr/bin:/bin"}, check=True
            )
            try:
                touched.get(timeout=WITHIN / 100)
                break
            except queue.Empty:
                continue
        else:
            pytest.fail("the touch was not noticed")
    finally:
        watch.close()
        menu.close()


def test_a_display_that_goes_away_is_never_touched_and_nothing_breaks() -> None:
    touched: queue.Queue[None] = queue.Queue()
    doomed = Display()
    watch = TouchWatch(doomed.name, lambda: touched.put(None))
    watch.watch()
    pressed(doomed, touched)
    watch.watch()
    doomed.close()
    assert watch._thread is not None
    watch._thread.join(WITHIN)
    watch.watch()
    watch.close()
    assert touched.empty()


def test_without_a_display_there_is_nothing_to_wait_for() -> None:
    watch = TouchWatch(None, lambda: pytest.fail("touched"))
    watch.watch()
    assert watch._thread is None
    watch.close()
    watch.watch()
