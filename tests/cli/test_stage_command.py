"""``kiosk stage run``: the shell that starts the stage again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.cli.stage import _AGAIN, ROOT
from kiosk.resources import resource
from kiosk.settings import AgentSettings, save
from kiosk.stage.plan_words import SEPARATOR
from kiosk.ui import words

SECONDS = 10


def test_a_stage_that_cannot_start_any_more_is_not_started_again_once_told_to_end() -> None:
    """As when the display is gone before the session is ended."""
    words = ["sh", "-c", _AGAIN, "kiosk-stage", "sh", "-c", "echo started; exit 1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as shell:
        try:
            assert shell.stdout is not None
            assert [shell.stdout.readline() for _ in range(2)] == ["started\n"] * 2, "it is started again"
            shell.send_signal(signal.SIGTERM)
            shell.wait(SECONDS)
        finally:
            shell.kill()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a station; what ``stage run`` would become is not started."""
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.setattr(os, "execv", lambda *_: sys.exit(0))
    (tmp_path / "station" / "keys").mkdir(parents=True)
    (tmp_path / "forms").mkdir()
    return tmp_path / "station"


def begin(home: Path) -> None:
    """``kiosk stage run``, as far as it comes."""
    with contextlib.suppress(SystemExit):
        main(["stage", "run", "--home", str(home)])


@pytest.mark.parametrize(
    ("shown", "refused"),
    [
        ("/", True),
        ("{home}/..", True),
        ("{home}", True),
        ("{home}/keys", True),
        ("{home}/keys/workstation.pem", True),
        ("{home}/link", True),
        ("{home}/trust.pem", False),
        ("{home}/../forms", False),
    ],
)
def test_programs_are_never_shown_the_stations_key(
    home: Path, shown: str, refused: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "link").symlink_to(home.parent)
    path = shown.format(home=home)
    save(AgentSettings("https://a", "ws-1", stage="nested", workspace_readable=(path,)), home / "agent.toml")
    begin(home)
    said = capsys.readouterr().err
    assert (f"may not hold “{path}”" in said) is refused
    assert (str(home / "agent.toml") in said) is refused


@pytest.mark.parametrize(("user", "processes", "said"), [(0, 2048, True), (0, 0, False), (1000, 2048, False)], ids=str)
def test_root_is_told_that_its_processes_are_not_counted(
    home: Path,
    user: int,
    processes: int,
    said: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: user)
    save(AgentSettings("https://a", "ws-1", stage="nested", workspace_processes=processes), home / "agent.toml")
    begin(home)
    assert (ROOT in capsys.readouterr().err) is said


BEGUN = b'msgctxt "locked.title"\nmsgid "Tap your badge"\nmsgstr "Tippen"\n'


@pytest.mark.parametrize(
    "file",
    [None, b"{", BEGUN],
    ids=["none", "broken", "begun"],
)
def test_a_stage_starts_in_whatever_language_its_file_is(
    home: Path, file: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def becomes(_path: str, given: list[str]) -> None:
        started.append(given)
        sys.exit(0)

    monkeypatch.setattr(os, "execv", becomes)
    monkeypatch.setattr(words, "resource", lambda *parts: tmp_path.joinpath(*parts))
    (tmp_path / "translations").mkdir()
    shutil.copy(resource("translations", "messages.pot"), tmp_path / "translations")
    if file is not None:
        (tmp_path / "translations" / "de.po").write_bytes(file)
    words.forget()
    save(AgentSettings("https://a", "ws-1", stage="nested", language="de"), home / "agent.toml")
    begin(home)
    words.forget()
    assert f"asks=Close this window{SEPARATOR}Keep it open" in started[0]
