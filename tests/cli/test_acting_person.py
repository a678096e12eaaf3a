"""Which person administers: what the system vouches for is believed, a variable alone is not."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.cli import acting_person as module
from kiosk.cli.acting_person import UNSET, ActingPerson, acting_person

ROOT = pwd.getpwuid(0).pw_name
NOBODY = pwd.getpwnam("nobody")


def process(
    proc: Path, number: str, parent: int, uid: int, program: Path | None = None, real: int | None = None
) -> None:
    (proc / number).mkdir(exist_ok=True)
    name, own = program.name if program is not None else "x", uid if real is None else real
    (proc / number / "status").write_text(f"Name:\t{name}\nPPid:\t{parent}\nUid:\t{own}\t{uid}\t{uid}\t{uid}\n")
    if program is not None:
        (proc / number / "exe").symlink_to(program)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Processes: this one, under sudo (20), under a shell of nobody's (10)."""
    sudo = tmp_path / "bin" / "sudo"
    sudo.parent.mkdir()
    sudo.write_bytes(b"")
    sudo.chmod(0o755)
    proc = tmp_path / "proc"
    proc.mkdir()
    process(proc, "10", 1, NOBODY.pw_uid)
    process(proc, "20", 10, 0, sudo)
    process(proc, "self", 20, 0)
    (proc / "self" / "loginuid").write_text(f"{UNSET}\n")
    return proc


@pytest.fixture
def by_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", str(NOBODY.pw_uid))


def test_the_login_uid_comes_first(proc: Path, by_sudo: None) -> None:
    (proc / "self" / "loginuid").write_text("0")
    assert acting_person(proc, 0) == ActingPerson(ROOT, "login")


def test_whoever_used_sudo_is_named(proc: Path, by_sudo: None) -> None:
    assert acting_person(proc, 0) == ActingPerson("nobody", "sudo")


@pytest.mark.parametrize("real", [0, NOBODY.pw_uid])
def test_it_is_enough_that_the_system_says_whose_sudo_is_if_its_program_may_not_be_looked_at(
    proc: Path, by_sudo: None, monkeypatch: pytest.MonkeyPatch, real: int
) -> None:
    (proc / "20" / "exe").unlink()
    process(proc, "20", 10, 0, Path("sudo"), real)
    (proc / "20" / "exe").unlink()
    seen = Path.resolve

    def refused(path: Path, strict: bool = False) -> Path:
        if path.name == "exe":
            raise PermissionError
        return seen(path, strict)

    monkeypatch.setattr(Path, "resolve", refused)
    assert acting_person(proc, 977) == ActingPerson("nobody", "sudo")
    process(proc, "20", 10, NOBODY.pw_uid, Path("sudo-of-my-own"))
    (proc / "20" / "exe").unlink()
    assert acting_person(proc, 977) == ActingPerson(None, "not known"), "it does not run as root"


def test_an_account_of_a_service_that_becomes_itself_is_nobody(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever program of root's it runs by the name of sudo: it leads back to that account alone."""
    monkeypatch.setenv("SUDO_UID", "977")
    process(proc, "10", 1, 977)
    (proc / "20" / "exe").unlink()
    process(proc, "20", 10, 0, proc.parent / "bin" / "sudo", 977)
    assert acting_person(proc, 977) == ActingPerson(None, "not known")


def test_a_sudo_that_somebody_else_typed_names_nobody(proc: Path, by_sudo: None) -> None:
    (proc / "20" / "exe").unlink()
    process(proc, "20", 10, 0, proc.parent / "bin" / "sudo", 12345)
    assert acting_person(proc, 0) == ActingPerson(None, "not known")


def test_a_variable_without_sudo_above_names_nobody(proc: Path, by_sudo: None) -> None:
    (proc / "20" / "exe").unlink()
    assert acting_person(proc, 0) == ActingPerson(None, "not known")


def test_a_variable_that_names_somebody_else_names_nobody(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for said in ("12345", "0", "-1", "x", "", "9" * 30):
        monkeypatch.setenv("SUDO_UID", said)
        assert acting_person(proc, 0) == ActingPerson(None, "not known")


def test_a_program_called_sudo_that_others_may_write_is_none(proc: Path, by_sudo: None) -> None:
    (proc / "20" / "exe").resolve().chmod(0o777)
    assert acting_person(proc, 0).name is None


def test_an_ordinary_users_own_account_names_them(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    assert acting_person(proc, NOBODY.pw_uid) == ActingPerson("nobody", "account")
    assert acting_person(proc, 0) == ActingPerson(None, "not known")


def test_a_circle_of_processes_has_an_end(proc: Path, by_sudo: None) -> None:
    (proc / "10" / "status").write_text(f"PPid:\t20\nUid:\t{NOBODY.pw_uid}\n")
    (proc / "20" / "exe").unlink()
    assert acting_person(proc, 0).name is None


@pytest.mark.parametrize("as_whom", ["root", "nobody"])
def test_a_real_sudo_is_recognised(as_whom: str) -> None:
    """Where the machine has it: sudo's own environment, this very module; also as one who may not look at root's."""
    if shutil.which("sudo") is None or os.geteuid() != 0:
        assert acting_person().how in ("login", "account", "not known")
        return
    code = Path(module.__file__).read_text("utf-8") + "\nprint(acting_person().how)"
    words = ["sudo", "-n", "-u", as_whom, "/usr/bin/python3", "-"]
    said = subprocess.run(words, input=code, capture_output=True, text=True, check=False, cwd="/")
    assert said.stdout.strip() in ("login", "sudo"), said.stderr
