"""``kiosk audit archive``, ``prune`` and ``hold`` as administrators type them, seven years after rows were written."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk.cli import service_door
from kiosk.cli.acting_person import ActingPerson
from kiosk.service.admin import retention
from kiosk.service.admin.act import ActRefusedError
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]
YEAR = 366 * 86_400


def audit(desk: AdminDesk, *words: str, typed: str = "") -> int:
    act, rest = (words[:2], words[2:]) if words[0] == "hold" else (words[:1], words[1:])
    return desk.run("audit", *act, "--data", str(desk.data), *rest, typed=typed)


def years_later(desk: AdminDesk, years: int, who: str = "ada") -> None:
    later = int(time.time()) + years * YEAR
    desk.monkeypatch.setattr(service_door, "time", SimpleNamespace(time=lambda: later))
    desk.monkeypatch.setattr("kiosk.cli.acting_person.acting_person", lambda: ActingPerson(who, "login"))


@pytest.fixture
def old(desk: AdminDesk) -> AdminDesk:
    """A checkpoint of today, and a clock of seven years later."""
    desk.admin("person", "add", "ben", "--name", "Ben Macdui", "--role", "physician")
    assert desk.run("audit", "find", "--data", str(desk.data), "--patient", "MRN-1") == 0
    assert audit(desk, "checkpoint") == 0, desk.err
    years_later(desk, 7)
    return desk


def archived(desk: AdminDesk, to: Path, name: str = "audit-1-1") -> Path:
    assert audit(desk, "archive", "--to", str(to), "--reason", "yearly") == 0, desk.err
    return to / name


def test_old_rows_are_written_verified_by_a_third_party_and_taken_out(old: AdminDesk, tmp_path: Path) -> None:
    folder = archived(old, tmp_path)
    assert "Nothing left the database yet" in old.out
    assert (sha256 := re.search(r"SHA-256 of trail.jsonl: ([0-9a-f]{64})", old.out)) is not None
    files = {name: str(folder / name) for name in ("trail.jsonl", "checkpoints.jsonl", "checkpoint-keys.json")}
    words = ("--export", files["trail.jsonl"], "--checkpoints", files["checkpoints.jsonl"])
    third = ("audit", "verify", *words, "--keys", files["checkpoint-keys.json"])
    assert old.run(*third) == 0, old.out
    assert "This is the archive of what checkpoints 1 to 1 vouch for." in old.out
    assert audit(old, "prune", "--archive", str(folder), "--reason", "copied to the vault") == 0, old.err
    assert "is out of the database" in old.out
    assert audit(old, "verify") == 0, old.out
    assert sha256[1] in old.out
    assert audit(old, "find") == 0
    assert audit(old, "archive", "--to", str(tmp_path), "--reason", "again") == 1
    assert "there is nothing to archive" in old.err
    assert audit(old, "verify", "--json") == 0
    assert json.loads(old.out)["archived"]["checkpoint"] == 1
    folder_of_export = tmp_path / "rest.jsonl"
    assert audit(old, "export", "--out", str(folder_of_export)) == 0
    words = ("--export", str(folder_of_export), "--checkpoints", str(old.data / "checkpoints.jsonl"))
    assert old.run("audit", "verify", *words, "--keys", files["checkpoint-keys.json"]) == 0, old.out
    old.admin("integrity", "check")


def test_what_is_too_young_stays(desk: AdminDesk, tmp_path: Path) -> None:
    assert audit(desk, "checkpoint") == 0
    years_later(desk, 5)
    assert audit(desk, "archive", "--to", str(tmp_path), "--reason", "yearly") == 1
    assert "nothing to archive" in desk.err
    assert audit(desk, "archive", "--to", str(tmp_path), "--reason", "yearly", "--before", "2030-01-01") == 1
    assert "kept for 6 years" in desk.err
    assert list(tmp_path.glob("audit-*")) == []
    with (desk.data / "service.toml").open("a", encoding="utf-8") as file:
        file.write("audit_years = 4\n")
    assert audit(desk, "archive", "--to", str(tmp_path), "--reason", "yearly") == 0, desk.err


@pytest.mark.parametrize("years", ["0", "101"])
def test_a_retention_that_is_none_is_refused(desk: AdminDesk, years: str, tmp_path: Path) -> None:
    with (desk.data / "service.toml").open("a", encoding="utf-8") as file:
        file.write(f"audit_years = {years}\n")
    assert audit(desk, "archive", "--to", str(tmp_path), "--reason", "x") == 2
    assert "“audit_years” must be a whole number from 1 to 100" in desk.err


def test_a_patient_under_a_legal_hold_is_still_found(old: AdminDesk, tmp_path: Path) -> None:
    assert audit(old, "hold", "add", "--patient", "-", "--reason", "claim 7", typed="mrn-1\n") == 0, old.err
    assert "Hold 1 keeps these rows" in old.out
    assert audit(old, "prune", "--archive", str(archived(old, tmp_path)), "--reason", "copied") == 0, old.err
    assert audit(old, "find", "--patient", "MRN-1") == 0
    assert "MRN-1" in old.out
    assert audit(old, "hold", "list") == 0
    assert "claim 7" in old.out
    assert "mrn-1" not in old.out.lower().replace("kiosk", "")
    assert audit(old, "erase", "--patient", "MRN-1", "--reason", "their wish") == 1
    assert "A legal hold names this patient" in old.err
    assert audit(old, "hold", "lift", "1", "--reason", "settled") == 0
    assert audit(old, "hold", "lift", "1", "--reason", "settled") == 1
    assert audit(old, "hold", "list", "--json") == 0
    assert [row["lifted"] is not None for row in json.loads(old.out)] == [True]


HOLDS_NOTHING: list[tuple[tuple[str, ...], str]] = [
    ((), "Say what is to be held"),
    (("--patient", "MRN-1", "--reason", "for mrn-1"), "Say it without the name."),
    (("--person", "nobody"), "there never was"),
    (("--station", "nowhere"), "There is no workstation"),
    (("--since", "2031-01-02", "--until", "2031-01-01"), "nothing can lie between"),
]


@pytest.mark.parametrize(("words", "why"), HOLDS_NOTHING)
def test_a_hold_of_nothing_is_refused(desk: AdminDesk, words: tuple[str, ...], why: str) -> None:
    reason = () if "--reason" in words else ("--reason", "claim 7")
    assert audit(desk, "hold", "add", *words, *reason) != 0
    assert why in desk.err


def test_two_administrators(old: AdminDesk, tmp_path: Path) -> None:
    with (old.data / "service.toml").open("a", encoding="utf-8") as file:
        file.write("\n[policy]\ntwo_administrators = true\n")
    folder = archived(old, tmp_path)
    assert audit(old, "prune", "--archive", str(folder), "--reason", "copied") == 1
    assert "ada wrote this archive. Another administrator has to take it out." in old.err
    assert audit(old, "hold", "add", "--person", "ben", "--reason", "claim 7") == 0, old.err
    assert audit(old, "hold", "lift", "1", "--reason", "settled") == 0
    assert "once another administrator asks for the same" in old.out
    years_later(old, 7, "ben")
    assert audit(old, "hold", "lift", "1", "--reason", "settled") == 0
    assert "Hold 1 is lifted." in old.out
    assert audit(old, "prune", "--archive", str(folder), "--reason", "copied") == 0, old.err


def test_a_trail_that_does_not_hold_is_neither_archived_nor_pruned(old: AdminDesk, tmp_path: Path) -> None:
    folder = archived(old, tmp_path)
    with sqlite3.connect(old.data / "kiosk.db") as db:
        db.execute("UPDATE audit_row SET body = replace(body, 'ben', 'eve') WHERE seq = 2")
    assert audit(old, "prune", "--archive", str(folder), "--reason", "copied") == 1
    assert "The trail does not hold, and nothing was changed." in old.err
    assert audit(old, "archive", "--to", str(tmp_path), "--reason", "yearly") == 1
    assert "The trail does not hold" in old.err


def test_an_archive_where_one_is_already_and_one_that_is_none(old: AdminDesk, tmp_path: Path) -> None:
    archived(old, tmp_path)
    assert audit(old, "archive", "--to", str(tmp_path), "--reason", "yearly") == 2
    assert "exists already" in old.err
    assert audit(old, "archive", "--to", str(tmp_path / "nowhere"), "--reason", "yearly") == 2
    assert "cannot be made: No such file or directory" in old.err
    assert audit(old, "prune", "--archive", str(tmp_path), "--reason", "copied") == 2
    assert "The archive cannot be checked." in old.err


def test_a_backup_its_restore_and_new_codes_of_rows_know_what_was_archived(old: AdminDesk, tmp_path: Path) -> None:
    assert audit(old, "hold", "add", "--patient", "MRN-1", "--reason", "claim 7") == 0
    assert audit(old, "prune", "--archive", str(archived(old, tmp_path)), "--reason", "copied") == 0, old.err
    assert old.run("service", "keys", "rotate", "row", "--data", str(old.data)) == 0, old.err
    assert audit(old, "verify") == 0, old.out
    old.admin("integrity", "check")
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery staple\n")
    secret.chmod(0o600)
    words = ("--to", str(tmp_path / "backups"), "--passphrase-file", str(secret))
    assert old.run("service", "backup", "--data", str(old.data), *words) == 0, old.err
    (made,) = (tmp_path / "backups").iterdir()
    into, copy = tmp_path / "again", str(old.data / "checkpoints.jsonl")
    again = ("--data", str(into), "--checkpoints", copy, "--passphrase-file", str(secret))
    assert old.run("service", "restore", str(made), *again) == 0, old.err
    assert old.run("audit", "verify", "--data", str(into)) == 0, old.out
    assert "was archived by" in old.out
    assert old.run("audit", "find", "--data", str(into), "--patient", "MRN-1") == 0, old.out


def test_where_the_system_does_not_say_who_archives_nothing_is_written(old: AdminDesk, tmp_path: Path) -> None:
    """Else the one who archived namelessly could take it out by their own name."""
    before = archived(old, tmp_path)
    with (old.data / "service.toml").open("a", encoding="utf-8") as file:
        file.write("\n[policy]\ntwo_administrators = true\n")
    for nobody in (ActingPerson(None, "not known"), ActingPerson("root", "login")):
        old.monkeypatch.setattr("kiosk.cli.acting_person.acting_person", lambda who=nobody: who)
        assert audit(old, "archive", "--to", str(tmp_path / "more"), "--reason", "yearly") == 1
        assert "the system has to say which person acts" in old.err
        assert audit(old, "prune", "--archive", str(before), "--reason", "copied") == 1
        assert "the system has to say which person acts" in old.err
    assert not (tmp_path / "more").exists()


def rows_of(desk: AdminDesk) -> int:
    with sqlite3.connect(desk.data / "kiosk.db") as db:
        return int(db.execute("SELECT count(*) FROM audit_row WHERE action <> 'admin' OR seq < 3").fetchone()[0])


def test_a_prune_that_is_refused_after_its_act_removes_nothing_and_goes_on_later(
    old: AdminDesk, tmp_path: Path
) -> None:
    folder, before = archived(old, tmp_path), rows_of(old)
    with old.monkeypatch.context() as stopped:
        stopped.setattr(retention, "clear", refuse)
        assert audit(old, "prune", "--archive", str(folder), "--reason", "copied") == 1
    with sqlite3.connect(old.data / "kiosk.db") as db:
        assert db.execute("SELECT cleared FROM audit_archive").fetchall() == [(None,)]
    assert rows_of(old) == before
    assert audit(old, "prune", "--archive", str(folder), "--reason", "copied") == 0, old.err
    assert audit(old, "verify") == 0, old.out
    assert rows_of(old) < before


def refuse(*_what: object) -> None:
    raise ActRefusedError("Stopped.")
