"""``kiosk admin``: start codes, resets, windows, contacts and messages, on the service's own machine."""

from __future__ import annotations

import json
import re
import time

import pytest

from kiosk.service.folder import open_folder
from kiosk.service.store import people, recovery_codes, resets, workstations
from kiosk.service.store.database import Database
from kiosk.service.store.resets import Reset
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


def hire(desk: AdminDesk, *logins: str, role: str = "nurse") -> None:
    for login in logins:
        desk.admin("person", "add", login, "--name", login.title(), "--role", role)


def store(desk: AdminDesk) -> Database:
    return open_folder(desk.data).database()


def begin(desk: AdminDesk, whose: str, by: str, number: str, **more: object) -> None:
    """A reset as the help desk began it at a workstation."""
    db, now = store(desk), int(time.time())
    station = db.write_now(workstations.announce, f"desk-{number}", "Desk", number, now, exempt=False)
    subject, beginner = (db.read_now(people.find, login) for login in (whose, by))
    assert subject
    assert beginner
    new = Reset(
        f"R-{number}", subject.id, beginner.id, station, "passport, face", (), now, now, bool(more.pop("second", False))
    )
    db.write_now(resets.add, new)
    if more.get("ended"):
        db.write_now(resets.end, new.id, str(more["ended"]), now)
    db.close_now()


def rows(desk: AdminDesk, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(desk.admin("report", name, "--format", "json"))
    return found


def test_a_start_code_is_printed_alone_and_never_written_down(desk: AdminDesk) -> None:
    hire(desk, "ada")
    code = desk.admin("start-code", "ada", "--reason", "first day, passport seen")
    assert re.fullmatch(r"\d{4} \d{4} \d{4}\n", code)
    assert "ada" in desk.err
    row = next(row for row in desk.rows() if row["detail"].get("act") == "start_code")
    assert (row["login"], row["detail"]["reason"], row["detail"]["told"]) == ("ada", "first day, passport seen", False)
    assert code.replace(" ", "").strip() not in str(row)


def test_nobody_who_left_or_is_not_there_gets_a_start_code(desk: AdminDesk) -> None:
    hire(desk, "ada")
    desk.admin("person", "leave", "ada")
    assert "suspended or has left" in desk.admin("start-code", "ada", "--reason", "x", status=1)
    assert "nobody with the login" in desk.admin("start-code", "eve", "--reason", "x", status=1)


def test_whom_is_told_where_and_that_the_old_address_hears_of_a_new_one(desk: AdminDesk) -> None:
    hire(desk, "ada")
    assert "with its kind" in desk.admin("person", "contact", "ada", "--to", "ada at home", status=1)
    desk.admin("person", "contact", "ada", "--to", "ada@home.example")
    desk.admin("start-code", "ada", "--reason", "first day")
    desk.admin("person", "contact", "ada", "--to", "tel:+41791234567")
    lines = [line.split("\t") for line in desk.admin("messages", "list").splitlines()]
    assert {(line[1], line[2]) for line in lines} == {("ada", "code_issued"), ("ada", "contact_changed")}
    assert "home.example" not in str([row for row in desk.rows() if row["action"] == "admin"])
    assert desk.admin("messages", "list", "--dead") == ""
    assert "no message of that id" in desk.admin("messages", "again", lines[0][0], status=1)


def test_a_window_is_open_at_its_place_until_it_is_closed(desk: AdminDesk) -> None:
    desk.admin("workstation", "add", "ward-3-a", "--place", "Ward 3")
    until = time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + 7200))
    assert "No workstation is at “Ward 33”" in desk.admin(
        "window", "open", "--until", until, "--place", "Ward 33", status=1
    )
    made = desk.admin("window", "open", "--until", until, "--place", "Ward 3").strip()
    other = desk.admin("window", "open", "--until", until, "--station", "ward-3-a", "--kind", "temporary_badge").strip()
    listed = desk.admin("window", "list").splitlines()
    shown = {tuple(line.split("\t")[:3]) for line in listed}
    assert shown == {(made, "badge", "Ward 3"), (other, "temporary_badge", "ward-3-a")}
    desk.admin("window", "close", made)
    assert [line.split("\t")[0] for line in desk.admin("window", "list").splitlines()] == [other]
    assert "no such open window" in desk.admin("window", "close", made, status=1)
    assert desk.acts()[-3:] == ["window.open", "window.open", "window.close"]


