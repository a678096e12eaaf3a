"""An export, a copy of the checkpoints and public keys are enough to check a trail; whatever was bent in them shows,
and a damaged file is told apart from a trail that does not hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from kiosk.service.audit.checkpoint import public_jwks
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from tests.fakes.archive import Archive, open_archive
from tests.service.audit import trail
from tests.service.audit.trail import CHAIN, NOW

HOLDS, BROKEN, UNCHECKED, UNVOUCHED = 0, 1, 2, 3
Rows = list[dict[str, Any]]


@pytest.fixture
def archive(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Archive]:
    made = open_archive(tmp_path, database_url, capsys)
    yield made
    made.db.close_now()


def test_nothing_private_no_database_and_no_settings_are_needed(archive: Archive) -> None:
    archive.db.close_now()
    assert archive.verify() == HOLDS
    assert "10 rows in 2 chains, 2 signatures verified again, 1 code without signature" in archive.said
    assert "1 were opened and 2 are erased" in archive.said


def test_without_any_checkpoint_the_trail_is_not_said_to_hold(archive: Archive) -> None:
    assert archive.verify("--keys", str(archive.jwks)) == UNVOUCHED
    assert "holds" not in archive.said
    archive.copy.write_text("")
    assert archive.verify() == UNVOUCHED


def test_the_result_as_json_says_each_status(archive: Archive) -> None:
    files = ("--checkpoints", str(archive.copy), "--keys", str(archive.jwks), "--json")
    assert archive.verify(*files) == HOLDS
    assert (json.loads(archive.said)["ok"], json.loads(archive.said)["uncovered"]) == (True, {})
    assert archive.verify("--keys", str(archive.jwks), "--json") == UNVOUCHED
    assert (json.loads(archive.said)["ok"], json.loads(archive.said)["uncovered"]) == (False, {"service": 5, CHAIN: 5})


def station(rows: Rows) -> Rows:
    return [row for row in rows if row["chain"] == CHAIN]


def service(rows: Rows) -> Rows:
    return [row for row in rows if row["chain"] != CHAIN]


BENT: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "a row removed": (lambda rows: [row for row in rows if (row["chain"], row["seq"]) != (CHAIN, 3)], "Row 3"),
    "the tail removed": (lambda rows: [row for row in rows if (row["chain"], row["seq"]) != (CHAIN, 5)], "Row 5"),
    "a chain removed": (service, "checkpoint 1 names it"),
    "all rows removed": (lambda _: [], "checkpoint 1 names it"),
    "rows in another order": (lambda rows: service(rows) + station(rows)[::-1], "it is missing"),
    "a row twice": (lambda rows: [*rows, rows[-1]], "there is no such number"),
    "evidence removed": (lambda rows: [{**row, "evidence": None} for row in rows], "its evidence is missing"),
    "evidence of another": (
        lambda rows: [{**row, "evidence": station(rows)[1]["evidence"]} if row["evidence"] else row for row in rows],
        "its evidence was changed",
    ),
    "text changed": (lambda rows: [{**row, "body": row["body"].replace("idle", "tap_out")} for row in rows], "Row 5"),
    "an opening exchanged": (
        lambda rows: [
            {**row, "openings": [{**opening, "value": "Patient/456"} for opening in row["openings"]]} for row in rows
        ],
        "an identifier was exchanged",
    ),
    "an opening moved to another row": (
        lambda rows: [{**row, "openings": station(rows)[1]["openings"]} for row in rows],
        "opens nothing of what was signed",
    ),
}


@pytest.mark.parametrize("how", BENT)
def test_an_export_that_was_bent_does_not_hold(archive: Archive, how: str) -> None:
    change, why = BENT[how]
    archive.rewrite(change)
    assert archive.verify() == BROKEN, archive.said
    assert why in archive.said


def test_chains_may_stand_in_any_order(archive: Archive) -> None:
    archive.rewrite(lambda rows: station(rows) + service(rows))
    assert archive.verify() == HOLDS
    archive.rewrite(lambda rows: sorted(rows, key=lambda row: int(row["seq"])))
    assert archive.verify() == HOLDS


def test_openings_that_were_left_out_are_not_called_erased(archive: Archive) -> None:
    archive.rewrite(lambda rows: [{name: row[name] for name in row if name != "openings"} for row in rows])
    assert archive.verify() == HOLDS
    assert "Left out of this export: the openings of 3 identifiers" in archive.said


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def damage(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(change(lines(path))), encoding="utf-8")


DAMAGED: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "cut in its last line": (lambda all_: [all_[0], all_[1][:-40]], "line 2 cannot be read"),
    "without its last byte": (lambda all_: [all_[0], all_[1][:-1]], "line 2 cannot be read"),
    "not JSON": (lambda all_: ["rubbish\n", *all_], "line 1 cannot be read"),
    "numbers without bounds": (lambda all_: ['{"id":' + "9" * 5000 + "}\n", *all_], "line 1 cannot be read"),
    "deep": (lambda all_: ["[" * 100_000 + "\n", *all_], "line 1 cannot be read"),
    "another form": (lambda all_: ['{"id":1,"at":1,"body":"{}","signature":"","kid":""}\n'], "line 1 cannot be read"),
    "a changed byte": (lambda all_: [all_[0].replace("station-1", "station-2"), all_[1]], "Checkpoint 1"),
    "its first line missing": (lambda all_: all_[1:], "begins with checkpoint 2"),
    "a line twice": (lambda all_: [all_[0], all_[0], all_[1]], "has no checkpoint 2 after 1"),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_copy_is_not_a_broken_trail(archive: Archive, how: str) -> None:
    change, why = DAMAGED[how]
    damage(archive.copy, change)
    assert archive.verify() == UNCHECKED, archive.said
    assert why in archive.said
    assert "does not hold" not in archive.said
    assert archive.said.startswith("kiosk: The trail cannot be checked.")


@pytest.mark.parametrize("content", ["", "{}", '{"keys":[]}', '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}', "["])
def test_damaged_keys_are_not_a_broken_trail(archive: Archive, content: str) -> None:
    archive.jwks.write_text(content)
    assert archive.verify() == UNCHECKED
    assert str(archive.jwks) in archive.said


def test_a_damaged_export_is_not_a_broken_trail(archive: Archive) -> None:
    whole = archive.export.read_bytes()
    for bad in (whole[:-10], b"rubbish\n" + whole, whole[:-1] + b',"x":1}\n', b"\x00" * 50):
        archive.export.write_bytes(bad)
        assert archive.verify() == UNCHECKED
        assert "cannot be read. Export it again." in archive.said


@pytest.mark.parametrize("file", ["export", "copy", "jwks"])
def test_a_file_that_is_not_there_is_said_so(archive: Archive, file: str) -> None:
    getattr(archive, file).unlink()
    assert archive.verify() == UNCHECKED
    assert "No such file" in archive.said


def test_another_services_copy_or_keys_are_said_so(archive: Archive) -> None:
    archive.jwks.write_text(json.dumps(public_jwks(trail.checkpoint_keys().public)))
    assert archive.verify() == UNCHECKED
    assert "another service's" in archive.said


def test_a_retired_key_that_is_not_given_is_said_so(archive: Archive) -> None:
    other = trail.checkpoint_keys()

    def later(conn: Connection) -> None:
        append(conn, CHAIN, Event("lock", "seen", NOW + 3))
        trail.sign_unread(conn, other, NOW + 4)

    archive.db.write_now(later)
    archive.keep()
    archive.write_export()
    assert archive.verify() == UNCHECKED
    assert "is not among the keys given" in archive.said
    archive.jwks.write_text(json.dumps(public_jwks({**archive.keys.public, **other.public})))
    assert archive.verify() == HOLDS


def test_a_copy_that_is_newer_than_the_export_shows_what_the_export_lacks(archive: Archive) -> None:
    def later(conn: Connection) -> None:
        append(conn, CHAIN, Event("lock", "seen", NOW + 3))
        trail.sign_unread(conn, archive.keys, NOW + 4)

    archive.db.write_now(later)
    archive.keep()
    assert archive.verify() == BROKEN
    assert "Row 6 of chain station-1: it is missing, but checkpoint 3 names it." in archive.said


def test_rows_that_no_checkpoint_covers_are_counted_and_fail_after_ten_minutes(archive: Archive) -> None:
    archive.db.write_now(append, CHAIN, Event("lock", "seen", NOW + 3))
    archive.db.write_now(append, CHAIN, Event("lock", "seen", NOW + 603))
    archive.write_export()
    assert archive.verify() == HOLDS
    assert "No checkpoint covers the last 2 rows of chain station-1." in archive.said
    archive.db.write_now(append, SERVICE, Event("admin", "success", NOW + 604))
    archive.write_export()
    assert archive.verify() == BROKEN
    assert "Row 6 of chain station-1: no checkpoint covers it" in archive.said
    assert "No checkpoint covers the last 1 row of chain service." in archive.said


def test_checkpoints_in_which_a_chain_shrinks_are_not_believed(archive: Archive) -> None:
    archive.cut(CHAIN, 3)
    archive.move_head(sealed_seq=0)
    archive.db.write_now(trail.sign_unread, archive.keys, NOW + 5)
    archive.keep()
    archive.write_export()
    assert archive.verify() == BROKEN
    assert "which an earlier one had passed" in archive.said
