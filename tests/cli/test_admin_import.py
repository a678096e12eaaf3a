"""``kiosk admin import``: roles asked back, powerful roles and removals said before, people who are there changed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]
HEAD = "login,name,roles,uid,place\n"


class Terminal(io.StringIO):
    """Somebody sits here and types."""

    def isatty(self) -> bool:
        return True


def file(tmp_path: Path, text: str) -> str:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + text)
    return str(path)


@pytest.mark.parametrize(
    ("role", "close"),
    [
        ("help-desk", "help_desk"),
        ("helpdesk", "help_desk"),
        ("administrators", "administrator"),
        ("admin", "administrator"),
        ("prescribr", "prescriber"),
        ("super", "supervisor"),
    ],
)
def test_a_list_and_a_command_ask_a_mistyped_role_back_alike(
    desk: AdminDesk, tmp_path: Path, role: str, close: str
) -> None:
    desk.admin("person", "add", "zoe", "--name", "Zoe")
    by_hand = desk.admin("role", "add", "zoe", role, status=1)
    question = f"There is no role “{role}” yet: did you mean “{close}”?"
    assert question in by_hand
    desk.admin("import", file(tmp_path, f"ada,Ada,{role},,\nben,Ben,{role},,\n"), status=1)
    (line,) = desk.out.splitlines()
    assert line.startswith(f"line 2: roles: {question}")
    assert "It is in 1 more line." in line
    assert line.endswith("--new-role")
    assert desk.acts() == ["service.init", "person.add"]
    assert "Added 2 persons" in desk.admin(
        "import", file(tmp_path, f"ada,Ada,{role},,\nben,Ben,{role},,\n"), "--new-role"
    )


def test_a_role_mistyped_in_one_line_of_many_is_asked_back(desk: AdminDesk, tmp_path: Path) -> None:
    text = "ada,Ada,nurse,,\nben,Ben,nurse,,\ncy,Cy,nurs,,\n"
    desk.admin("import", file(tmp_path, text), status=1)
    assert "line 4: roles: There is no role “nurs” yet: did you mean “nurse”?" in desk.out


def test_powerful_roles_are_listed_in_the_dry_run_and_a_script_says_that_they_are_meant(
    desk: AdminDesk, tmp_path: Path
) -> None:
    listed = file(tmp_path, "ada,Ada Lovelace,administrator,,\nben,Ben,visitor,,\n")
    said = desk.admin("import", listed, "--dry-run")
    assert "Powerful roles given:\nlogin  name          role\nada    Ada Lovelace  administrator\n" in said
    refused = desk.admin("import", listed, status=1)
    assert "This gives 1 person powerful roles. Nothing was changed. If it is meant: --yes" in refused
    assert desk.acts() == ["service.init"]
    assert "Added 2 persons" in desk.admin("import", listed, "--yes")


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("\n", 1), ("", 1), ("no\n", 1)])
def test_somebody_at_a_terminal_is_asked(
    desk: AdminDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, status: int
) -> None:
    listed = file(tmp_path, "ada,Ada,administrator,,\n")
    monkeypatch.setattr("tests.fakes.admin.io.StringIO", Terminal)
    desk.admin("import", listed, typed=typed, status=status)
    assert "Go on? [y/N]" in desk.err
    assert ("person.add" in desk.acts()) is (status == 0)


def test_an_update_shows_what_changes_and_asks_before_roles_are_taken(desk: AdminDesk, tmp_path: Path) -> None:
    desk.admin("import", file(tmp_path, "ada,Ada Lovelace,nurse;charge,04A1B2C3D4E5F6,Ward 3\nben,Ben,nurse,,Ward 3\n"))
    new = file(tmp_path, "ada,Ada King,nurse,04A1B2C3D4E5F6,Ward 4\ncy,Cy,nurse,,\n")
    assert "There is somebody with the login “ada” already" in (desk.admin("import", new, status=1) and desk.out)
    said = desk.admin("import", new, "--update", "--dry-run")
    assert said.splitlines()[1:-1] == [
        "  cy: Cy (nurse)",
        "Changes:",
        "login  what   before        after",
        "ada    name   Ada Lovelace  Ada King",
        "ada    place  Ward 3        Ward 4",
        "Roles taken away:",
        "login  role",
        "ada    charge",
        "Not in the list, and left as they are: 1 person.",
    ]
    assert "1 person and 0 badges would be added. 3 changes of 1 person; 0 are so already." in said
    assert "This takes roles from 1 person." in desk.admin("import", new, "--update", status=1)
    assert "Added 1 person and 0 badges. Made 3 changes." in desk.admin("import", new, "--update", "--yes")
    assert "Added 0 persons and 0 badges. Made 0 changes." in desk.admin("import", new, "--update")
    assert desk.acts()[-5:] == ["person.add", "person.rename", "person.move", "role.remove", "import"]


def test_people_who_are_not_in_the_list_leave_only_when_that_is_said_twice(desk: AdminDesk, tmp_path: Path) -> None:
    desk.admin("import", file(tmp_path, "ada,Ada,,,\nben,Ben,,,\n"))
    only = file(tmp_path, "ada,Ada,,,\n")
    assert "goes with --update" in desk.admin("import", only, "--leave-missing", status=2)
    said = desk.admin("import", only, "--update", "--leave-missing", status=1)
    assert "Not in the list, and so they leave: 1 person. Nothing was changed." in said
    assert "Leaving, with all factors and roles:\nlogin  name\nben    Ben\n" in desk.out
    assert "1 left." in desk.admin("import", only, "--update", "--leave-missing", "--yes")
    assert desk.acts()[-2:] == ["person.leave", "import"]


def test_a_person_is_renamed_and_moved_by_hand(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada Lovelace")
    assert "is called Ada King now" in desk.admin("person", "rename", "ada", "Ada King")
    assert "works at Ward 4 now" in desk.admin("person", "move", "ada", "Ward 4")
    assert "already" in desk.admin("person", "move", "ada", "Ward 4", status=1)
    assert "already" in desk.admin("person", "rename", "ada", "Ada King", status=1)
    moved = desk.rows()[-1]["detail"]
    assert (moved["act"], moved["from"], moved["to"]) == ("person.move", None, "Ward 4")


def test_the_help_has_examples(desk: AdminDesk) -> None:
    with pytest.raises(SystemExit):
        desk.run("admin", "--data", "x", "import", "--help")
    assert "--update --dry-run" in desk.capsys.readouterr().out
