"""``kiosk admin program`` and ``app action``: who is named on a station's screen, and what programs may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]

PATH = "/opt/records/bin/records"


def test_a_program_is_named_listed_and_forgotten(desk: AdminDesk) -> None:
    digest = "ab" * 32
    desk.admin("program", "add", "Clinical records", "--path", PATH, "--sha256", digest)
    desk.admin("program", "add", "Firefox", "--path", "/usr/lib/firefox/firefox", "--browser")
    listed = desk.admin("program", "list").splitlines()
    assert listed == [f"Clinical records\t{PATH}\t{digest}\t-", "Firefox\t/usr/lib/firefox/firefox\t-\tbrowser"]
    desk.admin("program", "remove", "Firefox")
    assert len(desk.admin("program", "list").splitlines()) == 1
    assert desk.acts()[-3:] == ["program.add", "program.add", "program.remove"]


@pytest.mark.parametrize("path", ["/usr/bin/python3.12", "/bin/sh", "/usr/bin/java", "/usr/bin/perl5.38"])
def test_an_interpreter_is_not_named_without_a_warning(desk: AdminDesk, path: str) -> None:
    desk.admin("program", "add", "Records", "--path", path)
    assert "any script there" in desk.err


@pytest.mark.parametrize(
    ("name", "path", "said"),
    [
        ("Rec\u200bords", PATH, "cannot be seen"),
        ("R\u0435cords", PATH, "two scripts"),
        ("x" * 61, PATH, "60"),
        ("Records", "records", "absolute"),
        ("Records", "/opt/../tmp/records", "absolute"),
        ("Records", "/opt//records", "absolute"),
        ("Records", "/opt/rec\u00adords", "cannot be shown"),
    ],
)
def test_what_could_not_be_shown_is_not_named(desk: AdminDesk, name: str, path: str, said: str) -> None:
    assert said in desk.admin("program", "add", name, "--path", path, status=1)


def test_a_path_or_a_name_is_one_program_s(desk: AdminDesk) -> None:
    desk.admin("program", "add", "Records", "--path", PATH)
    assert "there already" in desk.admin("program", "add", "Other", "--path", PATH, status=1)
    assert "there already" in desk.admin("program", "add", "Records", "--path", "/opt/other", status=1)
    assert "SHA-256" in desk.admin("program", "add", "Third", "--path", "/opt/third", "--sha256", "12", status=1)


def test_actions_are_allowed_by_audience_and_program(desk: AdminDesk, tmp_path: Path) -> None:
    desk.admin("app", "add", "records", "--audience", "urn:records", "--new-key", str(tmp_path / "k"))
    assert "app action add records" in desk.err
    desk.admin("program", "add", "Clinical records", "--path", PATH)
    desk.admin("app", "action", "add", "records", "--action", "record.export", "--program", "Clinical records")
    desk.admin("app", "action", "add", "records", "--action", "bulk.print")
    assert desk.admin("app", "action", "list", "records").splitlines() == [
        "-\tbulk.print",
        "Clinical records\trecord.export",
    ]
    assert "allowed already" in desk.admin("app", "action", "add", "records", "--action", "bulk.print", status=1)
    assert "There is no program" in desk.admin(
        "app", "action", "add", "records", "--action", "bulk.print", "--program", "Nobody", status=1
    )
    desk.admin("app", "action", "remove", "records", "--action", "bulk.print")
    assert "was not allowed" in desk.admin("app", "action", "remove", "records", "--action", "bulk.print", status=1)
    desk.admin("program", "remove", "Clinical records")
    assert desk.admin("app", "action", "list", "records") == ""
