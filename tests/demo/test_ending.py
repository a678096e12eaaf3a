"""``kiosk demo`` told to end takes everything down, and leaves nothing in the temporary folder."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.hospital import KIOSK
from kiosk.demo.processes import ChildProgram, until
from kiosk.demo.screen import VirtualScreen

SANDBOXED = "Each person's programs run in a sandboxed display of their own."
OPEN = "The workstation and the table are open. Close the table to end the demo."


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, because sockets are made in it."""
    with tempfile.TemporaryDirectory(prefix="kiosk-t-") as made:
        yield Path(made)


@pytest.mark.parametrize(
    ("display", "line", "told", "status"),
    [(True, OPEN, signal.SIGINT, 0), (False, SANDBOXED, signal.SIGTERM, 143)],
    ids=["Ctrl+C at the windows", "TERM while the tour begins"],
)
def test_nothing_stays_behind(
    folder: Path, tmp_path: Path, display: bool, line: str, told: signal.Signals, status: int
) -> None:
    screen = VirtualScreen(tmp_path)
    screen.start()
    env = {"DISPLAY": screen.display if display else "", "TMPDIR": str(folder)}
    demo = ChildProgram([*KIOSK, "demo", "--out", str(tmp_path / "out")], tmp_path / "demo.log", env=env)
    try:
        demo.wait_for(line, within=90)
        assert [*folder.iterdir()]
        demo.process.send_signal(told)
        until("the demo's end", lambda: not demo.running, within=20)
        assert demo.process.returncode == status
        assert [*folder.iterdir()] == []
    finally:
        demo.stop()
        screen.stop()
