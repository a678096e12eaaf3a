"""What the stage tells of a workspace's programs, brings to the front, starts again; and the keys that are its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator

import pytest
from Xlib import X

from kiosk.stage import protocol as p
from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging, program
from tests.fakes.visible_display import Glass, xvfb
from tests.stage.nested.seen import GREEN, RED

pytestmark = pytest.mark.display
BAR = 70
MIDDLE = (640, 400)
COLOURS = {"fw": RED, "wf": GREEN}
NAMES = ("red", "green")


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb(1280, 800) as name:
        seen = Glass(name)
        yield seen
        seen.close()


@pytest.fixture
def stage(glass: Glass) -> Iterator[Staging]:
    two = [program("managed", name, "{folder}/" + name) for name in NAMES]
    with Staging(glass, two, patience_ms=10_000) as staging:
        for name in NAMES:
            os.mkfifo(staging.folder / name)
        yield staging


@pytest.fixture
def strip(glass: Glass) -> Iterator[list[int]]:
    """The agent's bar, as the stage finds it: along the upper edge. The keys that it hears."""
    window = glass.root.create_window(
        *(0, 0, 1280, BAR, 0, X.CopyFromParent),
        background_pixel=0x112233,
        override_redirect=1,
        event_mask=X.KeyPressMask,
    )
    window.map()
    glass.display.sync()
    yield []
    window.destroy()
    glass.display.sync()


class Desk:
    """Ada's workspace with two programs, whose windows are there."""

    def __init__(self, stage: Staging) -> None:
        self._stage, self._pipes = (
            stage,
            {name: os.open(stage.folder / name, os.O_RDWR | os.O_NONBLOCK) for name in NAMES},
        )
        self._keys: dict[str, list[str]] = {name: [] for name in NAMES}
        self._told: dict[str, list[str]] = {name: [] for name in NAMES}
        stage.greet()
        stage.say(p.Bar(BAR))
        stage.open(1, "ada")
        self.letters = self.hear({"fw", "wf", "f"})

    def hear(self, wanted: set[str]) -> str:
        """The next word about the programs that is one of ``wanted``."""
        while (said := self._stage.hear(p.Programs).letters) not in wanted:
            pass
        self.letters = said
        return said

    def front(self, wanted: str) -> None:
        """Bring to the front what has the "f"; once more where the window that came last comes up only then."""
        asked = ""

        def there() -> bool:
            nonlocal asked
            while self._stage.said(p.Programs):
                self.letters, asked = self._stage.hear(p.Programs).letters, ""
            if wanted not in (self.letters, asked):
                self._stage.say(p.Front(1, wanted.index("f")))
                asked = wanted
            return self.letters == wanted and self._stage.glass.pixel(*MIDDLE) == COLOURS[wanted]

        until(wanted, there)

    def _hears(self, name: str) -> None:
        with contextlib.suppress(BlockingIOError):
            for line in os.read(self._pipes[name], 4096).decode().split("\n")[:-1]:
                (self._keys if line[0] in "+-" else self._told)[name].append(line)

    def keys(self, name: str) -> list[str]:
        """All that came since."""
        self._hears(name)
        came, self._keys[name] = self._keys[name], []
        return came

    def told(self, name: str, word: str) -> list[str]:
        """What the program was told of its display: what follows ``word``."""

        def found() -> list[str] | None:
            self._hears(name)
            return next((line.split()[1:] for line in reversed(self._told[name]) if line.startswith(word)), None)

        return until(word, found)

    def close(self) -> None:
        for pipe in self._pipes.values():
            os.close(pipe)


@pytest.fixture
def desk(stage: Staging, strip: list[int]) -> Iterator[Desk]:
    one = Desk(stage)
    yield one
    one.close()


def test_a_program_is_brought_to_the_front_and_started_again_once_it_has_ended(stage: Staging, desk: Desk) -> None:
    desk.front("fw")
    desk.front("wf")
    stage.glass.type("q")
    assert desk.hear({"fe"}) == "fe"
    stage.say(p.Front(1, 1))
    assert desk.hear({"wf"}) == "wf"
    desk.front("wf")
    stage.glass.type("q")
    desk.hear({"fe"})
    stage.glass.type("q")
    assert stage.hear(p.Gone).reason == "PROGRAMS"


def test_what_changed_while_it_was_hidden_is_told_once_it_is_seen_again(stage: Staging, desk: Desk) -> None:
    desk.front("fw")
    stage.glass.key("q", True)
    stage.lock()
    stage.glass.key("q", False)  # let go inside as it is hidden, and so its program ends
    stage.show(1)
    assert desk.hear({"ef"}) == "ef"


