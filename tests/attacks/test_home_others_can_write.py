"""Another user of the machine writes into what the agent or the service believes: its folder, or one above it."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.service.folder import DataFolderError, open_folder
from kiosk.settings import AgentSettings, save
from kiosk.settings.owners import BELIEVED, NotOursError, check_command, check_folder
from tests.fakes.central import ServiceProcess, run_kiosk
from tests.fakes.certificates import authority

STRANGER = 65_534


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workstation's folder, as ``enroll`` makes it, in one of its own."""
    made = tmp_path / "stations" / "ward-3"
    made.mkdir(parents=True)
    made.chmod(0o700)
    (made / "keys").mkdir(mode=0o700)
    save(AgentSettings("https://localhost:1", "id", "file"), made / "agent.toml")
    (made / "trust.pem").write_text(authority("now"))
    (made / "trust.pem").chmod(0o600)
    return made


def run(words: list[str]) -> str:
    """What the command said as it refused to run."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_folder_that_others_can_write_to_is_refused(home: Path) -> None:
    home.chmod(0o777)
    said = run(["agent", "run", "--home", str(home)])
    assert f"{home} can be changed by other users" in said
    assert f"chmod go-w {home}" in said
    assert home.stat().st_mode & 0o777 == 0o777, "it is not made private over what somebody may have put there"


@pytest.mark.parametrize("name", ["agent.toml", "trust.pem", "keys"])
def test_every_file_that_is_believed_is_looked_at(home: Path, name: str) -> None:
    (home / name).chmod(0o772)
    assert f"{home / name} can be changed by other users" in run(["agent", "run", "--home", str(home)])


def test_who_can_rename_the_folder_owns_it(home: Path) -> None:
    home.parent.chmod(0o777)
    assert f"{home.parent} can be changed by other users" in run(["agent", "run", "--home", str(home)])
    home.parent.chmod(0o1777)
    # As in /tmp: everybody may write there, but nobody touches what is another's.
    check_folder(home, BELIEVED)


def test_a_way_there_by_a_link_of_others_is_refused(home: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "station").symlink_to(home)
    assert f"{shared} can be changed by other users" in run(["agent", "run", "--home", str(shared / "station")])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of another user")
@pytest.mark.parametrize("whose", ["", "agent.toml", "trust.pem", "keys"])
def test_what_belongs_to_somebody_else_is_refused(home: Path, whose: str) -> None:
    os.chown(home / whose, STRANGER, STRANGER)
    assert f"{home / whose} belongs to another user" in run(["agent", "run", "--home", str(home)])


def test_the_stage_and_the_enrolment_look_too(home: Path, tmp_path: Path) -> None:
    home.chmod(0o722)
    assert "can be changed by other users" in run(["stage", "run", "--home", str(home)])
    process = ServiceProcess(tmp_path)
    process.start()
    try:
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        fresh.chmod(0o777)
        words = ["agent", "enroll", "--home", str(fresh), "--service", process.url, "--code", process.code("ward-3")]
        assert "can be changed by other users" in run(words)
        assert list(fresh.iterdir()) == []
    finally:
        process.close()


@pytest.mark.parametrize(
    ("open_up", "said"),
    [
        (lambda data: (data / "kiosk.db").chmod(0o666), "kiosk.db can be changed by other users"),
        (lambda data: (data / "checkpoint-keys.json").chmod(0o622), "checkpoint-keys.json can be changed"),
        (lambda data: data.parent.chmod(0o777), "can be changed by other users"),
        (lambda data: (data / "keys").chmod(0o750), "is open to other users"),
    ],
    ids=["database", "checkpoints' keys", "above", "keys"],
)
def test_the_services_folder_is_looked_at_in_the_same_way(
    tmp_path: Path, open_up: Callable[[Path], None], said: str
) -> None:
    data = tmp_path / "service" / "data"
    data.parent.mkdir()
    run_kiosk(["service", "init", "--data", str(data), "--origin", "https://localhost:8443"])
    open_folder(data)
    open_up(data)
    with pytest.raises(Exception, match=said) as refused:
        open_folder(data)
    assert isinstance(refused.value, DataFolderError) or "keys" in said or "open to" in said


def test_a_program_that_everybody_can_change_is_not_started(home: Path, tmp_path: Path) -> None:
    program = tmp_path / "hook"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o777)
    save(AgentSettings("https://localhost:1", "id", "file", hooks=(str(program),)), home / "agent.toml")
    assert f"The program {program} is not started" in run(["agent", "run", "--home", str(home)])
    program.chmod(0o755)
    check_command((str(program),), "")
    tmp_path.chmod(0o777)
    with pytest.raises(NotOursError, match="chmod o-w"):
        check_command((str(program),), "")


def test_a_group_of_ones_own_is_nobody_else_and_any_other_is(home: Path) -> None:
    home.chmod(0o770)
    if grp.getgrgid(os.getegid()).gr_name == pwd.getpwuid(os.geteuid()).pw_name:
        check_folder(home)
    if os.geteuid() == 0:
        os.chown(home, 0, STRANGER)
        with pytest.raises(NotOursError, match="chmod go-w"):
            check_folder(home)
