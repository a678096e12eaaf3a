"""The station's own keyboard layout inside a workspace: keys pressed on the host arrive as the right characters."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator

import pytest
from Xlib import X
from Xlib.ext import xtest

from kiosk.stage.nested import HOST_NAME, NUMBER
from tests.fakes.process_table import until
from tests.fakes.staging import Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
ALT_GR, SHIFT, CAPS, SPACE, MENU, RIGHT_CTRL = 108, 50, 66, 65, 135, 105
E, Q, Y, A, EIGHT, TWO, SEMICOLON, LESS, QUOTE = 26, 24, 29, 38, 17, 11, 47, 94, 48
TERMINAL = [
    *("/usr/bin/env", "LC_ALL=C.UTF-8", "xterm", "-u8", "-maximized", "-e"),
    *("sh", "-c", "stty raw -echo; exec cat >{folder}/{login}.keys"),
]
EXPECTED: dict[str, list[tuple[tuple[int, ...], str]]] = {
    "de": [((ALT_GR, Q), "@"), ((ALT_GR, E), "€"), ((ALT_GR, EIGHT), "["), ((Y,), "z"), ((SEMICOLON,), "ö")],
    "fr": [((ALT_GR, E), "€"), ((Q,), "a"), ((TWO,), "é"), ((SHIFT, TWO), "2")],
    "es": [((ALT_GR, TWO), "@"), ((ALT_GR, E), "€"), ((SEMICOLON,), "ñ")],
    "ru": [((Q,), "й"), ((A,), "ф"), ((SHIFT, A), "Ф")],
    "de -option lv3:menu_switch": [((MENU, Q), "@"), ((MENU, E), "€"), ((MENU, EIGHT), "["), ((Y,), "z")],
    "de -option lv3:switch": [((RIGHT_CTRL, Q), "@"), ((RIGHT_CTRL, E), "€"), ((RIGHT_CTRL, EIGHT), "["), ((Y,), "z")],
    "de -option lv3:caps_switch": [((CAPS, Q), "@"), ((CAPS, E), "€"), ((CAPS, EIGHT), "["), ((Y,), "z")],
    "es -variant winkeys": [((QUOTE,), ""), ((A,), "á"), ((SHIFT, QUOTE), ""), ((E,), "ë"), ((SEMICOLON,), "ñ")],
    "us -option compose:menu": [((MENU,), ""), ((QUOTE,), ""), ((E,), "é"), ((Q,), "q")],
    "us -variant dvorak": [((Q,), "'"), ((E,), "."), ((SEMICOLON,), "s")],
}


def layout(name: str, words: str) -> None:
    told = ["setxkbmap", "-display", name, "-rules", "evdev", "-model", "pc105", "-option", "", "-layout"]
    subprocess.run([*told, *words.split()], check=True, timeout=20)


def chord(glass: Glass, *codes: int) -> None:
    for code in codes:
        xtest.fake_input(glass.display, X.KeyPress, code)
    for code in reversed(codes):
        xtest.fake_input(glass.display, X.KeyRelease, code)
    glass.display.sync()


class Typed:
    """What a terminal in a workspace was given."""

    def __init__(self, stage: Staging, login: str) -> None:
        self._stage, self._login, self._seen = stage, login, 0

    def text(self) -> str:
        return "".join(self._stage.keys(self._login))

    def ready(self) -> None:
        def heard() -> str:
            chord(self._stage.glass, SPACE)
            return self.text()

        until("the terminal", heard)

    def last(self, codes: tuple[int, ...], wanted: str) -> None:
        """Pressed again until it is there: a changed layout arrives a moment later."""

        def arrived() -> bool:
            chord(self._stage.glass, *codes)
            time.sleep(0.02)
            return self.text().endswith(wanted)

        try:
            until(repr(wanted), arrived)
        except AssertionError:
            raise AssertionError(f"{wanted!r} of {codes}: {self.text()[-20:]!r}") from None


@pytest.fixture(scope="module")
def stage() -> Iterator[Staging]:
    with xvfb() as name:
        layout(name, "de")
        glass = Glass(name)
        with Staging(glass, [TERMINAL]) as staging:
            staging.greet()
            staging.open(1, "ada")
            yield staging
        glass.close()


@pytest.fixture
def typed(stage: Staging) -> Typed:
    found = Typed(stage, "ada")
    found.ready()
    return found


def expect_whole(stage: Staging, typed: Typed, words: str) -> None:
    """All of them in order, once the layout has arrived: keys in the middle of its change are not counted."""
    wanted = " " + "".join(character for _, character in EXPECTED[words])
    for _ in range(6):
        chord(stage.glass, SPACE)
        for codes, _ in EXPECTED[words]:
            chord(stage.glass, *codes)
        with contextlib.suppress(AssertionError):
            until("the keys", lambda: typed.text().endswith(wanted), patience=2)
            return
    raise AssertionError(f"{words}: {typed.text()[-20:]!r} does not end with {wanted!r}")


def test_the_layout_that_the_host_began_with(stage: Staging, typed: Typed) -> None:
    expect_whole(stage, typed, "de")


@pytest.mark.parametrize("words", [*(words for words in EXPECTED if words != "de"), "de"])
def test_a_layout_changed_while_the_workspace_runs(stage: Staging, typed: Typed, words: str) -> None:
    layout(stage.glass.name, words)
    expect_whole(stage, typed, words)


def test_caps_lock_and_the_second_group_of_the_host_hold_inside(stage: Staging, typed: Typed) -> None:
    layout(stage.glass.name, "us,ru -option grp:shifts_toggle")
    typed.last((SEMICOLON,), ";")
    chord(stage.glass, CAPS)
    typed.last((E,), "E")
    chord(stage.glass, CAPS)
    typed.last((E,), "e")
    chord(stage.glass, SHIFT, 62)
    typed.last((Q,), "й")
    chord(stage.glass, SHIFT, 62)
    typed.last((Q,), "q")


def test_a_workspace_that_was_the_spare_has_the_layout_of_now(stage: Staging) -> None:
    layout(stage.glass.name, "de")
    stage.open(2, "ben")
    ben = Typed(stage, "ben")
    try:
        ben.ready()
        expect_whole(stage, ben, "de")
    finally:
        stage.show(1)


def test_programs_and_the_spare_are_told_the_name_of_the_layout(stage: Staging) -> None:
    """Remote desktops read it when they begin."""
    layout(stage.glass.name, "de -variant nodeadkeys")
    found = until("their folders", lambda: sorted((stage.folder / "stage").rglob("authority")))
    for authority in found:
        view = ["--dev-bind", "/", "/", "--bind", str(authority.parent / "x11"), "/tmp/.X11-unix"]
        ask = ["--unshare-uts", "--hostname", HOST_NAME, "xprop", "-display", f":{NUMBER}", "-root", "_XKB_RULES_NAMES"]
        env = {"PATH": "/usr/bin:/bin", "XAUTHORITY": str(authority)}

        def said(words: tuple[str, ...] = ("bwrap", *view, *ask), env: dict[str, str] = env) -> bool:
            told = subprocess.run(words, env=env, capture_output=True, text=True, timeout=20, check=False).stdout
            return '"evdev", "pc105", "de", "nodeadkeys", ""' in told

        until(f"the names in {authority.parent.name}", said)
