"""``kiosk audit`` on a real data folder."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


def test_verify_says_that_the_trail_holds(desk: AdminDesk) -> None:
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 3
    assert "no checkpoint vouches for any row: 1 row in 1 chain" in desk.out
    assert desk.run("audit", "checkpoint", "--data", str(desk.data)) == 0
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 0
    assert "The trail holds: 1 row in 1 chain" in desk.out


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
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 1
    assert "no checkpoint vouches for any row" in desk.out, "no copy, no proof"
    assert "audit_chain service: was not written by the service" in desk.out
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
    first, *rows, end = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert first["export"]["spans"] == [["service", 1, 3]]
    assert end["end"] == {"rows": 3, "last": ["service", 3], "whole": True}
    assert [row["seq"] for row in rows] == [1, 2, 3]
    assert rows[2]["detail"]["act"] == "audit.export"
    assert rows[1]["prev"] == rows[0]["hash"]
    assert json.loads(rows[1]["body"])["detail"]["name"] == "Ada Löf"
    assert out.stat().st_mode & 0o777 == 0o600
    assert desk.run(*words) == 2
    assert "exists already" in desk.err


def test_an_export_that_was_cut_off_goes_on_and_its_parts_are_verified_together(
    desk: AdminDesk, tmp_path: Path
) -> None:
    for login in ("ada", "ben", "cy"):
        desk.admin("person", "add", login, "--name", login.title())
    assert desk.run("audit", "checkpoint", "--data", str(desk.data)) == 0
    one, two, three = (tmp_path / f"{number}.jsonl" for number in (1, 2, 3))
    words = ("audit", "export", "--data", str(desk.data))
    assert desk.run(*words, "--rows", "2", "--out", str(one)) == 0
    assert "Wrote 2 rows" in desk.out
    assert f"--resume {one}" in desk.out
    desk.admin("person", "add", "dee", "--name", "Dee")  # no part has it: all are of one moment
    assert desk.run(*words, "--resume", str(one), "--out", str(two)) == 0
    two.write_bytes(two.read_bytes()[:-200])  # the disk was full
    assert desk.run(*words, "--resume", str(two), "--out", str(three)) == 0
    assert desk.run(*words, "--resume", str(three), "--out", str(tmp_path / "x")) == 2
    assert "is whole: nothing follows it" in desk.err
    copy, keys = desk.data / "checkpoints.jsonl", desk.data / "checkpoint-keys.json"
    third = ("audit", "verify", "--checkpoints", str(copy), "--keys", str(keys))
    assert desk.run(*third, "--export", str(one), "--export", str(two), "--export", str(three)) == 0
    assert "The trail holds: 5 rows in 1 chain" in desk.out
    assert desk.run(*third, "--export", str(one)) == 3
    assert "It is part 1 of an export that is not all here. It ends with row 2 of chain service." in desk.out
    assert "It cannot say anything of the rows outside of it" in desk.out
    assert desk.run(*third, "--export", str(three), "--export", str(one)) == 2
    assert [act for act in desk.acts() if act.startswith("audit")] == []


def test_an_export_by_person_and_time_says_what_it_covers(desk: AdminDesk, tmp_path: Path) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada")
    out = tmp_path / "ada.jsonl"
    words = ("audit", "export", "--data", str(desk.data), "--out", str(out), "--since", "2026-01-01")
    assert desk.run(*words, "--person", "nobody") == 1
    assert "There is nobody" in desk.err
    assert not out.exists()
    assert desk.run(*words, "--person", "ada", "--until", "2025-01-01") == 2
    assert desk.run(*words, "--person", "ada") == 0
    keys = ("--keys", str(desk.data / "checkpoint-keys.json"))
    assert desk.run("audit", "verify", "--export", str(out), *keys) == 3
    assert "It covers the rows about one person from 2026-01-01 00:00:00" in desk.out
    assert "It cannot say whether rows about that person are missing" in desk.out
    assert desk.run("audit", "verify", "--export", str(out), *keys, "--json") == 3
    assert json.loads(desk.out)["covers"]["complete"] is True
