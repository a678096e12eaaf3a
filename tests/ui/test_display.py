"""On a real X display without a window manager, driven by xdotool, over another program's window.

No wait here has a limit of its own: on a machine in use one xdotool may take longer than any that seems long, and a
limit that strikes while the display is made fails every test of the file. The suite's own ends a wait in vain.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.fakes.process_table import until

pytestmark = pytest.mark.display
WHITE = 0xFFFFFF
ENDLESS = float("inf")

PROGRAM = """
import sys
from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication
from kiosk.session.facts.person_input import Entered, Keyed
from kiosk.ui.samples import SAMPLES
from kiosk.ui.window import Window

application = QApplication(sys.argv)

typed = []

def post(event):
    if isinstance(event, Keyed):
        typed.append(event.character.reveal())
    elif isinstance(event, Entered):
        print("event", "".join(typed), flush=True)
    else:
        print("event", event, flush=True)

window = Window(post, sounds=False)
window.painted.connect(lambda name: print("painted", name, flush=True))

def next_screen():
    name = sys.stdin.readline().strip()
    if not name:
        application.quit()
        return
    window.show_screen(SAMPLES[name])
    print("shown", name, flush=True)

notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
notifier.activated.connect(lambda: next_screen())
window.show_screen(SAMPLES["locked"])
application.exec()
"""


class Station:
    """The window in a process of its own, on a display of its own."""

    def __init__(self, display: str) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=self.environment,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def show(self, name: str, painted: str) -> None:
        """Show sample ``name`` and wait until it is painted and, but for the bar, has the keyboard."""
        self.say(name)
        self.expect(f"painted {painted}")
        if painted != "active":
            self.listens()

    def listens(self) -> None:
        """Wait until the window has the keyboard: the display gives it later than the paint, and keys go nowhere."""
        asks = ["xdotool", "getwindowfocus", "getwindowname"]

        def ours() -> bool:
            asked = subprocess.run(asks, env=self.environment, capture_output=True, text=True, check=False)
            return asked.returncode == 0 and asked.stdout.strip() == "kiosk"

        until("the window to have the keyboard", ours, ENDLESS)

    def say(self, name: str) -> None:
        """Have sample ``name`` shown, and wait until it is drawn."""
        assert self.process.stdin is not None
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        self.expect(f"shown {name}")

    def expect(self, line: str) -> None:
        """Wait for ``line``; the suite's own time limit ends a wait in vain."""
        assert self.process.stdout is not None
        for said in self.process.stdout:
            if said.strip() == line:
                return
        raise AssertionError(f"the window ended without saying {line!r}")

    def hands(self, *arguments: str) -> None:
        """What a person does, by xdotool."""
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True)

    def sees(self, *question: str) -> str:
        """What xdotool answers to a question."""
        asked = subprocess.run(["xdotool", *question], env=self.environment, check=True, capture_output=True, text=True)
        return asked.stdout.strip()

    def picture(self, folder: Path) -> QImage:
        """What the glass shows."""
        file = folder / "glass.png"
        subprocess.run(["import", "-window", "root", str(file)], env=self.environment, check=True)
        return QImage(str(file))


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A bare X server with a white window on it, as a workspace."""
    if missing := [tool for tool in ("Xvfb", "xdotool", "import", "xterm") if shutil.which(tool) is None]:
        pytest.fail(f"installer/setup.sh installs what is missing here: {', '.join(missing)}")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        # Without -noreset it would begin anew, and drop the workspace, when a question of xdotool comes before it.
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset", "-r"],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        name = f":{told.readline().strip()}"
    workspace = subprocess.Popen(
        ["xterm", "-T", "workspace", "-bg", "white", "-bw", "0", "-geometry", "300x100+0+0", "-e", "sleep", "600"],
        env={**os.environ, "DISPLAY": name},
        stderr=subprocess.DEVNULL,
    )
    os.environ["WORKSPACE"] = _window_of("workspace", name)
    yield name
    del os.environ["WORKSPACE"]
    for process in (workspace, server):
        process.terminate()
        process.wait()


def _window_of(title: str, display: str) -> str:
    """The X window with this title, once it is there; xdotool fails where windows come and go while it looks."""
    words = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]

    def there() -> str | None:
        found = subprocess.run(words, env={**os.environ, "DISPLAY": display}, capture_output=True, text=True)
        return found.stdout.split()[0] if found.returncode == 0 and found.stdout.strip() else None

    return until(f"the window of {title}", there, ENDLESS)


@pytest.fixture
def station(display: str) -> Iterator[Station]:
    made = Station(display)
    made.expect("painted locked")
    made.listens()
    yield made
    assert made.process.stdin is not None
    made.process.stdin.close()
    made.process.terminate()
    made.process.wait()
    assert made.process.stdout is not None
    made.process.stdout.close()


def test_a_pin_typed_at_the_keyboard_arrives(station: Station) -> None:
    station.show("second-factor-pin", "second_factor")
    station.hands("type", "4711")
    station.hands("key", "Return")
    station.expect("event 4711")


def test_a_login_typed_on_the_locked_screen_arrives_whole(station: Station) -> None:
    station.hands("type", "mlopez")
    station.expect("event Pressed(button=<Button.USE_CODE: 'use_code'>)")
    station.say("locked-login")
    station.hands("key", "Return")
    station.expect("event LoginTyped(login='mlopez')")


def test_escape_refuses_a_step_up(station: Station) -> None:
    station.show("step-up-key", "step_up")
    station.hands("key", "Escape")
    station.expect("event Pressed(button=<Button.REFUSE: 'refuse'>)")


def test_a_touch_between_the_stripes_stays_and_does_not_reach_the_workspace(station: Station) -> None:
    station.show("fading", "fading")
    station.hands("mousemove", "20", "20", "click", "1")
    station.expect("event Pressed(button=<Button.STAY: 'stay'>)")


def test_the_workspace_is_shown_then_dimmed_then_covered(station: Station, tmp_path: Path) -> None:
    station.show("active", "active")
    shown = _white(station.picture(tmp_path))
    station.show("fading", "fading")
    dimmed = _white(station.picture(tmp_path))
    station.show("locked", "locked")
    covered = _white(station.picture(tmp_path))
    assert shown > 0.95
    assert 0.2 < dimmed < 0.5
    assert covered == 0


def test_the_keyboard_comes_back_when_another_program_takes_it(station: Station) -> None:
    station.show("second-factor-pin", "second_factor")
    workspace = station.environment["WORKSPACE"]
    ours = station.sees("getwindowfocus")
    station.hands("windowfocus", workspace)
    until("the keyboard to come back", lambda: station.sees("getwindowfocus") == ours, ENDLESS)
    station.hands("type", "12")
    station.hands("key", "Return")
    station.expect("event 12")


def _white(glass: QImage) -> float:
    """The share of white in an area that the workspace fills and no panel or bar touches."""
    points = [(x, y) for x in range(20, 180, 4) for y in range(120, 420)]
    return sum((glass.pixel(x, y) & WHITE) == WHITE for x, y in points) / len(points)
