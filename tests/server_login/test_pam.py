"""What PAM says is believed only where nobody else can have said it, and what is shown can be shown."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from kiosk.model import consent
from kiosk.server_login import pam
from kiosk.server_login.service_line import ServerLoginError
from tests.fakes.login_server import KIOSK


def test_a_name_that_the_person_set_too_is_refused() -> None:
    """``pam_env`` puts a person's own variables in front of PAM's."""
    with pytest.raises(ServerLoginError, match="PAM_USER is set twice"):
        pam.environment(b"PAM_USER=root\0HOME=/\0PAM_USER=ada\0PAM_TYPE=auth\0")


@pytest.mark.parametrize(
    "said",
    [
        {"PAM_USER": "ada", "PAM_TYPE": "account"},
        {"PAM_USER": "ada"},
        {"PAM_USER": "", "PAM_TYPE": "auth"},
        {"PAM_USER": "ada\nroot", "PAM_TYPE": "auth"},
        {"PAM_USER": "../ada", "PAM_TYPE": "auth"},
        {"PAM_USER": "a" * 65, "PAM_TYPE": "auth"},
    ],
)
def test_what_is_no_sign_in_of_a_login_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(ServerLoginError):
        pam.login_of(said)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"PAM_SERVICE": "sshd", "PAM_RHOST": "10.0.3.7"}, "sshd on jump from 10.0.3.7"),
        ({"PAM_SERVICE": "sudo"}, "sudo on jump"),
        (
            {"PAM_SERVICE": "sshd", "PAM_RHOST": "ward 3 \u202e approve"},
            "sshd on jump from an address that cannot be shown",
        ),
        ({"PAM_SERVICE": "x" * 80, "PAM_RHOST": "a" * 80}, "sign-in on jump from an address that cannot be shown"),
    ],
)
def test_what_the_person_reads_can_be_drawn(said: dict[str, str], shown: str) -> None:
    text = pam.message(said, "jump")
    consent.check_message(text)
    assert text == shown


@pytest.mark.parametrize(
    ("mode", "text", "sentence"),
    [
        (0o644, "{}", "Others can read or change"),
        (0o600, "{}", "holds no key that can be used"),
        (0o600, "no json", "holds no key that can be used"),
    ],
)
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, mode: int, text: str, sentence: str) -> None:
    held, ca = tmp_path / "key", tmp_path / "ca.pem"
    held.write_text(text)
    held.chmod(mode)
    ca.write_text(Path("/etc/ssl/certs/ca-certificates.crt").read_text())
    said = {"service": "https://localhost:1", "client_id": "c", "name": "jump", "ca": str(ca), "key": str(held)}
    (tmp_path / "s.toml").write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in said.items()))
    words = [str(KIOSK), "server-login", "ask", "--settings", str(tmp_path / "s.toml")]
    environment = {"PAM_USER": "ada", "PAM_TYPE": "auth", "PAM_SERVICE": "sudo"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, sentence in done.stdout) == (1, True), (done.stdout, done.stderr)


def test_without_settings_nobody_is_let_in(tmp_path: Path) -> None:
    words = [str(KIOSK), "server-login", "ask", "--settings", str(tmp_path / "none.toml")]
    done = subprocess.run(words, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, "There is no settings file" in done.stderr) == (2, True)
