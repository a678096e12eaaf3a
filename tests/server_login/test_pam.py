"""What PAM says is believed only where nobody else can have said it, and what is shown can be shown."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import cast

import pytest

from kiosk.model import consent
from kiosk.server_login import asking, one_time, pam, radius
from kiosk.server_login.service_line import ServerLoginError, ServiceLine, UntoldReasonError
from kiosk.settings import SettingsError
from kiosk.settings.server_login import ServerLoginSettings
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
        {"PAM_USER": "root", "PAM_TYPE": "auth"},
        {"PAM_USER": "0", "PAM_TYPE": "auth"},
        {"PAM_USER": "1000", "PAM_TYPE": "auth"},
        {"PAM_USER": "-ada", "PAM_TYPE": "auth"},
        {"PAM_USER": "Root", "PAM_TYPE": "auth"},
        {"PAM_USER": "ro\u043et", "PAM_TYPE": "auth"},
        {"PAM_USER": "\u0661", "PAM_TYPE": "auth"},
        {"PAM_USER": "ada:x", "PAM_TYPE": "auth"},
    ],
)
def test_what_is_no_sign_in_of_a_login_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(ServerLoginError):
        pam.login_of(said)


NUMBERS = {"toor": 0, "backup": 34, "sshd": 999, "ada": 1000, "home": 60001, "svc": 61184, "nobody": 65534}
NUMBERS |= {"far": 65536, "none": 2**32 - 1}


@pytest.mark.parametrize("login", ["toor", "backup", "sshd", "svc", "nobody", "none", "stranger"])
def test_an_account_of_the_system_is_no_persons(login: str) -> None:
    with pytest.raises(ServerLoginError):
        pam.check_account(login, (), NUMBERS.__getitem__)


@pytest.mark.parametrize("login", ["ada", "home", "far"])
def test_an_account_of_a_person_is(login: str) -> None:
    pam.check_account(login, (), NUMBERS.__getitem__)


def test_an_account_of_the_system_may_be_allowed_and_roots_never() -> None:
    pam.check_account("backup", ("backup", "toor"), NUMBERS.__getitem__)
    with pytest.raises(UntoldReasonError, match="as root"):
        pam.check_account("toor", ("backup", "toor"), NUMBERS.__getitem__)
    with pytest.raises(ServerLoginError, match="as root"):
        pam.plain_login("root")
    with pytest.raises(SettingsError, match="without root"):
        ServerLoginSettings("https://a", "c", "jump", "/ca", "/key", system_accounts=("root",))


@pytest.mark.parametrize("name", ["root", "sync", "daemon"])
@pytest.mark.parametrize("way", ["ask", "one-time"])
def test_the_program_itself_lets_nobody_in_as_one_of_the_system(tmp_path: Path, way: str, name: str) -> None:
    """Before it asks anybody: the service named here is not there."""
    held = tmp_path / "key"
    held.write_text("{}")
    said = {"service": "https://localhost:1", "client_id": "c", "name": "jump", "ca": str(held), "key": str(held)}
    (tmp_path / "s.toml").write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in said.items()))
    words = [str(KIOSK), "server-login", way, "--settings", str(tmp_path / "s.toml")]
    environment = {"PAM_USER": name, "PAM_TYPE": "auth", "PAM_SERVICE": "su"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, input="")
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout.splitlines()[-1] == (pam.NOBODYS if name == "root" else pam.NOT_LET_IN)


@pytest.mark.parametrize("way", ["ask", "one-time"])
def test_a_name_that_this_server_has_looks_like_one_that_it_has_not(tmp_path: Path, way: str) -> None:
    """Letter by letter, for whoever is not let in: a stranger at the door learns no logins."""
    held = tmp_path / "key"
    held.write_text("{}")
    said = {"service": "https://localhost:1", "client_id": "c", "name": "jump", "ca": str(held), "key": str(held)}
    (tmp_path / "s.toml").write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in said.items()))
    words = [str(KIOSK), "server-login", way, "--settings", str(tmp_path / "s.toml")]
    shown = set()
    for name in ("daemon", "nobody", "stranger-at-the-door"):
        environment = {"PAM_USER": name, "PAM_TYPE": "auth", "PAM_SERVICE": "sshd"}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, input="typed")
        shown.add((done.returncode, done.stdout))
    assert len(shown) == 1, shown


class SaysNo:
    """A service whose every answer is that."""

    def __init__(self, error: str) -> None:
        self.error = error

    def post(self, *_: object) -> dict[str, object]:
        return {"error": self.error, "error_description": f"Said of {self.error}."}


SETTINGS = ServerLoginSettings("https://a", "c", "jump", "/ca", "/key")


@pytest.mark.parametrize("error", ["unknown_user_id", "access_denied", "expired_token"])
def test_what_the_service_says_of_a_login_is_for_the_log_alone(error: str) -> None:
    with pytest.raises(ServerLoginError) as told:
        asking.approved(cast(ServiceLine, SaysNo(error)), SETTINGS, "ada", "ssh on jump")
    assert pam.printed(told.value) == pam.NOT_LET_IN
    assert pam.logged("ada", told.value) == f"ada: {asking.SAYS[error]}"


@pytest.mark.parametrize("password", ["their own", "a" * 26])
def test_a_password_that_does_not_count_is_told_as_a_login_that_is_none(password: str) -> None:
    with pytest.raises(ServerLoginError) as told:
        one_time.signed_in(cast(ServiceLine, SaysNo("invalid_grant")), SETTINGS, "ada", password)
    assert pam.printed(told.value) == pam.NOT_LET_IN


def test_what_the_keeper_has_to_mend_is_said() -> None:
    with pytest.raises(ServerLoginError) as told:
        asking.approved(cast(ServiceLine, SaysNo("invalid_scope")), SETTINGS, "ada", "ssh on jump")
    assert pam.printed(told.value) == "The service refuses: Said of invalid_scope."
    assert pam.logged("ada", ServerLoginError("a\nline\x1b")) == "ada: a line "


@pytest.mark.parametrize("name", ["root", "0", '"root"', "12"])
def test_radius_lets_nobody_in_as_root_either(name: str) -> None:
    with pytest.raises(ServerLoginError):
        radius.shown({"USER_NAME": name, "USER_PASSWORD": "a" * 26})


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
    told = {**said, "system_accounts": ["daemon"]}  # an account that each machine has
    (tmp_path / "s.toml").write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in told.items()))
    words = [str(KIOSK), "server-login", "ask", "--settings", str(tmp_path / "s.toml")]
    environment = {"PAM_USER": "daemon", "PAM_TYPE": "auth", "PAM_SERVICE": "sudo"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, sentence in done.stdout) == (1, True), (done.stdout, done.stderr)


def test_without_settings_nobody_is_let_in(tmp_path: Path) -> None:
    words = [str(KIOSK), "server-login", "ask", "--settings", str(tmp_path / "none.toml")]
    done = subprocess.run(words, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, "There is no settings file" in done.stderr) == (2, True)
