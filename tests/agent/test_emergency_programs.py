"""Programs of an emergency workspace, seen in the real process table: each told once, nobody else's, never too many."""

from __future__ import annotations

import queue
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.agent.emergency_programs import MAX_PATH, MAX_PROGRAMS, MORE, EmergencyPrograms
from kiosk.model.emergency import LOGIN
from kiosk.model.people import ProgramView
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.stage.single_workspace import owner

SLEEP = Path("/usr/bin/sleep").resolve()
Run = Callable[..., subprocess.Popen[bytes]]


class Workspace:
    """What the stage says: one leader, whose descendants are the emergency workspace's; nobody's before ``known``."""

    def __init__(self, told: queue.Queue[ReportEvent]) -> None:
        self.leaders: dict[int, str] = {}
        named = (ProgramView("Slow reader", str(SLEEP), None, browser=False),)
        self.watching = EmergencyPrograms(lambda pid: owner(pid, self.leaders), lambda: named, told.put, look=0.01)


@pytest.fixture
def told() -> queue.Queue[ReportEvent]:
    return queue.Queue()


@pytest.fixture
def workspace(told: queue.Queue[ReportEvent]) -> Iterator[Workspace]:
    made = Workspace(told)
    yield made
    made.watching.leave()


@pytest.fixture
def run() -> Iterator[Run]:
    begun: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        # In a session of its own, as everything of a workspace is.
        begun.append(subprocess.Popen(words, start_new_session=True, stdin=subprocess.PIPE))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def paths(told: queue.Queue[ReportEvent], wanted: set[str]) -> list[ReportEvent]:
    """All that is told until every one of ``wanted`` was."""
    found: list[ReportEvent] = []
    while wanted - {report.detail.get("path") for report in found}:
        found.append(told.get(timeout=30))
    return found


def copies(folder: Path, count: int) -> list[Path]:
    return [Path(shutil.copy(SLEEP, folder / f"program-{number}")) for number in range(count)]


def test_each_program_is_told_once_by_path_and_registered_name_and_without_its_arguments(
    workspace: Workspace, told: queue.Queue[ReportEvent], run: Run, tmp_path: Path
) -> None:
    (other,) = copies(tmp_path, 1)
    run(str(other), "600")  # nobody's
    leader = run("/bin/sh", "-c", f"{SLEEP} 600 & {SLEEP} 601 & cat")
    workspace.watching.watch("use-1")
    workspace.leaders[leader.pid] = LOGIN  # said a little later
    shell = str(Path("/bin/sh").resolve())
    found = paths(told, {str(SLEEP), shell})
    assert all(
        (report.action, report.session, report.reason) == ("emergency_program", "use-1", None) for report in found
    )
    assert [report.detail for report in found if report.detail["path"] == str(SLEEP)] == [
        {"program": "Slow reader", "path": str(SLEEP)}
    ]
    assert not any("600" in str(report) or str(other) in str(report) for report in found)


def test_what_a_process_becomes_later_is_told_too(
    workspace: Workspace, told: queue.Queue[ReportEvent], run: Run, tmp_path: Path
) -> None:
    (other,) = copies(tmp_path, 1)
    leader = run("/bin/sh", "-c", f"read line; exec {other} 600")
    workspace.leaders[leader.pid] = LOGIN
    workspace.watching.watch("use-1")
    paths(told, {str(Path("/bin/sh").resolve())})
    assert leader.stdin is not None
    leader.stdin.write(b"\n")
    leader.stdin.flush()
    paths(told, {str(other)})


def test_a_program_that_starts_ever_others_is_told_of_so_often_and_once_more(
    workspace: Workspace, told: queue.Queue[ReportEvent], run: Run, tmp_path: Path
) -> None:
    many = copies(tmp_path, MAX_PROGRAMS + 5)
    leader = run("/bin/sh", "-c", "; ".join(f"{path} 600 &" for path in many).replace("&;", "&") + " wait")
    workspace.leaders[leader.pid] = LOGIN
    workspace.watching.watch("use-1")
    found = [told.get(timeout=30) for _ in range(MAX_PROGRAMS + 1)]
    assert [report.reason for report in found] == [None] * MAX_PROGRAMS + [MORE]
    assert found[-1].detail == {}
    workspace.watching.leave()
    assert told.empty()


def test_another_emergency_access_begins_anew(workspace: Workspace, told: queue.Queue[ReportEvent], run: Run) -> None:
    leader = run(str(SLEEP), "600")
    workspace.leaders[leader.pid] = LOGIN
    workspace.watching.watch("use-1")
    assert told.get(timeout=30).session == "use-1"
    workspace.watching.watch("use-2")
    assert told.get(timeout=30).session == "use-2"


def test_a_path_that_is_no_text_or_too_long_is_told_as_far_as_it_goes(
    workspace: Workspace, told: queue.Queue[ReportEvent], run: Run, tmp_path: Path
) -> None:
    deep = tmp_path.joinpath(*["f" * 100] * 3)
    deep.mkdir(parents=True)
    odd = Path(shutil.copy(SLEEP, deep / "odd-\udcff"))
    leader = run(str(odd), "600")
    workspace.leaders[leader.pid] = LOGIN
    workspace.watching.watch("use-1")
    path = told.get(timeout=30).detail["path"]
    assert len(path) == MAX_PATH and path.startswith("…") and path.endswith("/odd-?")
