"""A list taken in whole or not at all, on both databases."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from kiosk.service.admin.act import Admin, record
from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.verify import verify
from kiosk.service.audit.writer import append, append_all
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.records import exporting, importing, people_csv
from kiosk.service.records.importing import Imported, ImportRefusedError, Terms
from kiosk.service.store import badges, bulk, people
from kiosk.service.store.badge_number import other_forms
from kiosk.service.store.database import Database
from kiosk.service.store.schema import person
from tests.fakes.stores import guard

KEYS = BadgeKeys("2", {"1": b"1" * 32, "2": b"2" * 32})
OLD = BadgeKeys("1", {"1": b"1" * 32})
ADMIN = Admin("root", 0, 1000)
HEAD = "login,name,roles,uid,place\n"
NUMBER = bytes.fromhex("04A1B2C3D4E5F6")


def bring(database: Database, text: str, *, allowed: bool = False) -> Imported:
    read = people_csv.read((HEAD + text).encode())
    checked = database.read_now(importing.check, KEYS, read, Terms(allowed))
    return database.write_now(importing.run, ADMIN, KEYS, read, "list.csv", checked)


def problems(database: Database, text: str, *, allowed: bool = False) -> list[str]:
    read = people_csv.read((HEAD + text).encode())
    checked = database.read_now(importing.check, KEYS, read, Terms(allowed))
    return [str(problem) for problem in checked.problems]


def trail(database: Database) -> list[dict[str, Any]]:
    nobody: dict[str, Ed25519PublicKey] = {}
    report = database.read_now(verify, nobody)
    assert report.finding is None, report.finding
    return database.read_now(lambda conn: [json.loads(row.body) for row in reading.rows(conn, SERVICE)])


def count(database: Database) -> tuple[int, ...]:
    return database.read_now(bulk.known)


def test_everybody_of_a_list_is_there_with_roles_place_and_badge(database: Database) -> None:
    done = bring(database, "ada,Ada Lovelace,nurse;physician,04A1B2C3D4E5F6,Ward 3\nben,Ben,,,\n")
    assert done == Imported(persons=2, badges=1)
    ada, ben = database.read_now(people.everybody)
    assert (ada.login, ada.name, ada.roles, ada.active) == ("ada", "Ada Lovelace", ("nurse", "physician"), True)
    assert (ben.login, ben.roles, ben.proves_with) == ("ben", (), ())
    owner = database.read_now(badges.owner, KEYS, NUMBER)
    assert owner is not None
    assert owner[1] == ada.id
    assert database.read_now(badges.resembled, KEYS, NUMBER[::-1]) == "reversed"
    places = database.read_now(
        lambda conn: conn.execute(select(person.c.place).order_by(person.c.login)).scalars().all()
    )
    assert places == ["Ward 3", None]


def test_contacts_come_in_and_go_out_and_stand_in_no_row_of_the_trail(database: Database) -> None:
    text = "login,name,roles,uid,contact\nada,Ada,,,mailto:ada@home.example\nben,Ben,,,\n"
    listed = people_csv.read(text.encode())
    checked = database.read_now(importing.check, KEYS, listed)
    database.write_now(importing.run, ADMIN, KEYS, listed, "list.csv", checked)
    table = database.read_now(exporting.everybody)
    at = table.columns.index("contact")
    assert [row[at] for row in table.rows] == ["mailto:ada@home.example", None]
    assert "home.example" not in str(trail(database))


def test_the_trail_has_a_row_for_each_act_and_one_for_the_file(database: Database) -> None:
    database.write_now(record, ADMIN, "before")
    bring(database, "ada,Ada,nurse,04A1B2C3D4E5F6,Ward 3\nben,Ben,,,\n")
    database.write_now(record, ADMIN, "after")
    rows = trail(database)
    assert [row["detail"]["act"] for row in rows] == [
        "before", "person.add", "badge.add", "person.add", "import", "after"
    ]  # fmt: skip
    ada, given, _, whole = rows[1:5]
    sha256 = people_csv.read((HEAD + "ada,Ada,nurse,04A1B2C3D4E5F6,Ward 3\nben,Ben,,,\n").encode()).sha256
    assert ada["detail"] == {
        "act": "person.add", "by": "root", "uid": 0, "administrator": None, "known_by": "not known",
        "name": "Ada", "roles": ["nurse"], "place": "Ward 3", "import": sha256,
    }  # fmt: skip
    assert given["person"] == ada["person"]
    owner = database.read_now(badges.owner, KEYS, NUMBER)
    assert owner is not None
    assert given["detail"]["badge"] == owner[0]
    assert (whole["detail"]["sha256"], whole["detail"]["file"]) == (sha256, "list.csv")
    assert (whole["detail"]["persons"], whole["detail"]["badges"]) == (2, 1)
    assert "A1B2" not in json.dumps(rows).upper()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ADA,Other,,,", "login: There is somebody with the login “ada” already."),
        ("ben,Ben,,04A1B2C3D4E5F6,", "uid: This badge belongs to “ada” already."),
        ("ben,Ben,,F6E5D4C3B2A104,", "uid: This looks like a reversed form of a badge of “ada”"),
        ("ben,Ben,,20854DC32BA76F,", "uid: This looks like a reversed form of a badge of “ada”"),
        ("ben,Ben,,C0FFEE01,", "uid: This is the number of a PIV card, PKOC badge or security key"),
        ("ben,Ben,,11223344,", "uid: This badge belongs to “old” already."),
        ("ben,Ben,,44332211,", "uid: This looks like a reversed form of a badge of “old”"),
    ],
)
def test_what_the_store_knows_already_keeps_the_whole_list_out(sqlite: Database, line: str, sentence: str) -> None:
    database = sqlite
    bring(database, "ada,Ada,,04A1B2C3D4E5F6,\nold,Old,,,\n")

    def earlier(conn: Connection) -> None:
        old = people.find(conn, "old")
        assert old is not None
        badges.add_proof_card(conn, KEYS, old.id, bytes.fromhex("C0FFEE01"), 1)
        badges.add(conn, OLD, old.id, bytes.fromhex("11223344"), 1)

    database.write_now(earlier)
    before = count(database), trail(database)
    found = problems(database, f"new,New,,,\n{line}\n")
    assert len(found) == 1
    assert found[0].startswith(f"line 3: {sentence}")
    with pytest.raises(ImportRefusedError, match="1 problem"):
        bring(database, f"new,New,,,\n{line}\n")
    assert (count(database), trail(database)) == before


@pytest.mark.parametrize("known", ["04A1B2C3", "C3D4E5F6", "C3B2A104", "00D4E5F6"])
def test_a_piece_of_another_number_is_only_warned_of(sqlite: Database, known: str) -> None:
    database = sqlite
    bring(database, f"ada,Ada,,{known},\n")
    (found,) = problems(database, "ben,Ben,,04A1B2C3D4E5F6,\n")
    assert "line 2: uid: warning: This looks like a truncated form" in found
    assert bring(database, "ben,Ben,,04A1B2C3D4E5F6,\n") == Imported(1, 1)
    assert trail(database)[-2]["detail"]["resembles"] == "truncated"


def test_likenesses_within_a_list_name_the_other_line(sqlite: Database) -> None:
    lines = "ada,Ada,,04A1B2C3D4E5F6,\nben,Ben,,F6E5D4C3B2A104,\ncy,Cy,,04A1B2C3,\n"
    assert [text.partition(": it may")[0] for text in problems(sqlite, lines)] == [
        "line 2: uid: warning: This looks like a truncated form of the badge in line 4",
        "line 3: uid: This looks like a reversed form of the badge in line 2",
    ]
    assert bring(sqlite, lines, allowed=True) == Imported(3, 3)


def test_a_list_that_became_wrong_meanwhile_is_refused_in_the_transaction(database: Database) -> None:
    read = people_csv.read((HEAD + "ada,Ada,,04A1B2C3D4E5F6,\n").encode())
    checked = database.read_now(importing.check, KEYS, read)
    assert checked.ok
    database.write_now(people.add, "ada", "Another", 1)
    before = count(database)
    with pytest.raises(ImportRefusedError) as caught:
        database.write_now(importing.run, ADMIN, KEYS, read, "list.csv", checked)
    assert [str(problem) for problem in caught.value.problems] == [
        "line 2: login: There is somebody with the login “ada” already. To change people who are there: --update"
    ]
    assert (count(database), trail(database)) == (before, [])


def test_a_failure_on_the_way_leaves_nothing_behind(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise LookupError

    monkeypatch.setattr(importing, "append_all", broken)
    with pytest.raises(LookupError):
        bring(database, "ada,Ada,,04A1B2C3D4E5F6,\n")
    assert count(database) == (0, 0, 0)


def test_more_than_fit_one_statement_come_in_and_progress_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ADD_AT_ONCE", 10)
    monkeypatch.setattr(bulk, "LOOK_UP_AT_ONCE", 16)
    lines = "".join(f"p{number},Person {number},nurse,{0x10000000 + number * 0x10001:08X},\n" for number in range(25))
    read = people_csv.read((HEAD + lines).encode())
    told: list[int] = []
    checked = database.read_now(importing.check, KEYS, read, Terms(allowed=True))
    done = database.write_now(importing.run, ADMIN, KEYS, read, "l", checked, told.append)
    assert (done.persons, told) == (25, [10, 20, 25])
    assert len(trail(database)) == 51
    again = database.read_now(importing.check, KEYS, read, Terms(allowed=True))
    assert sum("already" in str(problem) for problem in again.problems) == 50


def test_the_same_events_make_the_same_chain_one_by_one_or_all_at_once(database: Database) -> None:
    # Of a kind that no workstation asks for: else each would need its signature.
    kind = "trail_conflict"
    events = [Event(kind, "success", at, detail={"act": "x", "n": at}, evidence={"k": at}) for at in range(5)]

    def both(conn: Connection) -> None:
        append(conn, "one", events[0])
        append(conn, "all", events[0])
        for event in events[1:]:
            append(conn, "one", Event(event.action, event.result, event.at, detail=event.detail))
        append_all(conn, "all", [Event(e.action, e.result, e.at, detail=e.detail) for e in events[1:]])

    # Evidence is kept once by its digest, so only one of the two chains may hold the same.
    events[0] = Event(kind, "success", 0)
    database.write_now(both)
    heads = database.read_now(lambda conn: [reading.head(conn, chain) for chain in ("one", "all")])
    assert [head.head_seq for head in heads if head is not None] == [5, 5]
    bodies = database.read_now(
        lambda conn: [[row.body.replace(chain, "") for row in reading.rows(conn, chain)] for chain in ("one", "all")]
    )
    assert bodies[0] == bodies[1]
    nobody: dict[str, Ed25519PublicKey] = {}
    assert database.read_now(verify, nobody).finding is None


NUMBERS = st.sampled_from([4, 7, 10]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


@settings(max_examples=50, deadline=None)
@given(NUMBERS, st.data())
def test_many_at_once_are_judged_as_one_by_one(number: bytes, data: st.DataObject) -> None:
    forms = sorted(form for _, form in other_forms(number) if len(form) in (4, 7, 10))
    asked = data.draw(st.lists(st.one_of(NUMBERS, st.sampled_from([number, *forms])), min_size=1, max_size=4))
    database = _memory()

    def judge(conn: Connection) -> None:
        badges.add(conn, OLD, people.add(conn, f"p{next(_SERIAL)}", "Somebody", 1), number, 1)
        many = bulk.likenesses(conn, KEYS, asked)
        for statement in asked:
            like = many.get(statement)
            if badges.owner(conn, KEYS, statement):
                assert like is not None
                assert like.kind == "taken"
            else:
                assert (like.kind if like else None) == badges.resembled(conn, KEYS, statement)
        raise _EnoughError

    with pytest.raises(_EnoughError):
        database.write_now(judge)


class _EnoughError(Exception):
    """Takes an example's rows back."""


_SERIAL = itertools.count()
_KEPT: list[Database] = []


def _memory() -> Database:
    if not _KEPT:
        made = Database("sqlite://", guard())
        made.migrate_now()
        _KEPT.append(made)
    return _KEPT[0]
