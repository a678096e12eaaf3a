"""``kiosk admin import``, ``export``, ``report`` and ``exception`` as an administrator types them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.cli import admin_charts, admin_records
from kiosk.cli.admin_import import Progress
from kiosk.service.records import chart, chart_texts
from kiosk.service.records.happened import TIMED
from kiosk.service.records.reports import REPORTS, RULED
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]

GOOD = (
    "login,name,roles,uid,place\n"
    "ada,Ada Lovelace,nurse;physician,04A1B2C3D4E5F6,Ward 3\n"
    "ben,Ben Barres,nurse,C1C2C3C4,Ward 3\n"
    "cy,Cy Young,,,\n"
)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A list in which nothing is wrong."""
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    return path


def report(desk: AdminDesk, name: str) -> list[dict[str, Any]]:
    """A report's rows; its three forms must say the same."""
    rows: list[dict[str, Any]] = json.loads(desk.admin("report", name, "--format", "json"))
    sheet = list(csv.reader(io.StringIO(desk.admin("report", name, "--format", "csv"), newline="")))
    shown = desk.admin("report", name).splitlines()
    assert shown[0].split() == sheet[0]
    assert len(sheet) == len(shown) == len(rows) + 1
    assert all(list(row) == sheet[0] for row in rows)
    return rows


def test_a_dry_run_of_a_right_list_changes_nothing(desk: AdminDesk, good: Path) -> None:
    said = desk.admin("import", str(good), "--dry-run")
    sha256 = hashlib.sha256(GOOD.encode()).hexdigest()
    assert said.splitlines() == [
        "line 2: roles: warning: Nobody had the role “nurse” before, and no rule names it. It is in 1 more line.",
        "line 2: roles: warning: Nobody had the role “physician” before, and no rule names it.",
        "Read as UTF-8, commas between the cells; columns: login, name, roles, uid, place.",
        "  ada: Ada Lovelace (nurse, physician, Ward 3, badge)",
        "  ben: Ben Barres (nurse, Ward 3, badge)",
        "  cy: Cy Young (no role)",
        f"3 persons and 2 badges would be added. SHA-256 of the file: {sha256}",
    ]
    assert desk.admin("person", "list") == ""
    assert desk.acts() == ["service.init"]


@pytest.mark.parametrize("words", [("--dry-run",), ()])
def test_a_wrong_list_is_refused_with_every_problem_and_its_line(
    desk: AdminDesk, tmp_path: Path, words: tuple[str, ...]
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("login,name,roles,uid\nada,=1+1,nurse,04A1\nben,Ben,,08A1B2C3\ncy,Cy,,\n")
    said = desk.admin("import", str(bad), *words, status=1)
    assert "Nothing was imported: 3 problems." in said
    assert [line.split(": ")[:2] for line in desk.out.splitlines()] == [
        ["line 2", "name"], ["line 2", "uid"], ["line 3", "uid"]
    ]  # fmt: skip
    assert desk.admin("person", "list") == ""
    assert desk.acts() == ["service.init"]


def test_a_list_comes_in_once(desk: AdminDesk, good: Path) -> None:
    assert "Added 3 persons and 2 badges." in desk.admin("import", str(good))
    assert desk.acts() == [
        "service.init", "person.add", "badge.add", "person.add", "badge.add", "person.add", "import"
    ]  # fmt: skip
    assert "5 problems" in desk.admin("import", str(good), status=1)


def test_a_reversed_number_comes_in_only_when_that_is_said(desk: AdminDesk, good: Path, tmp_path: Path) -> None:
    desk.admin("import", str(good))
    other = tmp_path / "other.csv"
    other.write_text("login,name,roles,uid\ndee,Dee,,F6E5D4C3B2A104\n")
    assert "1 problem." in desk.admin("import", str(other), status=1)
    assert "warning" in desk.admin("import", str(other), "--allow-resembling")
    assert desk.rows()[-2]["detail"]["resembles"] == "reversed"


def test_a_file_that_cannot_be_read_is_said_so(desk: AdminDesk, tmp_path: Path) -> None:
    assert "cannot be read" in desk.admin("import", str(tmp_path / "none.csv"), status=2)


def test_an_export_has_ids_of_badges_and_no_number_and_no_formula(desk: AdminDesk, good: Path, tmp_path: Path) -> None:
    desk.admin("import", str(good))
    desk.admin("person", "add", "eve", "--name", '=HYPERLINK("http://x")')
    out = tmp_path / "out.csv"
    assert "Wrote 4 persons" in desk.admin("export", str(out))
    text = out.read_text()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["login"] for row in rows] == ["ada", "ben", "cy", "eve"]
    assert rows[0]["badges"] == desk.admin("factor", "list", "ada").split()[0]
    assert (rows[2]["badges"], rows[3]["name"]) == ("", '\'=HYPERLINK("http://x")')
    assert "A1B2C3" not in text.upper()
    assert out.stat().st_mode & 0o777 == 0o600
    row = desk.rows()[-1]["detail"]
    assert (row["act"], row["sha256"]) == ("export", hashlib.sha256(out.read_bytes()).hexdigest())
    assert "exists already" in desk.admin("export", str(out), status=2)


