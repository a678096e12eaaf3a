"""Settings of a station and of the service: what is taken from a file, and how the rest is refused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model.wedge import WedgeFormat
from kiosk.settings import AgentSettings, PrinterSettings, ProgramSettings, SettingsError, from_table, load, save
from kiosk.settings.service import ServiceSettings
from kiosk.settings.sounds import NightSettings, loudness

BROWSER = ProgramSettings("records", ("/usr/bin/chromium", "--app=https://records.example", "{login}"), again=True)
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
    made = load(AgentSettings, path)
    assert made.programs == (BROWSER, ProgramSettings("mail", ("/usr/bin/mail",)))
    save(made, path)
    assert load(AgentSettings, path) == made


def test_formats_of_wedge_readers_are_read_and_written(tmp_path: Path) -> None:
    own = WedgeFormat("bits", bits=26, facility_bits="2-9", card_bits="10-25", even=("1: 2-13",), odd=("26: 14-25",))
    made = AgentSettings("https://localhost:1", "ws-1", wedge=(own, WedgeFormat(typed="8H10D", front="0F")))
    path = tmp_path / "agent.toml"
    save(made, path)
    assert load(AgentSettings, path) == made


def test_hours_of_the_night_are_read_and_written(tmp_path: Path) -> None:
    nights = (NightSettings("22:00", "06:30"), NightSettings("13:00", "15:00", 20, "Ward 3"))
    made = AgentSettings("https://localhost:1", "ws-1", sounds=60, night=nights)
    save(made, tmp_path / "agent.toml")
    assert load(AgentSettings, tmp_path / "agent.toml") == made
    rules = loudness(made.sounds, made.night)
    assert (rules.day, [(n.begins, n.ends, n.level) for n in rules.nights]) == (60, [(1320, 390, 0), (780, 900, 20)])


@pytest.mark.parametrize(("sounds", "day", "nights"), [(True, 100, 1), (False, 0, 0), (0, 0, 1), (100, 100, 1)])
def test_a_station_that_wants_no_sounds_has_none_at_night(sounds: int | bool, day: int, nights: int) -> None:
    rules = loudness(sounds, (NightSettings("22:00", "06:30", 20),))
    assert (rules.day, len(rules.nights)) == (day, nights)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('begins = "22:00"', "[[night]]: “ends” is missing."),
        ('begins = "24:00"\nends = "06:00"', "[[night]]: “begins” must be a time from 00:00 to 23:59, not “24:00”."),
        ('begins = "22:00"\nends = "6:00"', "[[night]]: “ends” must be a time from 00:00 to 23:59, not “6:00”."),
        (
            'begins = "22:00"\nends = "06:00"\nlevel = 101',
            "[[night]]: “level” must be a whole number from 0 to 100, not 101.",
        ),
    ],
)
def test_an_hour_that_is_none_is_named(tmp_path: Path, table: str, complaint: str) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('service = "https://s"\nclient_id = "c"\n[[night]]\n' + table)
    with pytest.raises(SettingsError) as caught:
        load(AgentSettings, path)
    assert complaint in str(caught.value)


def test_the_one_program_of_old_comes_first() -> None:
    made = AgentSettings("https://localhost:1", "ws-1", workspace=("/usr/bin/x", "y"), program=(BROWSER,))
    assert made.programs == (ProgramSettings("x", ("/usr/bin/x", "y")), BROWSER)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('name = "x"', "[[program]]: “command” is missing."),
        ('name = "x"\ncommand = []', "[[program]]: “command” must begin with a program."),
        ('name = "x"\ncommand = [""]', "[[program]]: “command” must begin with a program."),
        ('name = "x"\ncommand = ["a\\u0000b"]', "[[program]]: “command” may not hold control characters."),
        ('name = "x"\ncommand = "x"', "[[program]]: “command” must be a list of texts, not “x”."),
        ('name = " "\ncommand = ["x"]', "[[program]]: “name” must be what people call the program, not “ ”."),
        ('name = "x"\ncommand = ["x"]\nagian = true', "[[program]]: there is no setting called “agian”."),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, table: str, complaint: str) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('service = "https://s"\nclient_id = "c"\n[[program]]\n' + table)
    with pytest.raises(SettingsError) as caught:
        load(AgentSettings, path)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("workspaces = 0", "“workspaces” must be a whole number from 1 to 64, not 0."),
        ("workspaces = -1", "“workspaces” must be a whole number from 0 to 2000000, not -1."),
        ("workspaces = true", "“workspaces” must be a whole number, not true."),
        (
            "doorbell_port = 65536",
            "“doorbell_port” must be a whole number from 1024 to 65535, or 0 for none, not 65536.",
        ),
        (
            'workspace_reach = ["records.hospital.example:443"]',
            "“workspace_reach” must be an address and a port, such as 10.20.0.0/16:443, [2001:db8::/32]:443 or "
            "10.20.1.5:5000-5010/udp, not “records.hospital.example:443”.",
        ),
        (
            'workspace_reach = ["127.0.0.1:443"]',
            "“workspace_reach” must be an address of another machine, not “127.0.0.1:443”.",
        ),
        (
            'workspace_network = "host"\nworkspace_reach = ["10.0.0.0/8:443"]',
            '“workspace_reach” needs workspace_network = "own": with "host" programs reach everything.',
        ),
        (
            'workspace_proxy = "http://10.0.0.8:3128"\nworkspace_reach = ["10.0.0.0/24:443"]',
            "“workspace_reach” must name the proxy of “workspace_proxy”, too: 10.0.0.8, port 3128.",
        ),
        (
            'workspace_proxy = "http://a:b@proxy:3128"',
            "“workspace_proxy” must be http://, an address or name, and a port, not “http://a:b@proxy:3128”.",
        ),
        ("doorbell_port = 80", "“doorbell_port” must be a whole number from 1024 to 65535, or 0 for none, not 80."),
        ("idle = 3000000", "“idle” must be a whole number from 0 to 2000000, not 3000000."),
        ("idle = 7200", "“idle” must be a whole number from 5 to 3600, or 0 for the service's word, not 7200."),
        ("warning = 5", "“warning” must be a whole number from 20 to 600, or 0 for the service's word, not 5."),
        ("hook_seconds = 0", "“hook_seconds” must be a whole number from 1 to 60, not 0."),
        ("max_session = 90000", "“max_session” must be a whole number from 60 to 86400, or 0 for no limit, not 90000."),
        (
            "workspace_processes = 1",
            "“workspace_processes” must be a whole number from 16 to 2000000, or 0 for any, not 1.",
        ),
        ('readers = [""]', "“readers” must be parts of readers' names; an empty one would be in every name, not “”."),
        ('hooks = [" "]', "“hooks” must be a list that begins with a program, not “ ”."),
        ('print_command = [""]', "“print_command” must be a list that begins with a program, not “”."),
        ('workspace_readable = ["opt"]', "“workspace_readable” must be whole paths, each from / on, not “opt”."),
        ("sounds = 101", "“sounds” must be a whole number from 0 to 100, or true or false, not 101."),
        ('sounds = "loud"', "“sounds” must be a whole number, or true or false, not “loud”."),
        ("workspace_microphone = true", "“workspace_microphone” needs “workspace_sound = true” beside it."),
        ('theme = ["light"]', "“theme” must be one of light, dark, contrast, not ['light']."),
        ('client_id = " "', "“client_id” must be the name that the service gave this workstation, not “ ”."),
        ('client_id = "a\\u007fb"', "“client_id” may not hold control characters."),
    ],
)
def test_an_impossible_value_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "agent.toml"
    first = "" if line.startswith("client_id") else 'client_id = "c"\n'
    path.write_text(f'service = "https://s"\n{first}{line}\n')
    with pytest.raises(SettingsError) as caught:
        load(AgentSettings, path)
    assert str(caught.value) == f"{path}: {complaint}"


@pytest.mark.parametrize("service", ["", "s", "http://s", "https://", "https:// /", "ftp://s"])
def test_a_station_reaches_its_service_over_tls_only(service: str) -> None:
    with pytest.raises(SettingsError, match="“service” must be an address that begins with https://, not “"):
        AgentSettings(service, "c")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("stepup_seconds = 0", "“stepup_seconds” must be a whole number from 30 to 600, not 0."),
        ("token_seconds = 0", "“token_seconds” must be a whole number from 15 to 600, not 0."),
        ("token_seconds = 86400", "“token_seconds” must be a whole number from 15 to 600, not 86400."),
        ("grace = 90000", "“grace” must be a whole number from 60 to 86400, or 0 for none, not 90000."),
        ("idle = 1", "“idle” must be a whole number from 10 to 3600, or 0 for never, not 1."),
        ("warning = 0", "“warning” must be a whole number from 20 to 600, not 0."),
        ("names = 1", "“names” must be one of full, initials, none, not 1."),
        ("policy = 1", "“policy” must be a table, not 1."),
    ],
)
def test_an_impossible_setting_of_the_service_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "service.toml"
    path.write_text(f'origin = "https://a.example"\n{line}\n')
    with pytest.raises(SettingsError) as caught:
        load(ServiceSettings, path)
    assert str(caught.value) == f"{path}: {complaint}"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=80) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
SETTINGS = [
    *((AgentSettings, field.name, {"service": "https://s", "client_id": "c"}) for field in fields(AgentSettings)),
    *((ServiceSettings, field.name, {"origin": "https://a.example"}) for field in fields(ServiceSettings)),
]


@pytest.mark.parametrize(("kind", "name", "needed"), SETTINGS, ids=lambda one: one if isinstance(one, str) else "")
@given(value=ANYTHING)
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_the_file_is_taken_or_refused_by_name(
    kind: type[Any], name: str, needed: dict[str, object], value: object
) -> None:
    try:
        made = from_table(kind, {**needed, name: value}, "the file")
    except SettingsError as refused:
        assert str(refused).startswith("the file")
        assert f"“{name}”" in str(refused) or f"[[{name}]]" in str(refused)
        assert str(refused).endswith(".")
        assert len(str(refused)) < 300
    else:
        taken = getattr(made, name)
        tables = [WedgeFormat(**table) for table in cast(list[Any], value)] if name == "wedge" else []
        assert taken == value or taken == tuple(tables or cast(list[str], value))


def test_a_setting_that_is_needed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('service = "https://s"\n')
    with pytest.raises(SettingsError, match="“client_id” is missing"):
        load(AgentSettings, path)


def test_what_is_no_text_is_named_in_words_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_bytes(b'service = "https://localhost:1"\nclient_id = "B\xfcro"\n')
    with pytest.raises(SettingsError, match=r"agent.toml is not UTF-8 text \(line 2\)\. Save it as UTF-8\.$"):
        load(AgentSettings, path)
    with pytest.raises(SettingsError, match="is a folder, where a settings file is wanted"):
        load(AgentSettings, tmp_path)


@pytest.mark.parametrize("word", ["{logn}", "--user={Login}", "a {name} b {nme}"])
@pytest.mark.parametrize("table", ["workspace", "program"])
def test_a_place_that_nothing_is_filled_in_for_is_refused_by_name(table: str, word: str) -> None:
    command = ["/usr/bin/x", word]
    lines = {"workspace": command} if table == "workspace" else {"program": [{"name": "x", "command": command}]}
    known = {"service": "https://localhost:1", "client_id": "ws-1", "stage": "nested"}
    with pytest.raises(SettingsError, match=r"nothing is filled in for “\{\w+\}”.*\{login\}, \{name\}, \{home\}"):
        from_table(AgentSettings, {**known, **lines}, "agent.toml")


def test_what_is_filled_in_and_what_a_shell_expands_may_stand_in_a_command() -> None:
    known = {"service": "https://localhost:1", "client_id": "ws-1"}
    words = ["/bin/sh", "-c", "echo ${HOME} {login} {name}; awk '{print $1}' {}"]
    from_table(AgentSettings, {**known, "workspace": words}, "agent.toml")
    from_table(AgentSettings, {**known, "workspace": ["x", "{home}"], "stage": "nested"}, "agent.toml")
    with pytest.raises(SettingsError, match=r"“\{home\}”"):
        from_table(AgentSettings, {**known, "workspace": ["x", "{home}"]}, "agent.toml")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[[printer]]\nname = "../office"', "a queue's name in CUPS"),
        ('[[printer]]\nname = "ward=raw"', "a queue's name in CUPS"),
        ('[[printer]]\nname = ""', "a queue's name in CUPS"),
        ('[[printer]]\nname = "ward"\n[[printer]]\nname = "Ward"', "twice"),
        ('print_server = "localhost:631"', "Unix socket"),
    ],
)
def test_printers_that_cannot_be_are_refused(tmp_path: Path, lines: str, said: str) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(f'service = "https://s"\nclient_id = "c"\n{lines}\n')
    with pytest.raises(SettingsError, match=said):
        load(AgentSettings, path)


def test_printers_are_read_and_saved(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    save(AgentSettings("https://s", "c", printer=(PrinterSettings("ward"), PrinterSettings("label", raw=True))), path)
    assert load(AgentSettings, path).printer == (PrinterSettings("ward"), PrinterSettings("label", raw=True))


def test_a_command_may_hold_a_script_of_several_lines_and_comes_back_as_it_was(tmp_path: Path) -> None:
    script = 'echo "a\\b"\necho ü'
    made = AgentSettings("https://localhost:1", "ws-1", hooks=("/bin/sh", "-c", script))
    save(made, tmp_path / "agent.toml")
    assert load(AgentSettings, tmp_path / "agent.toml") == made


@pytest.mark.parametrize(
    "made",
    [
        AgentSettings("https://localhost:1", "ws\x00"),
        AgentSettings("https://localhost:1", "ws", hooks=("/bin/sh", "a\x07")),
        AgentSettings("https://localhost:1", "ws", program=(ProgramSettings("a\nb", ("/bin/true",)),)),
    ],
)
def test_what_could_not_be_read_is_not_written(made: AgentSettings, tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text("as before")
    with pytest.raises(SettingsError, match="control characters"):
        save(made, tmp_path / "agent.toml")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("agent.toml", "as before")]