@pytest.mark.parametrize(
    "words",
    [
        ("--until", "2020-01-01T00:00"),
        ("--until", "2099-01-01T00:00"),
        ("--until", "2099-01-01T00:00", "--kind", "key"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(desk: AdminDesk, words: tuple[str, ...]) -> None:
    desk.admin("window", "open", *words, status=1)


def test_the_reports_of_resets_say_who_saw_what_and_which_are_a_risk(desk: AdminDesk) -> None:
    hire(desk, "ben", "ada")
    hire(desk, "dora", role="help_desk")
    begin(desk, "ben", "dora", "00000001", ended="code_given")
    begin(desk, "ben", "dora", "00000002", second=True)
    begin(desk, "ada", "dora", "00000003")
    found = {row["id"]: row for row in rows(desk, "resets")}
    assert {number: row["state"] for number, row in found.items()} == {
        "R-00000001": "code_given",
        "R-00000002": "second",
        "R-00000003": "ready",
    }
    assert (found["R-00000002"]["login"], found["R-00000002"]["begun_by"]) == ("ben", "dora")
    assert found["R-00000002"]["seen"] == "passport, face"
    (risky,) = rows(desk, "repeated-resets")
    assert (risky["login"], risky["resets"], risky["begun_by"]) == ("ben", 2, "dora")


def test_a_reset_is_withdrawn_once(desk: AdminDesk) -> None:
    hire(desk, "ben")
    hire(desk, "dora", role="help_desk")
    begin(desk, "ben", "dora", "00000001")
    assert "ben" in desk.admin("reset", "withdraw", "r-00000001")
    assert "over already" in desk.admin("reset", "withdraw", "R-00000001", status=1)
    assert "no reset" in desk.admin("reset", "withdraw", "R-9", status=1)
    assert rows(desk, "resets")[0]["state"] == "withdrawn"


def test_the_report_of_waves_counts_who_has_what(desk: AdminDesk) -> None:
    with (desk.data / "service.toml").open("a") as file:
        file.write(
            '\n[[policy.wave]]\nname = "pilot"\nkinds = ["badge", "pin"]\nfrom = 2026-01-01\nroles = ["nurse"]\n'
        )
    hire(desk, "ada", "ben")
    hire(desk, "cleo", role="physician")
    desk.admin("badge", "add", "ada", "--uid", "04A1B2C3D4E5F6")
    desk.admin("badge", "add", "ben", "--uid", "04A1B2C3D4E5F7")
    desk.admin("pin", "set", "ada", typed="735190\n")
    found = [(row["kind"], row["persons"], row["have"], row["missing"]) for row in rows(desk, "waves")]
    assert found == [("badge", 2, 2, ""), ("pin", 2, 1, "ben"), ("all", 2, 1, "ben")]


def test_recovery_codes_are_listed_with_their_end_and_taken_away(desk: AdminDesk) -> None:
    hire(desk, "ada")
    folder, now = open_folder(desk.data), int(time.time())
    db = folder.database()
    found = db.read_now(people.find, "ada")
    assert found
    db.write_now(recovery_codes.issue, folder.keys.badge, found.id, recovery_codes.fresh(), now)
    db.close_now()
    (row,) = rows(desk, "recovery-codes")
    assert (row["login"], row["state"], row["left"]) == ("ada", "good", 10)
    assert [(row["factor"], row["label"]) for row in rows(desk, "factors")] == [("recovery", "10 left")]
    assert (rows(desk, "counts")[0]["recovery"], rows(desk, "counts")[0]["strongest"]) == (1, "none")
    assert "until" in desk.admin("factor", "list", "ada")
    desk.admin("factor", "revoke", "ada", "recovery")
    assert rows(desk, "recovery-codes") == []
