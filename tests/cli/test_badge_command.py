"""``kiosk badge decode``: each step is shown, and the one that fails with its reason."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kiosk.__main__ import main

STATION = """service = "https://s"
client_id = "c"
[[wedge]]
card = "H10301"
typed = "facility_card"
facility = "17"
[[wedge]]
typed = "8H10D"
front = "0F"
"""


def test_every_step_of_a_number_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["badge", "decode", "--format", "H10301,typed=facility_card", "017 12345"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "H10301, typed as facility_card:",
        "  typed: 017 12345",
        "  facility code and card number: 17, 12345",
        "  26 bits, parity made: 00001000100110000001110011",
        "  whole in 4 bytes: 00226073",
        "  badge number: 00226073",
    ]


def test_the_step_that_fails_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["badge", "decode", "--format", "H10301", "--format", "uid", "226072"]) == 1
    told = capsys.readouterr().out
    assert "failed: The parity is wrong: bit 26 makes its bits not odd. Misread, or another format." in told
    assert "failed: A badge's number has 4 to 16 bytes; this one has 3." in told


@pytest.mark.parametrize("where", ["--home", "--settings"])
def test_a_stations_formats_are_tried_in_order_on_what_its_reader_types(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(STATION)
    monkeypatch.setattr("sys.stdin", io.StringIO("0057169547\r\n"))
    assert main(["badge", "decode", where, str(tmp_path if where == "--home" else file)]) == 0
    told = capsys.readouterr().out
    assert "failed: Its facility code is not 17" in told or "failed: The facility code is more than 255." in told
    assert told.endswith("  badge number: 0F0368568B\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--format", "6H8D", "1"], "3 are typed, 0 are in “front”"),
        (["--format", "uid", ""], "No number came."),
        (["--home", "/nowhere", "1"], "There is no settings file at /nowhere/agent.toml."),
    ],
)
def test_what_cannot_be_tried_is_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["badge", "decode", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_station_without_such_a_reader_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "agent.toml").write_text('service = "https://s"\nclient_id = "c"\n')
    assert main(["badge", "decode", "--home", str(tmp_path), "1"]) == 2
    assert "has no [[wedge]]" in capsys.readouterr().err


def test_a_format_that_is_impossible_is_named_with_its_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "agent.toml").write_text('service = "https://s"\nclient_id = "c"\n[[wedge]]\ntyped = "6H8D"\n')
    assert main(["badge", "decode", "--home", str(tmp_path), "1"]) == 2
    told = capsys.readouterr().err
    assert "[[wedge]]" in told
    assert "“front”" in told
