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
        ('name = "x"', "missing 1 required positional argument: 'command'"),
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
