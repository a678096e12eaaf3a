"""Whose a window is costs the stage little, however many processes a program makes to be asked after."""

from __future__ import annotations

import os

import pytest

from kiosk.stage import programs
from kiosk.stage.desktop import ProgramCommand
from kiosk.stage.loop import Loop
from kiosk.stage.programs import ProgramWatch
from kiosk.stage.windows import MAX_WINDOWS, ClientWindow


def test_lines_of_ancestors_without_end_are_not_followed_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def status(pid: int) -> tuple[int, set[int]]:
        looked.append(pid)
        return pid + 1, {pid}

    monkeypatch.setattr(programs, "_status", status)
    (heard, wishes), (news, said) = os.pipe(), os.pipe()
    two = (ProgramCommand("a", ("a",)), ProgramCommand("b", ("b",)))
    desk = ProgramWatch(Loop(), two, wishes, news, lambda: None, lambda: None)
    os.write(said, b"1 7100000\n")
    desk._hear()
    windows = tuple(ClientWindow(number, number * 100_000) for number in range(1, MAX_WINDOWS))
    desk.see((*windows, ClientWindow(MAX_WINDOWS, 7_099_990)), MAX_WINDOWS)
    assert len(looked) <= programs._LOOKS
    assert desk.letters == "rf", "the one on top is asked after first"
    desk.close()
    for descriptor in (heard, said):
        os.close(descriptor)
