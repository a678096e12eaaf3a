"""A station's settings as tables: several programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.settings import AgentSettings, BadSettings, Program, load, save

BROWSER = Program("records", ("/usr/bin/chromium", "--app=https://records.example", "{login}"), again=True)
FILE = """
service = "https://localhost:1"
client_id = "ws-1"
[[program]]
name = "records"
command = ["/usr/bin/chromium", "--app=https://records.example", "{login}"]
again = true
[[program]]
name = "mail"
command = ["/usr/bin/mail"]
"""


def test_programs_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(FILE)
    settings = load(AgentSettings, path)
    assert settings.programs == (BROWSER, Program("mail", ("/usr/bin/mail",)))
    save(settings, path)
    assert load(AgentSettings, path) == settings


def test_the_one_program_of_old_comes_first() -> None:
    settings = AgentSettings("https://localhost:1", "ws-1", workspace=("/usr/bin/x", "y"), program=(BROWSER,))
    assert settings.programs == (Program("/usr/bin/x", ("/usr/bin/x", "y")), BROWSER)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('name = "x"', "[[program]]: “command” is missing."),
        ('name = "x"\ncommand = []', "[[program]]: “command” must begin with a program."),
        ('name = "x"\ncommand = [""]', "[[program]]: “command” must begin with a program."),
        ('name = "x"\ncommand = ["a\\u0000b"]', "[[program]]: “command” may not hold control characters."),
        ('name = "x"\ncommand = "x"', "[[program]]: “command” must be a list of texts."),
        ('name = "x"\ncommand = ["x"]\nagian = true', "[[program]]: there is no setting called “agian”."),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, table: str, complaint: str) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('service = "s"\nclient_id = "c"\n[[program]]\n' + table)
    with pytest.raises(BadSettings) as caught:
        load(AgentSettings, path)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("workspaces = 0", "“workspaces” must be at least 1."),
        ("workspaces = -1", "“workspaces” must not be negative."),
        ("doorbell_port = 65536", "“doorbell_port” must be at most 65535."),
        ("idle = 3000000", "“idle” must be at most 2000000."),
        ('theme = ["light"]', "“theme” must be one of light, dark, contrast."),
        ('client_id = "a\\u007fb"', "“client_id” may not hold control characters."),
    ],
)
def test_an_impossible_value_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "agent.toml"
    first = "" if line.startswith("client_id") else 'client_id = "c"\n'
    path.write_text(f'service = "s"\n{first}{line}\n')
    with pytest.raises(BadSettings) as caught:
        load(AgentSettings, path)
    assert str(caught.value) == f"{path}: {complaint}"


def test_a_setting_that_is_needed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('service = "s"\n')
    with pytest.raises(BadSettings, match="“client_id” is missing"):
        load(AgentSettings, path)
