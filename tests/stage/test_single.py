"""The single-program stage: starts, shows, covers and ends programs, and notices when nobody is there."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fakes.process_table import alive
from tests.fakes.singles import ANNA, BEN, Stages

REPORT = (
    "import os,sys,time,subprocess\n"
    "child = subprocess.Popen([sys.executable,'-c','import time; time.sleep(600)'], start_new_session=True)\n"
    "words = f'{os.getpid()} {child.pid} {os.environ[\"MINE\"]} {sys.argv[3]}'\n"
    "open(sys.argv[1] + '/' + sys.argv[2], 'w').write(words)\n"
    "time.sleep(600)"
)


def told(folder: Path, login: str) -> list[str]:
    """What the program of ``login`` wrote once it ran."""
    for _ in range(1000):
        with suppress(OSError):
            words = (folder / login).read_text().split(" ", 3)
            if len(words) == 4:
                return words
        subprocess.run(["sleep", "0.01"], check=True)
    pytest.fail(f"{login}'s program did not start")


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
