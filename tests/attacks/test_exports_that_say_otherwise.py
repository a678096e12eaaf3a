"""An export's lines say the row twice: as text, which is hashed, and beside it, for who reads the file. Both count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.service.audit import export, scope
from tests.attacks.test_trail_checked_by_a_third_party import BROKEN, HOLDS, UNCHECKED
from tests.fakes.archive import Archive, open_archive
from tests.service.audit.trail import CHAIN, NOW

ODD: tuple[Any, ...] = (
    "\ud800",
    "a\x1b[1A\x1b[2KThe trail holds.",
    [],
    {},
    [[]],
    True,
    10**30,
    -1.5,
    "\u202etrail",
    None,
)
Row = dict[str, Any]


@pytest.fixture
def archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Archive]:
    made = open_archive(tmp_path, "", capsys)
    yield made
    made.db.close_now()


def covering(archive: Archive, person: str | None = None) -> None:
    """Write the export between the lines that say what it covers."""
    said = archive.db.read_now(lambda conn: scope.of_store(conn, NOW + 10, 0, None, person, openings=True))
    with archive.export.open("w", encoding="utf-8") as file:
        archive.db.read_now(lambda conn: export.part(conn, file, said))


LIES: dict[str, Callable[[Row], Row]] = {
    "another person": lambda row: {**row, "person": "eve"},
    "another act": lambda row: {**row, "action": "sign_in"},
    "another result": lambda row: {**row, "result": "refused"},
    "other details": lambda row: {**row, "detail": {"records": 1}},
    "nothing of its person": lambda row: {name: value for name, value in row.items() if name != "person"},
    "more than its text": lambda row: {**row, "note": "looked at, all is well"},
    "true for 1": lambda row: {**row, "v": True},
}


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize("how", LIES)
def test_what_an_export_says_beside_a_rows_text_is_what_the_text_says(archive: Archive, how: str, part: bool) -> None:
    if part:
        covering(archive)
    assert archive.verify() == HOLDS, archive.said
    lie = LIES[how]
    archive.rewrite(lambda rows: [lie(row) if row.get("chain") == CHAIN else row for row in rows])
    assert archive.verify() == BROKEN, archive.said
    assert "what the export says of it is not what its text says" in archive.said


@pytest.mark.parametrize("part", [False, True])
def test_what_a_workstation_signed_is_what_its_row_names(archive: Archive, part: bool) -> None:
    """A part does not ask whose key it was; free text stands there all the same no more."""
    if part:
        covering(archive)
    signed = {"proof": "a.b.c", "told": '{"body":{"reason":"looked at, all is well"}}'}
    archive.rewrite(lambda rows: [{**row, "signed": signed} if row.get("chain") == CHAIN else row for row in rows])
    assert archive.verify() == BROKEN, archive.said


def test_a_name_that_stands_twice_in_a_line_is_no_row(archive: Archive) -> None:
    """Readers disagree about which of the two counts."""
    archive.export.write_text(archive.export.read_text(encoding="utf-8").replace('{"', '{"at":1,"', 1))
    assert archive.verify() == UNCHECKED, archive.said


@pytest.mark.parametrize("part", [False, True])
def test_odd_values_at_any_place_are_a_sentence_and_no_command_for_the_terminal(archive: Archive, part: bool) -> None:
    if part:
        covering(archive)
    lines = archive.rows()
    for number, line in enumerate(lines):
        first = line.get("export", line)
        for name in first:
            for odd in ODD if number < 3 else ODD[:3]:
                bent = {**first, name: odd}
                rows = [*lines[:number], {"export": bent} if first is not line else bent, *lines[number + 1 :]]
                archive.export.write_text("".join(json.dumps(row) + "\n" for row in rows))
                assert archive.verify() in (HOLDS, BROKEN, UNCHECKED, 3), (name, odd)
                assert all(character.isprintable() for character in archive.said.replace("\n", "")), (name, odd)


@pytest.mark.parametrize("name", ["made", "since", "until"])
@pytest.mark.parametrize("moment", [2**53 - 1, -(2**53 - 1), 10**30])
def test_a_time_that_no_calendar_has(archive: Archive, name: str, moment: int) -> None:
    covering(archive)
    archive.rewrite(lambda rows: [{"export": {**rows[0]["export"], name: moment}}, *rows[1:]])
    assert archive.verify() in (HOLDS, BROKEN, UNCHECKED, 3)


def test_a_chain_of_the_part_with_a_name_that_is_a_command(archive: Archive) -> None:
    covering(archive)
    spans = [["\x1b[1A\x1b[2KThe trail holds.", 1, 2]]
    archive.rewrite(lambda rows: [{"export": {**rows[0]["export"], "spans": spans}}, *rows[1:]])
    assert archive.verify() == UNCHECKED
    assert "\x1b" not in archive.said
