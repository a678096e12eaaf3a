"""A program inside a workspace presses the station's own keys, takes the whole keyboard, and lies about windows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from kiosk.stage import protocol as p
from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
HEAD = """
import os, sys
from Xlib import X, XK, Xatom, display
from Xlib.ext import xtest
shown = display.Display()
root = shown.screen().root
window = root.create_window(0, 0, 300, 300, 0, X.CopyFromParent, background_pixel=0xC02020)
window.map()
shown.sync()
"""
GRAB_AND_FAKE = """
root.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
for name in ("l", "b"):
    root.grab_key(shown.keysym_to_keycode(XK.string_to_keysym(name)), X.AnyModifier, True, 1, 1)
for letter in ("b", "l"):
    for kind, names in ((X.KeyPress, ("Super_L", letter)), (X.KeyRelease, (letter, "Super_L"))):
        for name in names:
            xtest.fake_input(shown, kind, shown.keysym_to_keycode(XK.string_to_keysym(name)))
shown.sync()
"""
LIE = """
named = [shown.intern_atom(n) for n in ("_NET_CLIENT_LIST_STACKING", "_NET_ACTIVE_WINDOW")]
for turn in range(400):
    for name in named:
        root.change_property(name, Xatom.WINDOW, 32, [window.id + turn % 7] * (1 + turn * 5 % 500))
shown.sync()
for number in os.listdir("/proc"):
    if number.isdigit():
        for descriptor in ("7", "8"):
            try:
                pipe = os.open(f"/proc/{number}/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK)
                os.write(pipe, b"0 0 0\\n99 1\\n-1 5\\nx\\n0 " + b"9" * 40 + b"\\n" + b"7" * 3000)
            except OSError:
                pass
"""
TAIL = """
os.write(os.open(sys.argv[1], os.O_WRONLY), b"done")
while True:
    shown.next_event()
"""


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb(1280, 800) as name:
        seen = Glass(name)
        yield seen
        seen.close()


def works_on(glass: Glass, act: str) -> Iterator[Staging]:
    """Ada's workspace is shown, and the program in it has done its worst."""
    with Staging(glass, [[sys.executable, "-c", HEAD + act + TAIL, "{folder}/done"]], patience_ms=10_000) as stage:
        os.mkfifo(stage.folder / "done")
        pipe = os.open(stage.folder / "done", os.O_RDWR | os.O_NONBLOCK)
        stage.greet()
        stage.open(1, "ada")
        until("its worst", lambda: _read(pipe) or stage.said(p.Gone))
        assert not stage.said(p.Gone)
        os.close(pipe)
        yield stage


def _read(pipe: int) -> bytes:
    try:
        return os.read(pipe, 16)
    except BlockingIOError:
        return b""


def _presses_super_l(stage: Staging) -> None:
    stage.glass.key("Super_L", True)
    stage.glass.type("l")
    stage.glass.key("Super_L", False)
    assert stage.hear(p.Locked).reason == "KEY"
    until("nothing of theirs", lambda: stage.glass.colours() == {LOCKED})


def test_a_program_can_neither_press_the_station_s_keys_nor_keep_them(glass: Glass) -> None:
    for stage in works_on(glass, GRAB_AND_FAKE):
        assert not stage.said(p.Locked) and not stage.said(p.Reached), "what it pressed stayed in its own display"
        _presses_super_l(stage)


def test_a_program_that_lies_about_windows_and_programs_changes_nothing_but_its_own_buttons(glass: Glass) -> None:
    for stage in works_on(glass, LIE):
        while stage.said(p.Programs):
            assert set(stage.hear(p.Programs).letters) <= {p.FRONT, p.OPEN, p.RUNS, p.OVER}
        _presses_super_l(stage)
        stage.show(1)
        assert len(stage.hear(p.Programs).letters) == 1
