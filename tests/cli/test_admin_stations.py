"""``kiosk admin workstation``: a list of them announced at once, renamed, moved, set up anew, listed."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import Connection

from kiosk.model import enrolment_code
from kiosk.model.wire import StationSays
from kiosk.service.folder import open_folder
from kiosk.service.platform.tls import spki_pin
from kiosk.service.records import stations_csv
from kiosk.service.store import seen, workstations
from kiosk.service.store.vouching import TamperedError
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]
HOUR = 3600


def enrol(desk: AdminDesk, code: str, thumbprint: str, later: int = 0) -> str | None:
    secret, _ = enrolment_code.parse(code)
    folder = open_folder(desk.data)
    db = folder.database()
    now = int(folder.tls.current().certificate.not_valid_before_utc.timestamp()) + 300 + later
    try:
        return db.write_now(workstations.enrol, secret, "{}", thumbprint, now)
    finally:
        db.close_now()


def listed(desk: AdminDesk) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(desk.admin("workstation", "list", "--json"))}


def many(tmp_path: Path, count: int) -> Path:
    path = tmp_path / "stations.csv"
    path.write_text(
        "name,place,exempt\n" + "".join(f"ws-{n},Ward {n % 9},{'yes' if n == 3 else ''}\n" for n in range(count))
    )
    return path


def test_600_stations_are_announced_at_once_and_their_codes_are_the_administrators_alone(
    desk: AdminDesk, tmp_path: Path
) -> None:
    file, codes = many(tmp_path, 600), tmp_path / "codes.csv"
    assert "600 workstations would be announced" in desk.admin("workstation", "add", "--file", str(file), "--dry-run")
    assert listed(desk) == {}
    assert "--codes" in desk.admin("workstation", "add", "--file", str(file), status=2)
    desk.admin("workstation", "add", "--file", str(file), "--codes", str(codes))
    said = desk.out + desk.err
    assert codes.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(io.StringIO(codes.read_text(), newline="")))
    assert (len(rows), rows[3]["name"], rows[3]["place"]) == (600, "ws-3", "Ward 3")
    assert len({row["code"] for row in rows}) == 600
    assert listed(desk)["ws-3"]["exempt"] is True
    trail = desk.rows()
    assert sum(row["detail"].get("act") == "workstation.add" for row in trail) == 600
    for row in rows[:5]:
        assert row["code"] not in said
        assert row["code"] not in json.dumps(trail)
    assert enrol(desk, rows[7]["code"], "seven", 23 * HOUR) is not None, "a list's codes are good for a day"
    assert "is enrolled already" in (
        desk.admin("workstation", "add", "--file", str(file), "--dry-run", status=1) and desk.err
    )


def test_codes_are_printed_as_csv_where_that_is_said_and_wait_as_long_as_is_said(
    desk: AdminDesk, tmp_path: Path
) -> None:
    out = desk.admin("workstation", "add", "--file", str(many(tmp_path, 2)), "--codes", "-", "--hours", "2")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [row["name"] for row in rows] == ["ws-0", "ws-1"]
    assert "for 2 hours" in desk.err
    again = desk.admin("workstation", "add", "--file", str(many(tmp_path, 2)), "--codes", "-", "--hours", "2")
    new = list(csv.DictReader(io.StringIO(again, newline="")))
    assert enrol(desk, rows[0]["code"], "zero") is None, "the code before is void"
    assert enrol(desk, new[1]["code"], "one", 3 * HOUR) is None
    assert enrol(desk, new[0]["code"], "zero") is not None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty"),
        ("name;place\nws 1;Ward\n", "line 2: name: “ws 1” cannot be a workstation's name"),
        ("name,place\nws,\n", "line 2: place: A place"),
        ("name,place\nws,Ward\nws,Ward\n", "line 3: name: “ws” is in line 2 already."),
        ("name,room\nws,Ward\n", "Repeat with what they seem to be: --map place=room"),
        ("name,place\nws,Ward,more\n", "line 2: The line has 3 cells, not 2."),
        ("name,place,exempt\nws,Ward,perhaps\n", "line 2: exempt: Write yes or no."),
        ('name,place\nws,"Ward\n', "line 2: A quotation mark is opened in this line and never closed."),
        ('name,place\nws,Ward "3" North\n', "line 2: A quotation mark stands where none may."),
    ],
)
def test_what_is_wrong_with_a_list_is_said_by_line(text: str, sentence: str) -> None:
    _, problems = stations_csv.read(text.encode())
    assert any(str(problem).startswith(sentence) or sentence in str(problem) for problem in problems), problems


def test_a_place_of_two_lines_and_a_name_marked_as_text_are_read() -> None:
    found, problems = stations_csv.read(b'name,place\n="ws","Ward 3\nNorth"\nws2,W\n')
    assert [(entry.line, entry.name, entry.place) for entry in found] == [(2, "ws", "Ward 3 North"), (4, "ws2", "W")]
    assert problems == []


def test_hours_that_no_code_is_good_for_are_refused_in_one_sentence(
    desk: AdminDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    for hours in ("0", "169", "1.5", "x", "-1"):
        with pytest.raises(SystemExit):
            desk.run("admin", "--data", str(desk.data), "workstation", "add", "w", "--place", "x", f"--hours={hours}")
        said = capsys.readouterr().err
        assert said.endswith("argument --hours: a whole number of hours from 1 to 168\n"), said


def test_a_list_that_cannot_be_announced_leaves_no_codes_behind(
    desk: AdminDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = tmp_path / "codes.csv"

    def broken(*_args: object, **_more: object) -> None:
        raise LookupError

    monkeypatch.setattr(workstations, "announce", broken)
    with pytest.raises(LookupError):
        desk.run(
            "admin",
            "--data",
            str(desk.data),
            "workstation",
            "add",
            "--file",
            str(many(tmp_path, 2)),
            "--codes",
            str(codes),
        )
    assert not codes.exists()


def test_a_station_is_renamed_and_moved_with_a_row_each(desk: AdminDesk) -> None:
    desk.admin("workstation", "add", "one", "--place", "Ward 1")
    desk.admin("workstation", "add", "two", "--place", "Ward 1")
    assert "already" in desk.admin("workstation", "rename", "one", "two", status=1)
    assert "cannot be a workstation's name" in desk.admin("workstation", "rename", "one", "o ne", status=1)
    assert "There is no workstation “none”" in desk.admin("workstation", "rename", "none", "x", status=1)
    desk.admin("workstation", "rename", "one", "three")
    desk.admin("workstation", "move", "three", "Ward 2")
    assert "already" in desk.admin("workstation", "move", "three", "Ward 2", status=1)
    assert listed(desk)["three"]["place"] == "Ward 2"
    renamed, moved = (row["detail"] for row in desk.rows()[-2:])
    assert (renamed["act"], renamed["from"], renamed["to"]) == ("workstation.rename", "one", "three")
    assert (moved["act"], moved["from"], moved["to"]) == ("workstation.move", "Ward 1", "Ward 2")


def test_the_key_before_ends_when_the_machine_that_was_set_up_anew_enrols_and_no_sooner(desk: AdminDesk) -> None:
    first = desk.admin("workstation", "add", "w", "--place", "Ward", "--exempt").splitlines()[-1]
    assert "has not enrolled yet" in desk.admin("workstation", "reinstall", "w", status=1)
    before = enrol(desk, first, "old")
    lost = desk.admin("workstation", "reinstall", "w").splitlines()[-1]
    code = desk.admin("workstation", "reinstall", "w").splitlines()[-1]
    desk.admin("workstation", "move", "w", "Ward 2")
    assert listed(desk)["w"]["state"] == "enrolled, waits to be set up anew"
    assert enrol(desk, lost, "thief") is None
    after = enrol(desk, code, "new")
    assert after not in (None, before)
    rows = json.loads(desk.admin("workstation", "list", "--json"))
    assert [
        (row["id"], row["name"], row["state"], row["place"], row["exempt"]) for row in rows if row["id"] == after
    ] == [(after, "w", "enrolled", "Ward 2", True)]
    assert [row["state"] for row in rows if row["id"] == before] == ["revoked"]
    assert desk.acts()[-3:] == ["workstation.reinstall", "workstation.reinstall", "workstation.move"]


def test_nothing_enrols_in_the_place_of_a_station_that_was_revoked(desk: AdminDesk) -> None:
    enrol(desk, desk.admin("workstation", "add", "w", "--place", "Ward").splitlines()[-1], "old")
    code = desk.admin("workstation", "reinstall", "w").splitlines()[-1]
    desk.admin("workstation", "revoke", "w")
    assert enrol(desk, code, "new") is None
    assert {row["state"] for row in json.loads(desk.admin("workstation", "list", "--json"))} == {"revoked"}


def test_whose_place_is_taken_cannot_be_changed_by_sql(desk: AdminDesk) -> None:
    enrol(desk, desk.admin("workstation", "add", "a", "--place", "Ward").splitlines()[-1], "a")
    enrol(desk, desk.admin("workstation", "add", "b", "--place", "Ward").splitlines()[-1], "b")
    code = desk.admin("workstation", "reinstall", "a").splitlines()[-1]
    db = open_folder(desk.data).database()

    def forge(conn: Connection) -> None:
        conn.exec_driver_sql(
            "UPDATE workstation SET replaces = (SELECT id FROM workstation WHERE name = 'b') WHERE replaces IS NOT NULL"
        )

    db.write_now(forge)
    db.close_now()
    with pytest.raises(TamperedError):
        enrol(desk, code, "new")


def test_the_list_shows_what_a_station_says_and_nothing_of_it_moves_the_cursor(desk: AdminDesk) -> None:
    station = enrol(desk, desk.admin("workstation", "add", "w", "--place", "Ward 3").splitlines()[-1], "w")
    desk.admin("ca", "next")
    assert station is not None
    folder = open_folder(desk.data)
    db = folder.database()
    present = spki_pin(folder.tls.current().certificate).hex()
    db.write_now(
        seen.said, station, StationSays("1.0\x1b[2J", (present, "x", "ff" * 32), "local, web 7421", "nested"), 86_400
    )
    db.close_now()
    head, row = desk.admin("workstation", "list").splitlines()
    assert head.split() == [
        "name",
        "place",
        "state",
        "exempt",
        "last_contact",
        "version",
        "ca",
        "doorbell",
        "stage",
        "id",
    ]
    assert row.startswith(
        "w     Ward 3  enrolled  no      1970-01-02T00:00:00Z  1.0\N{REPLACEMENT CHARACTER}[2J  present"
    )
    assert row.index("local, web 7421") == head.index("doorbell")
    sheet = list(csv.DictReader(io.StringIO(desk.admin("workstation", "list", "--csv"), newline="")))
    assert (sheet[0]["ca"], sheet[0]["stage"]) == ("present", "nested"), "it does not know the next CA yet"