def test_progress_is_told_on_standard_error_once_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kiosk.cli.admin_import.TELL_EVERY", 0.05)
    progress, said = Progress(3000), ""
    progress.tell(2000)
    until = time.monotonic() + 5
    while "2000" not in said and time.monotonic() < until:
        said += capsys.readouterr().err
    progress.tell(3000)
    progress.end()
    said += capsys.readouterr().err
    assert "2000 of 3000 persons" in said and said.splitlines()[-1] == "3000 of 3000 persons"


def test_the_command_knows_every_report() -> None:
    assert {*REPORTS, *RULED, *TIMED} == set(admin_records.REPORTS)


def test_a_report_of_a_time_says_which_and_one_of_now_takes_none(desk: AdminDesk) -> None:
    words = ("report", "sign-ins", "--since", "2026-01-01", "--until", "2026-01-02T10:00:00Z")
    assert desk.admin(*words, "--format", "json") == "[]\n"
    assert "From 2026-01-01 00:00:00" in desk.err
    assert "this report tells of now" in desk.admin("report", "factors", "--since", "2026-01-01", status=2)
    assert "nothing can lie between them" in desk.admin(*words[:4], "--until", "2025-01-01", status=2)


@pytest.mark.parametrize("name", admin_records.REPORTS)
def test_every_report_of_an_empty_hospital_has_its_columns(desk: AdminDesk, name: str) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()
    columns = desk.admin("report", name, "--format", "csv").splitlines()[0]
    assert f"`{columns.replace(',', ' ')}`" in documented


@pytest.mark.parametrize("name", admin_charts.DRAWN)
def test_a_chart_is_drawn_into_a_new_file_of_its_own(desk: AdminDesk, tmp_path: Path, name: str) -> None:
    for ending, begins in (("svg", b"<?xml"), ("PNG", b"\x89PNG")):
        path = tmp_path / f"chart.{ending}"
        assert desk.admin("report", name, "--chart", str(path), "--language", "fr") == ""
        assert path.read_bytes().startswith(begins) and path.stat().st_mode & 0o777 == 0o600
        assert "exists already" in desk.admin("report", name, "--chart", str(path), status=2)
    assert "Rien n’a eu lieu." in (tmp_path / "chart.svg").read_text() or name == "prompts"


def test_a_chart_that_makes_no_sense_is_refused_before_anything_is_read(desk: AdminDesk, tmp_path: Path) -> None:
    path = str(tmp_path / "chart.pdf")
    assert "must end in .svg or .png" in desk.admin("report", "risk", "--chart", path, status=2)
    assert "There are charts of prompts, refused, risk" in desk.admin("report", "counts", "--chart", path, status=2)
    assert "--by is for the report prompts" in desk.admin("report", "risk", "--by", "day", status=2)
    assert list(tmp_path.glob("chart*")) == []


