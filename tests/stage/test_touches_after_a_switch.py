"""A touch in the very moment in which a workspace has come to be seen arrives without another one to push it."""

from __future__ import annotations

import pytest
from Xlib import X
from Xlib.ext import xtest

from tests.fakes.painter import COLOURS
from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging, program
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
BAR = 56
TOUCHES = 60
"""About one in twenty was slept over by Xephyr before the stage nudged it."""


def touch(glass: Glass, x: int, y: int) -> None:
    """Nothing else follows it: no movement, no key."""
    xtest.fake_input(glass.display, X.MotionNotify, x=x, y=y)
    for kind in (X.ButtonPress, X.ButtonRelease):
        xtest.fake_input(glass.display, kind, 1)
    glass.display.sync()


def sees(glass: Glass, login: str) -> None:
    wanted = tuple(COLOURS[login].to_bytes(3, "big"))
    until(login, lambda: glass.pixel(12, 780) == wanted)


def test_every_touch_arrives_where_it_was_made() -> None:
    with xvfb() as name:
        glass = Glass(name)
        with Staging(glass, [program("toucher", "{login}", "{folder}/{login}.keys")]) as stage:
            stage.greet()
            for number, login in ((1, "ada"), (2, "ben")):
                stage.open(number, login)
                sees(glass, login)
            for turn in range(TOUCHES):
                login = ("ada", "ben")[turn % 2]
                before = len(stage.presses(login))
                stage.lock()
                until("the lock", lambda: glass.colours() == {LOCKED})
                stage.show(1 + turn % 2)
                sees(glass, login)
                touch(glass, 160 + turn, 600 + turn)
                arrived(stage, login, before + 1)
                assert stage.presses(login)[before:] == [f"+{160 + turn} {600 + turn - BAR}"]
        glass.close()


def arrived(stage: Staging, login: str, count: int) -> None:
    until("the touch", lambda: len(stage.presses(login)) == count)
