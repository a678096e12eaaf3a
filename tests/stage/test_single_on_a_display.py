"""The single-program stage on a real X server: what is seen, who gets the keys, idleness."""

from __future__ import annotations

import os
import select
import subprocess
from pathlib import Path

import pytest
import Xlib.display
from Xlib import X, Xatom

from kiosk.stage.display import XDisplay
from tests.fakes.singles import ANNA, BEN, Stages
from tests.fakes.visible_display import xvfb


@pytest.mark.display
def test_the_display_says_how_long_nobody_touched_it(stages: Stages) -> None:
    with xvfb(640, 480) as display:
        stage, said = stages(display=display)
        stage.watch_idle(2)
        for _ in range(8):
            subprocess.run(["xdotool", "key", "a"], env={**os.environ, "DISPLAY": display}, check=True)
            subprocess.run(["sleep", "0.4"], check=True)
        assert said.empty()
        assert said.get(timeout=30) == ("idle", "")
        stage.close()


@pytest.mark.display
def test_a_covered_persons_windows_are_not_on_the_display(stages: Stages) -> None:
    with xvfb(640, 480) as display:
        stage, said = stages("xterm", "-display", display, "-title", "{login}", "-e", "sleep", "600", display=display)

        def visible() -> str:
            words = ["xdotool", "search", "--onlyvisible", "--name", "anna"]
            return subprocess.run(
                words, env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, check=False
            ).stdout

        stage.show(ANNA)
        assert said.get(timeout=30) == ("shown", "anna")
        while not visible():
            subprocess.run(["sleep", "0.05"], check=True)
        stage.cover()
        stage.show(BEN)
        assert said.get(timeout=30) == ("shown", "ben")
        assert not visible()
        stage.cover()
        stage.show(ANNA)
        assert said.get(timeout=30) == ("shown", "anna")
        assert visible()
        stage.close()


@pytest.mark.display
def test_keys_go_to_the_person_who_is_shown_and_to_nobody_else(stages: Stages, tmp_path: Path) -> None:
    with xvfb(640, 480) as display:
        command = f"cat > {tmp_path}/typed-{{login}}"
        stage, _ = stages("xterm", "-display", display, "-e", "sh", "-c", command, display=display)

        def types(login: str, word: str) -> None:
            """The program may still be starting: type until it got something."""
            typed = tmp_path / f"typed-{login}"
            for _ in range(100):
                words = ["xdotool", "type", f"{word}\n"]
                subprocess.run(words, env={**os.environ, "DISPLAY": display}, check=True)
                if typed.exists() and word in typed.read_text():
                    return
                subprocess.run(["sleep", "0.1"], check=True)
            pytest.fail(f"{login}'s program never got a key")

        stage.show(ANNA)
        types("anna", "rounds")
        stage.cover()
        stage.show(BEN)
        types("ben", "orders")
        assert "orders" not in (tmp_path / "typed-anna").read_text()
        assert "rounds" not in (tmp_path / "typed-ben").read_text()
        stage.close()


@pytest.mark.display
def test_news_that_came_with_an_answer_is_not_slept_over() -> None:
    with xvfb(640, 480) as display:
        stage = XDisplay(display)
        other = Xlib.display.Display(display)
        window = other.screen().root.create_window(0, 0, 10, 10, 0, X.CopyFromParent)
        window.map()
        other.sync()
        stage.windows()  # its answers bring the event along, out of the socket
        assert not select.select([stage.fileno()], [], [], 0)[0]
        assert stage.has_news()
        assert stage.stay_on_top().others, "somebody else's window came up"
        assert not stage.has_news()
        stage.close()
        other.close()


@pytest.mark.display
def test_the_first_program_of_all_comes_up_under_the_agents_own_window(
    stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = XDisplay.__init__

    def slow(self: XDisplay, name: str) -> None:
        """The first time, python-xlib is imported: that can take longer than a program needs to start."""
        subprocess.run(["sleep", "0.5"], check=True)
        quick(self, name)

    monkeypatch.setattr(XDisplay, "__init__", slow)
    with xvfb(640, 480) as display:
        ours = Xlib.display.Display(display)
        root = ours.screen().root
        bar = root.create_window(0, 0, 640, 48, 0, X.CopyFromParent, override_redirect=True)
        bar.change_property(ours.intern_atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [os.getpid()])
        bar.map()
        ours.sync()
        stage, said = stages("xterm", "-display", display, "-e", "sleep", "600", display=display)
        stage.show(ANNA)
        assert said.get(timeout=30) == ("shown", "anna")
        for _ in range(200):
            if len(root.query_tree().children) > 1:
                break
            subprocess.run(["sleep", "0.02"], check=True)
        for _ in range(100):
            if root.query_tree().children[-1].id == bar.id:
                break
            subprocess.run(["sleep", "0.02"], check=True)
        assert len(root.query_tree().children) > 1
        assert root.query_tree().children[-1].id == bar.id
        stage.close()
        ours.close()
