"""Rows of before stay in later archives and parts: those that the act names, and none that nobody signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.service.admin import retention
from kiosk.service.audit import archiving, scope
from kiosk.service.audit.event import SERVICE, row_hash
from tests.fakes.archived import LATER, OldTrail
from tests.fakes.bent_archives import Rows, bent, bent_file, ended, pruned
from tests.service.audit.trail import CHAIN, NOW


def later_archive(old: OldTrail) -> tuple[Path, Path]:
    """The first archive, taken out, and a second one."""
    first = old.archive("first")
    old.prune(first)
    later = LATER + 7 * retention.YEAR
    old.lock(later)
    return first, old.archive("second", later)


def made_up(row: dict[str, Any]) -> dict[str, Any]:
    """A row that is right in itself, and that nobody wrote."""
    body = json.dumps({**json.loads(row["body"]), "login": "eve"}, sort_keys=True, separators=(",", ":"))
    link = row_hash(bytes.fromhex(row["prev"]), body).hex()
    return {**row, "login": "eve", "body": body, "hash": link}


def another(rows: Rows, place: tuple[str, int] = (SERVICE, 3)) -> Rows:
    return [made_up(row) if (row.get("chain"), row.get("seq")) == place else row for row in rows]


STAYED: dict[str, Callable[[Rows], Rows]] = {
    "a row that nobody wrote": another,
    "free text": lambda rows: [{**row, "login": "eve"} if row.get("kept") else row for row in rows],
    "a signature that its workstation did not give": lambda rows: [
        {**row, "signed": {"proof": "a.b.c", "told": "free text"}} if row.get("kept") else row for row in rows
    ],
    "a row more": lambda rows: ended(
        [rows[0], *({**made_up(row), "seq": 2, "kept": True} for row in rows if row.get("seq") == 3), *rows[1:]]
    ),
    "a row less": lambda rows: ended([row for row in rows if (row.get("chain"), row.get("seq")) != (SERVICE, 3)]),
    "the act not shown": lambda rows: [{"export": {**rows[0]["export"], "act": None}}, *rows[1:]],
    "another act": lambda rows: [{"export": {**rows[0]["export"], "act": other_act(rows)}}, *rows[1:]],
}


def other_act(rows: Rows) -> dict[str, Any]:
    act = rows[0]["export"]["act"]
    return {**act, "bodies": [act["bodies"][0].replace('"kept":5', '"kept":4'), *act["bodies"][1:]]}


@pytest.mark.parametrize("how", STAYED)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "after the first"])
def test_rows_that_stayed_before_a_second_archive_are_those_that_the_act_names(
    old: OldTrail, how: str, alone: bool
) -> None:
    first, second = later_archive(old)
    files = ([] if alone else [first / archiving.TRAIL]) + [second / archiving.TRAIL]
    assert old.verify_files(*files).finding is None
    bent(second, STAYED[how])
    assert old.verify_files(*files).finding is not None


def part_of(old: OldTrail, most: int | None, since: int | None = None) -> Path:
    of = old.db.read_now(scope.of_store, LATER + 9, since, None, None, openings=True)
    return old.export("part.jsonl", of, most)[0]


@pytest.mark.parametrize("how", STAYED)
def test_rows_that_stayed_are_looked_at_in_a_part_too(old: OldTrail, how: str) -> None:
    """A part that has all of them, and not all that follows."""
    path = part_of(pruned(old), 8)
    report = old.verify_files(path)
    assert (report.finding, report.kept) == (None, 5)
    bent_file(path, STAYED[how])
    report = old.verify_files(path)
    assert report.finding is not None or (how == "a row less" and report.kept == 4)


def test_an_export_of_a_time_cannot_say_by_itself_that_rows_were_archived(old: OldTrail) -> None:
    """It would leave out whatever it likes: checkpoints name rows of that time, and nothing was archived."""
    path = part_of(old, None, NOW - 10)
    assert old.verify_files(path).finding is None

    def without(rows: Rows) -> Rows:
        spans = [span for span in rows[0]["export"]["spans"] if span[0] != CHAIN]
        first = {"export": {**rows[0]["export"], "archived": 2, "spans": spans}}
        return ended([first, *(row for row in rows[1:] if row.get("chain") != CHAIN)])

    bent_file(path, without)
    assert "does not show the act" in str(old.verify_files(path).finding)


def test_a_chain_in_which_nothing_happened_since_is_in_the_later_archive(old: OldTrail) -> None:
    folders, at = [], LATER
    for name in ("first", "second", "third"):
        folders.append(old.archive(name, at))
        old.prune(folders[-1], at)
        at += 7 * retention.YEAR
        old.lock(at, SERVICE)
    files = [folder / archiving.TRAIL for folder in folders]
    assert [old.verify_files(file).status for file in files] == [0, 0, 0]
    assert old.verify_files(*files).status == 0
    assert old.verify().status == 0
