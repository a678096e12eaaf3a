"""``kiosk audit`` on a real data folder."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


def test_verify_says_that_the_trail_holds(desk: AdminDesk) -> None:
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 0
    assert "The trail holds: 1 rows in 1 chains" in desk.out


def test_verify_names_the_row_that_was_changed(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada")
    with sqlite3.connect(desk.data / "kiosk.db") as raw:
        raw.execute("UPDATE audit_row SET body=replace(body, 'Ada', 'Eve') WHERE seq=2")
    raw.close()
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 1
    assert "Row 2 of chain service: it was changed" in desk.out
    assert desk.run("audit", "verify", "--data", str(desk.data), "--json") == 1
    said = json.loads(desk.out)
    assert (said["ok"], said["first_failure"]["chain"], said["first_failure"]["seq"]) == (False, "service", 2)


def test_a_copy_of_the_checkpoints_shows_a_tail_that_was_cut_with_its_checkpoint(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada")
    assert desk.run("audit", "checkpoint", "--data", str(desk.data)) == 0
    own = desk.data / "checkpoints.jsonl"
    copy = own.rename(desk.data.parent / "copy.jsonl")
    with sqlite3.connect(desk.data / "kiosk.db") as raw:
        raw.execute("DELETE FROM audit_row WHERE seq=2")
        raw.execute("UPDATE audit_chain SET head_seq=1, head_hash=(SELECT hash FROM audit_row WHERE seq=1)")
        raw.execute("DELETE FROM checkpoint")
    raw.close()
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 0, "no copy, no proof"
    assert desk.run("audit", "verify", "--data", str(desk.data), "--checkpoints", str(copy)) == 1
    assert "Row 2 of chain service: it is missing, but checkpoint 1 names it" in desk.out
    copy.rename(own)
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 1, "the folder's own file is asked, too"


def test_a_checkpoint_that_was_deleted_in_the_database_is_missed(desk: AdminDesk) -> None:
    assert desk.run("audit", "checkpoint", "--data", str(desk.data)) == 0
    with sqlite3.connect(desk.data / "kiosk.db") as raw:
        raw.execute("DELETE FROM checkpoint")
    raw.close()
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 1
    assert "Checkpoint 1: it is missing in the database, but was kept." in desk.out


def test_a_checkpoint_is_only_written_when_something_happened(desk: AdminDesk) -> None:
    for _ in range(2):
        assert desk.run("audit", "checkpoint", "--data", str(desk.data)) == 0
    assert "Nothing was recorded" in desk.out
    assert len((desk.data / "checkpoints.jsonl").read_text().splitlines()) == 1


def test_what_is_no_copy_of_checkpoints_is_said_so(desk: AdminDesk, tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"id": 1}\n')
    assert desk.run("audit", "verify", "--data", str(desk.data), "--checkpoints", str(tmp_path / "x")) == 2
    assert "not a copy" in desk.err


def test_export_writes_each_row_with_the_exact_text_that_was_hashed(desk: AdminDesk, tmp_path: Path) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada Löf")
    out = tmp_path / "trail.jsonl"
    words = ("audit", "export", "--data", str(desk.data), "--format", "jsonl", "--out", str(out))
    assert desk.run(*words) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["seq"] for row in rows] == [1, 2]
    assert rows[1]["prev"] == rows[0]["hash"]
    assert json.loads(rows[1]["body"])["detail"]["name"] == "Ada Löf"
    assert out.stat().st_mode & 0o777 == 0o600
    assert desk.run(*words) == 2
    assert "exists already" in desk.err
