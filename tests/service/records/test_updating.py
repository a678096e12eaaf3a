"""A list that changes people who are there: shown, carried out whole, in the trail row by row, and twice the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, select, update

from kiosk.model.proof import ACR_PIN, Assurance
from kiosk.service.admin import life
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.verify import verify
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.records import importing, people_csv
from kiosk.service.records.importing import CheckedList, Imported, ImportRefusedError, Terms
from kiosk.service.records.layout import Wishes
from kiosk.service.records.people_csv import PeopleFile
from kiosk.service.store import badges, people, sessions, workstations
from kiosk.service.store.database import Database
from kiosk.service.store.schema import message, person
from kiosk.service.store.sessions import StoredSession
from kiosk.service.store.vouching import TamperedError

KEYS = BadgeKeys("1", {"1": b"1" * 32})
ADMIN = Admin("root", 0, 1000)
FIRST = (
    "login,name,roles,uid,place,contact\n"
    "ada,Ada Lovelace,nurse,04A1B2C3D4E5F6,Ward 3,mailto:ada@home.example\n"
    "ben,Ben Barres,nurse;charge,C1C2C3C4,Ward 3,\n"
    "cy,Cy Young,,,,\n"
)
SECOND = (
    "login,name,roles,uid,place,contact\n"
    "ada,Ada King,nurse;prescriber,04A1B2C3D4E5F6,Ward 4,mailto:ada@new.example\n"
    "ben,Ben Barres,nurse,D1D2D3D4,Ward 3,\n"
    "dee,Dee Dee,nurse,,Ward 9,\n"
)


def look(database: Database, text: str, *, leave: bool = False) -> tuple[PeopleFile, CheckedList]:
    read = people_csv.read(text.encode(), Wishes(partial=True))
    return read, database.read_now(importing.check, KEYS, read, Terms(update=True, leave=leave))


def bring(database: Database, text: str, *, leave: bool = False) -> Imported:
    read, checked = look(database, text, leave=leave)
    return database.write_now(importing.run, ADMIN, KEYS, read, "list.csv", checked)


def trail(database: Database) -> list[dict[str, Any]]:
    nobody: dict[str, Ed25519PublicKey] = {}
    report = database.read_now(verify, nobody)
    assert report.finding is None, report.finding
    return database.read_now(lambda conn: [json.loads(row.body) for row in reading.rows(conn, SERVICE)])


def everybody(database: Database) -> list[tuple[str, str, tuple[str, ...], str | None, str]]:
    def read(conn: Connection) -> list[tuple[str, str, tuple[str, ...], str | None, str]]:
        return [
            (person.login, person.name, person.roles, people.place_of(conn, person.id), person.state)
            for person in people.everybody(conn)
            if people.by_id(conn, person.id)  # believed
        ]

    return database.read_now(read)


def test_what_would_change_is_said_before_and_role_removals_apart(sqlite: Database) -> None:
    bring(sqlite, FIRST)
    before = trail(sqlite)
    _, checked = look(sqlite, SECOND)
    plan = checked.plan
    assert [(change.login, change.what, change.before, change.after) for change in plan.changes] == [
        ("ada", "name", "Ada Lovelace", "Ada King"),
        ("ada", "place", "Ward 3", "Ward 4"),
        ("ada", "contact", "", ""),
        ("ada", "role given", "", "prescriber"),
        ("ben", "badge", "1 stay", "one more"),
        ("ben", "role taken", "charge", ""),
    ]
    assert [change.before for change in plan.taken] == ["charge"]
    assert [person.login for person in plan.new] == ["dee"]
    assert [person.login for person in plan.missing] == ["cy"]
    assert plan.given({"prescriber"}) == [("ada", "", "prescriber")]
    assert trail(sqlite) == before
    assert "home.example" not in repr(plan)


def test_a_list_changes_who_is_there_and_the_second_time_nothing(database: Database) -> None:
    assert bring(database, FIRST) == Imported(3, 2)
    assert bring(database, SECOND) == Imported(1, 1, 6, 0)
    assert everybody(database) == [
        ("ada", "Ada King", ("nurse", "prescriber"), "Ward 4", "active"),
        ("ben", "Ben Barres", ("nurse",), "Ward 3", "active"),
        ("cy", "Cy Young", (), None, "active"),
        ("dee", "Dee Dee", ("nurse",), "Ward 9", "active"),
    ]
    for number in ("C1C2C3C4", "D1D2D3D4"):
        assert database.read_now(badges.owner, KEYS, bytes.fromhex(number)) is not None
    rows = trail(database)
    sha256 = people_csv.read(SECOND.encode()).sha256
    second = [row["detail"] for row in rows if row["detail"].get("import") == sha256]
    assert sorted(row["act"] for row in second) == sorted(
        ["person.add", "person.rename", "person.move", "person.contact", "role.add", "role.remove", "badge.add"]
    )
    renamed = next(row for row in second if row["act"] == "person.rename")
    assert (renamed["from"], renamed["to"]) == ("Ada Lovelace", "Ada King")
    assert rows[-1]["detail"]["act"] == "import"
    assert rows[-1]["detail"]["changes"] == 6
    assert "new.example" not in str(rows)
    assert bring(database, SECOND) == Imported(0, 0, 0, 0)
    assert trail(database) == rows


def test_who_is_not_in_the_list_leaves_only_where_that_is_said(database: Database) -> None:
    bring(database, FIRST)
    done = bring(database, SECOND, leave=True)
    assert done.gone == 1
    assert ("cy", "Cy Young", (), None, "left") in everybody(database)
    assert [row["login"] for row in trail(database) if row["detail"].get("act") == "person.leave"] == ["cy"]
    assert bring(database, SECOND, leave=True) == Imported(0, 0, 0, 0)


def test_somebody_who_left_is_left_alone_with_a_warning(sqlite: Database) -> None:
    bring(sqlite, FIRST)
    sqlite.write_now(life.leave, ADMIN, "ben")
    _, checked = look(sqlite, SECOND.replace("D1D2D3D4", ""))
    (warning,) = checked.problems
    assert str(warning).startswith("line 3: login: warning: Ben Barres has left")
    bring(sqlite, SECOND.replace("D1D2D3D4", ""))
    assert ("ben", "Ben Barres", (), "Ward 3", "left") in everybody(sqlite)


def test_an_empty_cell_and_a_missing_column_change_nothing(sqlite: Database) -> None:
    bring(sqlite, FIRST)
    before = everybody(sqlite)
    assert bring(sqlite, "login,name,roles,uid,place,contact\nada,,,,,\nben,,,,,\n") == Imported(0, 0)
    assert everybody(sqlite) == before
    assert bring(sqlite, "place;login\nWard 7;ada\n") == Imported(0, 0, 1, 0)
    assert ("ada", "Ada Lovelace", ("nurse",), "Ward 7", "active") in everybody(sqlite)


def test_a_line_for_nobody_needs_a_name(sqlite: Database) -> None:
    _, checked = look(sqlite, "login,place\nada,Ward 3\n")
    assert [str(problem) for problem in checked.problems] == [
        "line 2: login: There is nobody with this login, and to add somebody takes a name."
    ]


def test_a_badge_of_somebody_else_keeps_the_whole_list_out(sqlite: Database) -> None:
    bring(sqlite, FIRST)
    before = everybody(sqlite), trail(sqlite)
    with pytest.raises(ImportRefusedError, match="1 problem"):
        bring(sqlite, "login,name,uid\nada,Other,\nben,Ben,04A1B2C3D4E5F6\n")
    assert (everybody(sqlite), trail(sqlite)) == before


def test_the_number_of_somebodys_own_card_is_no_badge_and_keeps_nothing_out(sqlite: Database) -> None:
    bring(sqlite, "login,name\nada,Ada\n")
    ada = sqlite.read_now(people.find, "ada")
    assert ada is not None
    sqlite.write_now(badges.add_proof_card, KEYS, ada.id, bytes.fromhex("C0FFEE01"), 1)
    _, checked = look(sqlite, "login,place,uid\nada,Ward 3,C0FFEE01\n")
    (warning,) = checked.problems
    assert str(warning).startswith("line 2: uid: warning: This is the number of their own PIV card")
    assert bring(sqlite, "login,place,uid\nada,Ward 3,C0FFEE01\n") == Imported(0, 0, 1, 0)
    assert bring(sqlite, "login,place,uid\nada,Ward 3,C0FFEE01\n") == Imported(0, 0)
    with pytest.raises(ImportRefusedError):
        bring(sqlite, "login,name,uid\nben,Ben,C0FFEE01\n")


def test_what_was_shown_and_holds_no_longer_is_refused(sqlite: Database) -> None:
    bring(sqlite, FIRST)
    read, checked = look(sqlite, SECOND)
    bring(sqlite, "login,roles\nada,prescriber\n")
    before = everybody(sqlite)
    with pytest.raises(ActRefusedError, match="meanwhile"):
        sqlite.write_now(importing.run, ADMIN, KEYS, read, "list.csv", checked)
    assert everybody(sqlite) == before


def test_a_changed_role_locks_what_is_open_and_the_old_contact_is_told(sqlite: Database) -> None:
    bring(sqlite, FIRST)
    ada = next(person for person in sqlite.read_now(people.everybody) if person.login == "ada")

    def opened(conn: Connection) -> None:
        station = workstations.announce(conn, "ws-1", "Ward 3", "secret", 1, exempt=False)
        sessions.add(conn, StoredSession("s1", ada.id, station, "open", Assurance(ACR_PIN, ("pin",), 1)), 1)

    sqlite.write_now(opened)
    bring(sqlite, SECOND)
    kept = sqlite.read_now(sessions.find, "s1")
    assert kept is not None and kept.state == "locked"
    told = sqlite.read_now(
        lambda conn: [
            (row.kind, row.contact) for row in conn.execute(select(message).where(message.c.person == ada.id))
        ]
    )
    assert told == [("contact_changed", "mailto:ada@home.example")]
    given = next(row["detail"] for row in trail(sqlite) if row["detail"].get("act") == "role.add")
    assert given["sessions_locked"] == 1


def test_a_row_that_sql_wrote_is_not_built_upon(sqlite: Database) -> None:
    bring(sqlite, FIRST)
    sqlite.write_now(lambda conn: conn.execute(update(person).where(person.c.login == "ben").values(name="Eve")))
    with pytest.raises(TamperedError):
        look(sqlite, SECOND)