@pytest.mark.parametrize("by", admin_charts.COUNTED)
def test_prompts_are_listed_and_drawn_by_one_thing_alone(desk: AdminDesk, tmp_path: Path, by: str) -> None:
    kinds = {row["by"] for row in json.loads(desk.admin("report", "prompts", "--by", by, "--format", "json"))}
    assert kinds <= ({"step_up", "sign_in"} if by == "challenged" else {by})
    desk.admin("report", "prompts", "--by", by, "--chart", str(tmp_path / "chart.svg"))


def test_the_command_knows_what_is_drawn_and_in_which_languages() -> None:
    assert (admin_charts.COUNTED, admin_charts.DRAWN) == (chart.BY, chart.DRAWN)
    assert admin_charts.LANGUAGES == chart_texts.LANGUAGES


def test_the_compliance_page_names_reports_that_exist() -> None:
    page = (Path(__file__).parents[2] / "docs" / "compliance.md").read_text()
    named = set(re.findall(r"… report ([a-z-]+)", page))
    assert named
    assert named <= set(admin_records.REPORTS)


def test_the_reports_say_who_has_what_since_when_and_by_whom(desk: AdminDesk, good: Path) -> None:
    desk.admin("import", str(good))
    desk.admin("pin", "set", "ada", typed="735194\n")
    desk.admin("totp", "add", "ada")
    by = desk.rows()[-1]["detail"]["by"]
    has = report(desk, "factors")
    assert [(row["login"], row["factor"], row["issued_by"], row["hardware"]) for row in has] == [
        ("ada", "badge", by, False), ("ada", "pin", by, False), ("ada", "otp", by, False), ("ben", "badge", by, False)
    ]  # fmt: skip
    assert has[0]["since"].endswith("Z")
    assert [(row["login"], row["total"], row["strongest"]) for row in report(desk, "counts")] == [
        ("ada", 3, "urn:kiosk:mfa"), ("ben", 1, "urn:kiosk:identified"), ("cy", 0, "none")
    ]  # fmt: skip
    mix = {row["acr"]: row["persons"] for row in report(desk, "strength")}
    assert (mix["urn:kiosk:mfa"], mix["urn:kiosk:identified"], mix["none"], mix["phrh"]) == (1, 1, 1, 0)
    covered = {(row["by"], row["group"]): row for row in report(desk, "coverage")}
    assert (covered["all", ""]["persons"], covered["all", ""]["enrolled_percent"]) == (3, 66.7)
    assert (covered["role", "nurse"]["mfa"], covered["role", "nurse"]["mfa_percent"]) == (1, 50.0)
    assert covered["role", "physician"]["mfa_percent"] == 100.0
    assert (covered["place", "Ward 3"]["enrolled"], covered["place", ""]["enrolled"]) == (2, 0)
    assert ("ada", "sign_in", None) in {(r["login"], r["what"], r["last_used"]) for r in report(desk, "last-used")}


def test_what_was_taken_away_is_reported_with_who_did_it(desk: AdminDesk, good: Path) -> None:
    desk.admin("import", str(good))
    desk.admin("badge", "revoke", "ada")
    desk.admin("person", "suspend", "ben")
    by = desk.rows()[-1]["detail"]["by"]
    gone = {(row["login"], row["what"], row["revoked_by"]) for row in report(desk, "revocations")}
    assert gone == {("ada", "badge", by), ("ben", "person.suspend", by)}
    assert {row["login"] for row in report(desk, "factors")} == {"ben"}
    assert {row["group"]: row["persons"] for row in report(desk, "coverage") if row["by"] == "all"} == {"": 2}