def test_a_title_bar_is_10_mm_high_and_its_cross_asks_before_it_closes(stage: Staging, desk: Desk) -> None:
    desk.front("wf")
    left, right, top, bottom = map(int, desk.told("green", "frame"))
    assert abs(top - 10 / 25.4 * 96) <= 3
    assert (left, right, bottom) == (1, 1, 1)
    glass = stage.glass

    def touch(x: int, y: int) -> None:
        glass.move(x, y)
        glass.button(1, True)
        glass.button(1, False)

    cross = (1280 - 24, BAR + top // 2)
    before = glass.pixel(cross[0] - 40, cross[1] + 40)
    for row, letters in ((0, ""), (1, "fe")):
        touch(*cross)
        until("the question", lambda: glass.pixel(cross[0] - 40, cross[1] + 40) != before)
        touch(cross[0] - 40, cross[1] + 25 + row * 45)
        if letters:
            assert desk.hear({letters}) == letters
        else:
            until("the question to go", lambda: glass.pixel(cross[0] - 40, cross[1] + 40) == before)
            assert stage.said(p.Programs) is False, "it is open as before"


def test_programs_on_a_fine_monitor_are_told_how_much_larger_to_draw() -> None:
    with xvfb(1920, 1080) as name:
        fine = Glass(name)
        size = "1920/344x1080/194+0+0"  # 15.6 inches
        subprocess.run(["xrandr", "--display", name, "--setmonitor", "m", size, "screen"], check=True, timeout=10)
        with Staging(fine, [program("managed", "red", "{folder}/red")], patience_ms=10_000) as stage:
            for name in NAMES:
                os.mkfifo(stage.folder / name)
            one = Desk(stage)
            assert one.told("red", "resources") == ["Xft.dpi:", "144"]
            assert one.told("red", "scale") == ["1.5", "None"]
            assert abs(int(one.told("red", "frame")[2]) - 10 / 25.4 * 142) <= 5
            one.close()
        fine.close()


def test_without_title_bars_a_window_fills_the_monitor(glass: Glass) -> None:
    with Staging(glass, [program("managed", "red", "{folder}/red")], patience_ms=10_000, titles=0) as stage:
        for name in NAMES:
            os.mkfifo(stage.folder / name)
        one = Desk(stage)
        assert one.told("red", "frame") == ["0", "0", "0", "0"]
        until("the corners", lambda: {glass.pixel(x, y) for x in (1, 1278) for y in (BAR + 1, 798)} == {RED})
        one.close()


def test_super_l_locks_and_neither_key_reaches_a_program(stage: Staging, desk: Desk) -> None:
    desk.front("fw")
    glass = stage.glass
    glass.key("Super_L", True)
    glass.type("b")
    stage.hear(p.Reached)
    stage.say(p.Back())
    glass.type("l")
    glass.key("Super_L", False)
    assert stage.hear(p.Locked).reason == "KEY"
    until("nothing of theirs", lambda: glass.pixel(*MIDDLE) == LOCKED)
    heard: list[str] = []

    def came(key: str) -> bool:
        heard.extend(desk.keys("red"))
        return any(event.startswith(f"{key} ") for event in heard)

    until("Super to be let go inside", lambda: came("-133"))
    stage.show(1)
    glass.type("a")
    until("a letter", lambda: came("+38"))
    assert {key.split()[0][1:] for key in heard} <= {"133", "38"}, "Super alone, and what came after it"
    assert "+38 0" in heard, "and Super is not held down inside"


def test_the_bar_has_the_keyboard_until_it_is_done_or_the_workspace_is_touched(stage: Staging, desk: Desk) -> None:
    desk.front("fw")
    glass = stage.glass
    for leave in ("word", "touch"):
        glass.key("Super_L", True)
        glass.type("b")
        glass.key("Super_L", False)
        stage.hear(p.Reached)
        glass.type("xyz")
        if leave == "word":
            stage.say(p.Back())
        else:
            glass.move(*MIDDLE)
            glass.button(1, True)
            glass.button(1, False)
            stage.hear(p.Left)
        heard: list[str] = []
        while not any(key.startswith("+38 ") for key in heard):
            glass.type("a")
            heard += desk.keys("red")
        assert not {"53", "29", "52"} & {key.split()[0][1:] for key in heard}, "x, y and z were the bar's"


def test_a_workspace_begins_below_the_bar_from_its_first_frame_on_and_is_not_black(glass: Glass) -> None:
    with Staging(glass, [["sleep", "60"]]) as stage:
        stage.greet()
        stage.say(p.Bar(BAR))
        stage.open(1, "ada")
        inside = [w for w in glass.root.query_tree().children if w.get_wm_name() == "kiosk workspace"]
        areas = {(g.y, g.height) for g in (w.get_geometry() for w in inside)}
        assert areas == {(BAR, 800 - BAR)}
        ground = until("a ground", lambda: {glass.pixel(x, y) for x in (5, 900) for y in (BAR + 5, 700)} - {LOCKED})
        assert ground == {(0x5C, 0x6B, 0x75)}
