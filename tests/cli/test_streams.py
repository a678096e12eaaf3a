"""A command whose output, input or folder is not what it hoped for says a sentence, never a stack trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KIOSK = f"{sys.executable} -m kiosk"
ROOT = Path(__file__).parents[2]


def shell(line: str) -> tuple[int, str]:
    """Exit status and standard error of a shell's line."""
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_a_full_disk_behind_the_output_is_said() -> None:
    status, errors = shell(f"{KIOSK} doctor --json > /dev/full")
    assert (status, errors) == (2, "kiosk: The output: No space left on device.\n")


def test_a_reader_who_has_seen_enough_is_no_error_to_speak_of() -> None:
    status, errors = shell(f"{KIOSK} doctor --json | true")
    assert (status in (0, 1), errors) == (True, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-", "2>&-"])
def test_closed_streams_are_empty_ones(closed: str, tmp_path: Path) -> None:
    status, errors = shell(f"{KIOSK} status --home {tmp_path} --json {closed}")
    assert status != 0
    assert "Traceback" not in errors


def test_a_pin_that_nobody_types_is_asked_for_in_a_sentence(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert shell(f"{KIOSK} service init --data {data} --origin https://localhost:8443")[0] == 0
    assert shell(f"{KIOSK} admin --data {data} person add ada --name Ada --role nurse")[0] == 0
    status, errors = shell(f"{KIOSK} admin --data {data} pin set ada <&-")
    assert status == 2
    assert errors.startswith("kiosk: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("words", ["admin --data {} person list", "service run --data {}", "audit verify --data {}"])
def test_another_users_folder_is_said_to_be_one(words: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    theirs, line = str(tmp_path / "data"), [word.replace("{}", "/nowhere") for word in words.split()]
    lines = [
        "import os, sys",
        "from kiosk.__main__ import main",
        f"main({line!r})",  # whatever it imports, it has by now: the other user may not be able to
        "os.setuid(65534)",
        f"sys.exit(main({[theirs if word == '/nowhere' else word for word in line]!r}))",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.endswith("belongs to another user. Run this as the owner of the data folder.\n")


def test_a_name_that_the_output_cannot_hold_is_a_sentence_and_no_other_letter(tmp_path: Path) -> None:
    data = tmp_path / "data"
    init = f"{KIOSK} service init --data {data} --origin https://localhost:8443"
    admin = f"{KIOSK} admin --data {data} person"
    assert shell(f"{init} && {admin} add lu --name Łukasz")[0] == 0
    status, errors = shell(f"PYTHONIOENCODING=latin-1 {admin} list > {tmp_path}/out")
    assert (status, "The output is latin-1, which has no \\u0141" in errors) == (2, True), errors
    assert "?" not in (tmp_path / "out").read_text("latin-1")


def test_a_data_folder_whose_path_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    status, errors = shell(f"{KIOSK} service init --data {tmp_path}/$'b\\xfcro' --origin https://localhost:8443")
    assert (status, "is not UTF-8. Choose another folder" in errors) == (2, True), errors
    assert list(tmp_path.iterdir()) == []
