"""One factor has one id: in every list, report and export, in the trail, and in every command that takes one."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from kiosk.service.folder import open_folder
from kiosk.service.store import factors, people
from kiosk.service.store.factors import short_of
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


@pytest.fixture
def staffed(desk: AdminDesk) -> AdminDesk:
    """Ada has a badge, a PIN and a code app."""
    desk.admin("person", "add", "ada", "--name", "Ada")
    desk.admin("badge", "add", "ada", "--uid", "04A1B2C3D4E5F6")
    desk.admin("pin", "set", "ada", typed="735194\n")
    desk.admin("totp", "add", "ada")
    return desk


def listed(desk: AdminDesk) -> list[str]:
    return [line.split("\t")[0] for line in desk.admin("factor", "list", "ada").splitlines()]


def column(desk: AdminDesk, name: str, of: str = "id") -> set[str]:
    return {row[of] for row in json.loads(desk.admin("report", name, "--format", "json")) if row[of]}


def test_every_list_report_and_export_prints_the_same_ids(staffed: AdminDesk, tmp_path: Path) -> None:
    ids = listed(staffed)
    badge = ids[0]
    assert badge.startswith("badge:")
    assert len(badge) == len("badge:") + factors.SHORT
    assert ids[1:] == ["pin", "totp"]
    assert column(staffed, "factors") == set(ids)
    assert column(staffed, "last-used") == set(ids)
    assert [line.split("\t")[0] for line in staffed.admin("person", "show", "ada").splitlines()[2:5]] == ids
    out = tmp_path / "out.csv"
    staffed.admin("export", str(out))
    assert [row["badges"] for row in csv.DictReader(io.StringIO(out.read_text(), newline=""))] == [badge]
    rows = {row["detail"]["act"]: row["detail"] for row in staffed.rows() if row["action"] == "admin"}
    assert [rows[act]["factor"] for act in ("badge.add", "pin.set", "totp.add")] == ids
    staffed.admin("factor", "suspend", "ada", badge, "--reason", "seen elsewhere")
    assert column(staffed, "revocations") == {badge}
    assert staffed.rows()[-1]["detail"]["factor"] == badge
    staffed.admin("badge", "revoke", "ada")
    assert staffed.rows()[-1]["detail"]["factor"] == badge
    assert column(staffed, "revocations") == {badge}


def test_every_command_takes_it_and_what_earlier_versions_printed(staffed: AdminDesk) -> None:
    badge = listed(staffed)[0]
    db = open_folder(staffed.data).database()
    ada = db.read_now(people.find, "ada")
    assert ada is not None
    (mark,) = [factor.mark for factor in db.read_now(factors.of_person, ada.id) if factor.kind == "badge"]
    db.close_now()
    for said in (badge, mark, mark[: len("badge:") + 8], badge[:-3]):
        assert badge in staffed.admin("factor", "suspend", "ada", said, "--reason", "try")
        assert badge in staffed.admin("factor", "resume", "ada", said)
    staffed.admin("badge", "add", "ada", "--uid", "C1C2C3C4", "--replaces", badge)
    assert staffed.rows()[-1]["detail"]["replaces"] == badge
    refused = staffed.admin("factor", "lost", "ada", "badge:22222222", status=1)
    assert badge in refused.partition("There is: ")[2]


def test_a_list_brought_in_names_its_badges_alike(desk: AdminDesk, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("login,name,roles,uid\nada,Ada,,04A1B2C3D4E5F6\n")
    desk.admin("import", str(path))
    first = listed(desk)[0]
    path.write_text("login,uid\nada,C1C2C3C4\n")
    desk.admin("import", str(path), "--update")
    told = [row["detail"]["factor"] for row in desk.rows() if row["detail"].get("act") == "badge.add"]
    assert told[0] == first
    assert set(told) == set(listed(desk))


def test_ids_differ_though_a_maker_begins_all_credential_ids_alike() -> None:
    one, other = ("key:owBYuwAAAAAAAAAAAAAAAA", "key:owBYuwAAAAAAAAAAAAAAAB")
    assert short_of(one) != short_of(other)
    assert short_of(short_of(one)) == short_of(one)
    assert short_of("pin") == "pin"
