"""``kiosk audit find`` as an auditor types it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
from typing import Any

import pytest

from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.folder import open_folder
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]


def find(desk: AdminDesk, *words: str, typed: str = "", status: int = 0) -> dict[str, Any]:
    """The answer as JSON."""
    ended = desk.run("audit", "find", "--data", str(desk.data), "--json", *words, typed=typed)
    assert ended == status, desk.err
    answer: dict[str, Any] = json.loads(desk.out)
    return answer


def refused(desk: AdminDesk, *words: str) -> str:
    """What is said instead of an answer."""
    assert desk.run("audit", "find", "--data", str(desk.data), *words) == 2
    assert desk.out == ""
    return desk.err


def test_a_question_is_in_the_trail_with_who_asked_and_finds_itself_by_the_patient(desk: AdminDesk) -> None:
    assert find(desk, "--patient", "MRN-47")["rows"] == []
    assert find(desk, "--patient", "-", typed="mrn-47\n")["rows"][0]["patients"] == ["MRN-47"]
    *_, first, second = desk.rows()
    assert [row["detail"]["act"] for row in (first, second)] == ["audit.find"] * 2
    assert first["detail"]["by"]
    assert "known_by" in first["detail"]
    assert (first["detail"]["rows"], second["detail"]["rows"]) == (0, 1)
    assert "MRN-47" not in first["body"], "what cannot be taken away holds no patient"
    assert [opening["value"] for opening in first["openings"]] == ["MRN-47"]


def test_all_three_forms_say_the_same(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada")
    rows = find(desk, "--person", "ADA")["rows"]
    assert [(row["what"], row["login"]) for row in rows] == [("person.add", "ada")]
    assert desk.run("audit", "find", "--data", str(desk.data), "--action", "person.add", "--csv") == 0
    (sheet,) = csv.DictReader(io.StringIO(desk.out, newline=""))
    assert (sheet["what"], sheet["login"], sheet["row"]) == ("person.add", "ada", str(rows[0]["row"]))
    assert "1 row, and no more." in desk.err
    assert desk.run("audit", "find", "--data", str(desk.data), "--action", "person.add") == 0
    assert "person.add" in desk.out
    assert "only “kiosk audit verify” reads the whole trail" in desk.out


def test_a_station_is_found_by_the_name_that_it_had(desk: AdminDesk) -> None:
    desk.admin("workstation", "add", "ward-1", "--place", "Ward 1")
    desk.admin("workstation", "rename", "ward-1", "ward-2")
    for name in ("ward-1", "ward-2"):
        acts = [row["what"] for row in find(desk, "--station", name)["rows"]]
        assert acts[-1] == "workstation.rename", name


def rename(desk: AdminDesk, login: str, new: str) -> None:
    """As a directory does."""
    db = open_folder(desk.data).database()
    db.write_now(people.relogin, Admin("directory", 0, int(time.time())), login, new)
    db.close_now()


def test_a_person_is_found_by_the_login_that_they_had(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada")
    rename(desk, "ada", "ada.l")
    for login in ("ada", "ADA", "ada.l"):
        assert [row["what"] for row in find(desk, "--person", login)["rows"]][:2] == ["person.add", "person.login"]
    desk.admin("person", "add", "ada", "--name", "Another Ada")
    rename(desk, "ada", "ada.m")
    assert "“ada” was the login of several persons. Ask for one of them: " in refused(desk, "--person", "ada")
    assert {"ada.l", "ada.m"} <= set(desk.err.rstrip(".\n").replace(",", "").split())


def test_the_first_and_the_last_day_of_the_calendar_are_no_bounds(desk: AdminDesk) -> None:
    assert len(find(desk, "--since", "0001-01-01", "--until", "9999-12-31")["rows"]) == 1
    assert find(desk, "--until", "0001-01-01")["rows"] == []
    assert find(desk, "--since", "9999-12-31")["rows"] == []


def test_an_answer_that_is_cut_says_so_and_goes_on(desk: AdminDesk) -> None:
    for login in ("ada", "ben", "cy"):
        desk.admin("person", "add", login, "--name", login.title())
    first = find(desk, "--action", "person.add", "--limit", "2")
    assert "Here: 2 rows, the oldest; there are more. Go on with: --after " + first["more"] in desk.err
    rest = find(desk, "--action", "person.add", "--limit", "2", "--after", first["more"])
    assert [row["login"] for row in first["rows"] + rest["rows"]] == ["ada", "ben", "cy"]
    assert rest["more"] is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--person", "nobody"), "There is nobody with the login or id “nobody”, and there never was."),
        (("--person", "ad\u0430"), "U+0430 CYRILLIC SMALL LETTER A"),
        (("--person", "' OR ''='"), "There is nobody"),
        (("--station", "ward-%"), "There is no workstation with the name or id “ward-%”"),
        (("--action", "sign%"), "* and % stand for themselves"),
        (("--patient", ""), "has 1 to 512 characters"),
        (("--patient", "x" * 513), "has 1 to 512 characters"),
        (("--patient", "MRN\u202e7"), "U+202E RIGHT-TO-LEFT OVERRIDE"),
        (("--patient", "MRN\x007"), "U+0000"),
        (("--after", "soon"), "--after takes the cursor"),
        (("--since", "2026-12-02", "--until", "2026-12-01"), "nothing can lie between them"),
    ],
)
def test_what_cannot_be_answered_is_said_and_not_written_down(
    desk: AdminDesk, words: tuple[str, ...], why: str
) -> None:
    assert why in refused(desk, *words)
    assert desk.acts() == ["service.init"]


@pytest.mark.parametrize(
    "said", ["2026-02-30", "2026-11-30T10:00:00", "yesterday", "２０２６-11-30", "2026-11-30T10:00Z", "1790000000"]
)
def test_a_time_is_a_day_or_a_moment_with_its_zone(desk: AdminDesk, said: str) -> None:
    with pytest.raises(SystemExit):
        desk.run("audit", "find", "--data", str(desk.data), "--since", said)


def test_a_day_is_all_of_it_in_this_machines_zone_and_is_said(desk: AdminDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        answer = find(desk, "--since", "2026-03-29", "--until", "2026-03-29")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert answer["until"] - answer["since"] == 23 * 3600 - 1, "the clocks go forward on that day"
    assert "From 2026-03-29 00:00:00+01:00 to 2026-03-29 23:59:59+02:00, both included." in desk.err


def test_a_trail_that_was_changed_is_said_with_the_answer(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada")
    with sqlite3.connect(desk.data / "kiosk.db") as raw:
        raw.execute("UPDATE audit_row SET body=replace(body, 'Ada', 'Eve') WHERE seq=2")
    raw.close()
    answer = find(desk, "--person", "ada", status=1)
    assert answer["faults"] == ["Row 2 of chain service: it was changed: its hash is wrong."]
    assert "The trail does not hold, so rows may be missing or wrong." in desk.err