def test_what_is_lost_or_suspended_is_reported_until_it_is_found(desk: AdminDesk, good: Path) -> None:
    desk.admin("import", str(good))
    desk.admin("pin", "set", "ada", typed="735194\n")
    badge = desk.admin("factor", "list", "ada").split()[0]
    desk.admin("factor", "lost", "ada", badge)
    desk.admin("factor", "suspend", "ada", "pin", "--reason", "seen typing it")
    desk.admin("person", "contact", "ada", "--to", "mailto:ada@home.example")
    by = desk.rows()[-1]["detail"]["by"]
    gone = {(row["login"], row["what"], row["why"], row["revoked_by"]) for row in report(desk, "revocations")}
    assert gone == {("ada", "badge", "lost", by), ("ada", "pin", "seen typing it", by)}
    desk.admin("factor", "resume", "ada", badge)
    assert [row["what"] for row in report(desk, "revocations")] == ["pin"]


EXCEPTION = {
    "--rule": "two keys for prescribers", "--covers": "Dr Ada", "--login": "ada", "--owner": "Head of IT",
    "--reason": "second key on order", "--control": "prescribes at ward 3 only",
}  # fmt: skip


def words(review: str, **changed: str) -> list[str]:
    return [word for pair in {**EXCEPTION, **changed, "--review": review}.items() for word in pair]


def a_day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).strftime("%Y-%m-%d")


def test_an_exception_is_opened_reported_and_closed(desk: AdminDesk, good: Path) -> None:
    desk.admin("import", str(good))
    assert desk.admin("exception", "add", *words(a_day(90))) == "1\n"
    assert desk.admin("exception", "add", *words(a_day(30))) == "2\n"
    desk.admin("exception", "close", "2", "--outcome", "key arrived")
    assert "closed already" in desk.admin("exception", "close", "2", "--outcome", "x", status=1)
    assert "no exception 3" in desk.admin("exception", "close", "3", "--outcome", "x", status=1)
    first, second = report(desk, "exceptions")
    assert (first["state"], first["login"], first["owner"]) == ("open", "ada", "Head of IT")
    assert (first["compensating_control"], first["review"][:10]) == ("prescribes at ward 3 only", a_day(90))
    assert (second["state"], second["outcome"]) == ("closed", "key arrived")
    assert "key arrived" in desk.admin("exception", "list")
    assert desk.acts()[-3:] == ["exception.add", "exception.add", "exception.close"]


@pytest.mark.parametrize(
    ("ahead", "changed", "said", "status"),
    [
        (-1, {}, "after today", 1),
        (400, {}, "within a year", 1),
        (9, {"--owner": " "}, "The owner has 1 to 300", 1),
        (9, {"--reason": "x" * 301}, "The reason has 1 to 300", 1),
        (9, {"--login": "nobody"}, "nobody with the login", 1),
    ],
)
def test_an_exception_that_nobody_could_answer_for_is_refused(
    desk: AdminDesk, ahead: int, changed: dict[str, str], said: str, status: int
) -> None:
    if "--login" not in changed:
        desk.admin("person", "add", "ada", "--name", "Ada")
    assert said in desk.admin("exception", "add", *words(a_day(ahead), **changed), status=status)
    assert desk.admin("report", "exceptions", "--format", "json") == "[]\n"


def test_a_file_whose_name_is_no_utf_8_is_taken_and_named_in_the_trail(desk: AdminDesk, tmp_path: Path) -> None:
    hr = tmp_path / os.fsdecode(b"M\xe4rz.csv")  # as a system of before UTF-8 names it
    hr.write_text("login,name,roles,uid\nann,Ann,,\n", "utf-8")
    desk.admin("import", str(hr))
    desk.admin("export", str(tmp_path / os.fsdecode(b"Personal f\xfcr alle.csv")))
    named = [row["detail"]["file"] for row in desk.rows() if "file" in (row.get("detail") or {})]
    assert named == [r"M\xe4rz.csv", r"Personal f\xfcr alle.csv"]
