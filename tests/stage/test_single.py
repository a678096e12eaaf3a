"""The single-program stage: starts, shows, covers and ends programs, and notices when nobody is there."""

from __future__ import annotations

import os
import queue
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import Xlib.display
from Xlib import X, Xatom

from kiosk.model.people import Person
from kiosk.stage import Audience, SingleStage
from kiosk.stage.display import XDisplay

ANNA = Person("p-1", "anna", "Anna Berg", ("nurse",))
BEN = Person("p-2", "ben", "Ben Cole", ("doctor",))
REPORT = (
    "import os,sys,time,subprocess\n"
    "child = subprocess.Popen([sys.executable,'-c','import time; time.sleep(600)'], start_new_session=True)\n"
    "words = f'{os.getpid()} {child.pid} {os.environ[\"MINE\"]} {sys.argv[3]}'\n"
    "open(sys.argv[1] + '/' + sys.argv[2], 'w').write(words)\n"
    "time.sleep(600)"
)
Stages = Callable[..., tuple[SingleStage, "queue.Queue[tuple[str, str]]"]]


@pytest.fixture
def stages(tmp_path: Path) -> Iterator[Stages]:
    made: list[SingleStage] = []

    def make(*command: str, display: str | None = None) -> tuple[SingleStage, queue.Queue[tuple[str, str]]]:
        said: queue.Queue[tuple[str, str]] = queue.Queue()
        audience = Audience(
            lambda login: said.put(("shown", login)),
            lambda detail: said.put(("failed", detail)),
            lambda: said.put(("idle", "")),
            lambda reason: said.put(("locked", reason)),
            lambda login: said.put(("gone", login)),
            lambda login, limit: said.put(("ended", limit)),
        )
        stage = SingleStage(
            command, audience, lambda login: {"MINE": f"door-of-{login}"}, tmp_path / "workspace.log", display
        )
        made.append(stage)
        return stage, said

    yield make
    for stage in made:
        stage.close()


def told(folder: Path, login: str) -> list[str]:
    """What the program of ``login`` wrote once it ran."""
    for _ in range(1000):
        with suppress(OSError):
            words = (folder / login).read_text().split(" ", 3)
            if len(words) == 4:
                return words
        subprocess.run(["sleep", "0.01"], check=True)
    pytest.fail(f"{login}'s program did not start")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def gone(pid: int) -> bool:
    for _ in range(1000):
        if not alive(pid):
            return True
        subprocess.run(["sleep", "0.01"], check=True)
    return False


def test_without_a_program_the_workspace_is_shown_at_once(stages: Stages) -> None:
    stage, said = stages()
    stage.show(ANNA)
    assert said.get(timeout=30) == ("shown", "anna")


def test_each_person_has_a_program_that_keeps_running_while_covered(stages: Stages, tmp_path: Path) -> None:
    stage, said = stages(sys.executable, "-c", REPORT, str(tmp_path), "{login}", "{name}")
    for person in (ANNA, BEN, ANNA):
        stage.show(person)
        assert said.get(timeout=30) == ("shown", person.login)
        stage.cover()
    pid, _, door, name = told(tmp_path, "anna")
    other = told(tmp_path, "ben")
    assert (door, name) == ("door-of-anna", "Anna Berg")
    assert alive(int(pid))
    assert alive(int(other[0]))
    assert pid != other[0]


def test_a_process_is_known_by_its_workspace_even_in_a_session_of_its_own(stages: Stages, tmp_path: Path) -> None:
    stage, said = stages(sys.executable, "-c", REPORT, str(tmp_path), "{login}", "{name}")
    stage.show(ANNA)
    said.get(timeout=30)
    pid, child, _, _ = told(tmp_path, "anna")
    assert stage.owner_of(int(pid)) == "anna"
    assert stage.owner_of(int(child)) == "anna"
    assert stage.owner_of(os.getpid()) is None
    assert stage.owner_of(1) is None
    os.kill(int(child), signal.SIGKILL)


def test_ending_a_workspace_ends_its_programs(stages: Stages, tmp_path: Path) -> None:
    stage, said = stages(sys.executable, "-c", REPORT, str(tmp_path), "{login}", "{name}")
    stage.show(ANNA)
    said.get(timeout=30)
    pid, child, _, _ = told(tmp_path, "anna")
    stage.end("anna")
    assert gone(int(pid))
    assert gone(int(child))
    stage.close()  # its thread is through with it now
    assert stage.owner_of(int(pid)) is None


