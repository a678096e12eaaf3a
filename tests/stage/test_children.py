"""What the stage starts: each child gets the descriptors that were meant for it, and none is lost sight of."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from kiosk.stage.loop import ChildProcess, Loop
from kiosk.stage.nested_workspace import NestedWorkspace
from kiosk.stage.network.own import NetworkPolicy
from kiosk.stage.window_manager import Looks
from tests.fakes.process_table import alive


def test_a_descriptor_is_not_lost_to_another_that_takes_its_number() -> None:
    """With many workspaces ours are as high as those that bubblewrap is told of."""
    loop = Loop()
    pipes = [os.pipe() for _ in range(2)]
    second, first = (fcntl.fcntl(pipe[1], fcntl.F_DUPFD_CLOEXEC, 61) for pipe in pipes)  # nobody else's, and high
    script = f"echo zero >&{first}; echo one >&{second}"
    ChildProcess(loop, ["/bin/bash", "-c", script], {}, loop.end, {second: first, first: second})
    loop.run()
    for descriptor in (first, second, pipes[0][1], pipes[1][1]):
        os.close(descriptor)
    said = [os.read(pipe[0], 64) for pipe in pipes]
    for pipe in pipes:
        os.close(pipe[0])
    assert said == [b"zero\n", b"one\n"]


def test_a_child_that_cannot_be_watched_is_not_left_running(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    def none_left(pid: int) -> int:
        started.append(pid)
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "pidfd_open", none_left)
    with pytest.raises(OSError, match="Too many"):
        ChildProcess(Loop(), ["/bin/sleep", "60"], {}, lambda: None)
    try:
        assert not alive(started[0])
    finally:
        if alive(started[0]):
            os.kill(started[0], signal.SIGKILL)


class Paper:
    """Containers that are on no display."""

    id = 1

    def __init__(self) -> None:
        self.dropped = 0

    def make(self) -> Paper:
        return self

    def layout(self) -> list[object]:
        return []

    def drop(self, _container: object) -> None:
        self.dropped += 1


def test_a_workspace_that_cannot_be_started_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.EAGAIN, "no process left")

    monkeypatch.setattr(os, "pipe2", none)
    before = list(Path("/proc/self/fd").iterdir())
    paper = Paper()
    containers: Any = paper  # as much as is asked for
    folder = str(tmp_path / "1")
    with pytest.raises(OSError, match="no process"):
        NestedWorkspace(Loop(), containers, folder, ":1", lambda: None, None, Looks(), 64, NetworkPolicy())
    assert paper.dropped == 1 and not (tmp_path / "1").exists()
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before)
