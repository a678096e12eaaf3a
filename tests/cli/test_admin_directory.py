"""``kiosk admin directory`` as somebody types it, and the doctor's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.cli import doctor_directory
from kiosk.demo.processes import ChildFailedError
from kiosk.service.folder import finish, make_folder, open_folder
from kiosk.settings.service import ServiceSettings
from tests.fakes.commands import kiosk
from tests.fakes.slapd import Slapd, dn, group_dn, running

ORIGIN = "https://auth.hospital.example"


class Desk:
    def __init__(self, path: Path) -> None:
        self.path = path
        finish(make_folder(path, ServiceSettings(ORIGIN), 1_800_000_000))
        self._first = (path / "service.toml").read_text()

    def set(self, *lines: str) -> None:
        (self.path / "service.toml").write_text(self._first + "\n" + "\n".join(lines) + "\n")

    def admin(self, *words: str) -> str:
        return kiosk("admin", "--data", str(self.path), *words)

    def fails(self, *words: str) -> str:
        with pytest.raises(ChildFailedError) as failed:
            self.admin(*words)
        return str(failed.value)

    def doctor(self) -> list[tuple[bool, str]]:
        return [(check.ok, check.detail) for check in doctor_directory.checks(open_folder(self.path))]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "data")


def of(server: Slapd) -> list[str]:
    lines = [f'{name} = "{value}"' for name, value in server.table().items() if isinstance(value, str)]
    return ["[directory.roles]", f'"{group_dn("nurses")}" = ["nurse"]', "[directory.ldap]", *lines]


def test_a_plan_is_read_then_carried_out_and_the_brake_asks(desk: Desk, tmp_path: Path) -> None:
    assert "No LDAP is set" in desk.fails("directory", "plan")
    with running(tmp_path / "slapd") as server:
        desk.set(*of(server))
        server.people("anna", "bo", "cleo", "dan", "eve")
        server.group("nurses", dn("anna"))
        plan = desk.admin("directory", "plan").splitlines()
        assert "anna\tcomes\tAnna" in plan and "anna\tgets a role\tnurse" in plan
        assert desk.admin("person", "list") == ""
        assert "5 persons are changed." in desk.admin("directory", "apply")
        server.remove(*(dn(login) for login in ("bo", "cleo", "dan", "eve")))
        assert "bo\tleaves\t-" in desk.admin("directory", "plan")
        assert "4 persons within an hour; 3 are let" in desk.fails("directory", "apply")
        assert desk.admin("person", "list").count("active") == 5
        assert "4 persons are changed." in desk.admin("directory", "apply", "--let-leave", "4")
        assert desk.admin("person", "list").count("left") == 4
        assert "ldap\t1 person\tlast carried out" in desk.admin("directory", "status")
        assert desk.doctor() == [(True, "“ldap” is carried out.")]
    assert "cannot be reached" in desk.fails("directory", "plan")


def test_tokens_are_shown_once_listed_and_revoked(desk: Desk) -> None:
    said = desk.admin("directory", "token", "add", "entra", "--days", "10").strip()
    made = said.split("_")[1]
    assert said.startswith("kds_") and len(said) > 50
    listed = desk.admin("directory", "token", "list")
    assert listed.startswith(f"{made}\tentra\tgood\tuntil ") and said not in listed
    assert (True, f"The token {made} of “entra” ends in 10 days.") in desk.doctor()
    desk.admin("directory", "token", "revoke", made)
    assert "\trevoked\t" in desk.admin("directory", "token", "list")
    assert "no token" in desk.fails("directory", "token", "revoke", made)
    assert "cannot be a source" in desk.fails("directory", "token", "add", "ldap")


def test_people_are_adopted_and_released(desk: Desk) -> None:
    assert "No directory has spoken yet." in desk.admin("directory", "status")
    desk.admin("person", "add", "anna", "--name", "Anna")
    desk.admin("directory", "adopt", "anna", "--source", "entra", "--external-id", "e-1")
    assert "manages anna already" in desk.fails("directory", "adopt", "anna", "--source", "ldap")
    assert "“entra” does not manage anna" in desk.admin("directory", "release", "anna")
    assert "no directory “nobody”" in desk.fails("directory", "let", "nobody", "--leave", "3")
    assert "Within the next hour" in desk.admin("directory", "let", "ldap", "--leave", "3")


def test_a_group_that_gives_power_must_be_named_twice(desk: Desk) -> None:
    desk.set("[directory.roles]", '"Admins" = ["administrator"]')
    assert "gives power over others' sign-ins" in desk.fails("directory", "status")


def test_a_pull_that_is_late_is_said(desk: Desk, tmp_path: Path) -> None:
    assert desk.doctor() == []
    with running(tmp_path / "slapd") as server:
        desk.set(*of(server))
    desk.admin("directory", "let", "ldap", "--leave", "1")
    assert desk.doctor() == [(False, "“ldap” was not carried out for 5 minutes.")]