def test_a_program_that_cannot_be_started_is_a_failure(stages: Stages) -> None:
    stage, said = stages("/nowhere/program")
    stage.show(ANNA)
    assert said.get(timeout=30) == ("failed", "WORKSPACE-START")


def test_a_program_that_ends_while_shown_is_a_failure_and_starts_anew_next_time(stages: Stages, tmp_path: Path) -> None:
    stage, said = stages(sys.executable, "-c", REPORT, str(tmp_path), "{login}", "{name}")
    stage.show(ANNA)
    said.get(timeout=30)
    pid = int(told(tmp_path, "anna")[0])
    os.kill(pid, signal.SIGKILL)
    assert said.get(timeout=30) == ("failed", "WORKSPACE-ENDED")
    (tmp_path / "anna").unlink()
    stage.show(ANNA)
    assert said.get(timeout=30) == ("shown", "anna")
    assert int(told(tmp_path, "anna")[0]) != pid


def test_a_program_that_ends_while_covered_is_nobodys_business(stages: Stages, tmp_path: Path) -> None:
    stage, said = stages(sys.executable, "-c", REPORT, str(tmp_path), "{login}", "{name}")
    stage.show(ANNA)
    said.get(timeout=30)
    stage.cover()
    pid = int(told(tmp_path, "anna")[0])
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    stage.show(BEN)
    assert said.get(timeout=30) == ("shown", "ben")


def test_programs_die_with_the_agent_however_it_dies(tmp_path: Path) -> None:
    code = (
        "import sys,time\nfrom pathlib import Path\nfrom kiosk.model.people import Person\n"
        "from kiosk.stage import Audience, SingleStage\n"
        f"stage = SingleStage([sys.executable, '-c', {REPORT!r}, sys.argv[1], '{{login}}', 'x'],"
        "Audience(*[lambda *_: None] * 6), lambda l: {'MINE': 'x'},"
        "Path(sys.argv[1], 'log'), None)\n"
        "stage.show(Person('p', 'anna', 'Anna', ()))\ntime.sleep(600)"
    )
    agent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    pid, child, _, _ = told(tmp_path, "anna")
    agent.kill()
    agent.wait()
    assert gone(int(pid))
    os.kill(int(child), signal.SIGKILL)


def test_idleness_is_told_once_and_a_touch_puts_it_off(stages: Stages) -> None:
    stage, said = stages()
    stage.watch_idle(1)
    assert said.get(timeout=30) == ("idle", "")
    with pytest.raises(queue.Empty):
        said.get(timeout=1.5)


def test_idleness_that_is_not_watched_is_not_told(stages: Stages) -> None:
    stage, said = stages()
    stage.watch_idle(1)
    stage.stop_watching_idle()
    with pytest.raises(queue.Empty):
        said.get(timeout=1.5)


@contextmanager
def virtual_display() -> Iterator[str]:
    words = ["Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            yield ":" + server.stdout.readline().decode().strip()
        finally:
            server.terminate()


@pytest.mark.display
def test_the_display_says_how_long_nobody_touched_it(stages: Stages) -> None:
    with virtual_display() as display:
        stage, said = stages(display=display)
        stage.watch_idle(3)
        for _ in range(17):
            subprocess.run(["xdotool", "key", "a"], env={**os.environ, "DISPLAY": display}, check=True)
            subprocess.run(["sleep", "0.2"], check=True)
        assert said.empty()
        assert said.get(timeout=30) == ("idle", "")
        stage.close()


@pytest.mark.display
def test_a_covered_persons_windows_are_not_on_the_display(stages: Stages) -> None:
    with virtual_display() as display:
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
    with virtual_display() as display:
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
    with virtual_display() as display:
        stage = XDisplay(display)
        other = Xlib.display.Display(display)
        window = other.screen().root.create_window(0, 0, 10, 10, 0, X.CopyFromParent)
        window.map()
        other.sync()
        stage.windows()  # its answers bring the event along, out of the socket
        assert not select.select([stage.fileno()], [], [], 0)[0]
        assert stage.has_news()
        assert stage.stay_on_top(), "somebody else's window came up"
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
    with virtual_display() as display:
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
