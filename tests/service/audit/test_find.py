"""Rows found again by patient, person, station, action and time, with their openings joined, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, delete, text, update

from kiosk.model.binding import Json, b64u, canonical, commitment
from kiosk.model.challenge import CommitmentOpening
from kiosk.service.audit import found
from kiosk.service.audit.event import Event
from kiosk.service.audit.found import Answer
from kiosk.service.audit.search import Question
from kiosk.service.audit.verify import verify
from kiosk.service.audit.writer import append
from kiosk.service.platform.opening_marks import folded
from kiosk.service.store.database import Database
from kiosk.service.store.examining import examine
from kiosk.service.store.schema import audit_row, opening
from tests.fakes.old_stores import BOTH, left_at

AT = 1_790_000_000


def approval(number: int, resource: str, *patients: str, person: str = "ada", station: str = "s1") -> Event:
    """An approved step-up, with what its commitments hide."""
    values = (resource, *patients)
    made = tuple(
        CommitmentOpening(commitment(salt, value), b64u(salt), value)
        for value, salt in ((value, f"{number}/{station}/{place}".encode()) for place, value in enumerate(values))
    )
    patients_said: list[Json] = [opening.commitment for opening in made[1:]]
    said: dict[str, Json] = {"kind": "step_up", "resource": made[0].commitment, "patients": patients_said}
    kept: dict[str, Json] = {"kind": "code", "statement": canonical(said).decode()}
    event = Event("stepup", "success", AT + number, person=person, login=person, workstation=station)
    return replace(event, evidence=kept, openings=made, detail={"action": "record.export", "records": len(patients)})


def tap(number: int, person: str = "ada", station: str = "s1", at: int | None = None) -> Event:
    return Event("tap", "success", AT + number if at is None else at, person=person, workstation=station)


def write(database: Database, *events: Event) -> None:
    def act(conn: Connection) -> None:
        for event in events:
            append(conn, event.workstation or "service", event)

    database.write_now(act)


def ask(database: Database, asked: Question) -> Answer:
    return database.read_now(found.answer, asked)


def numbers(answer: Answer) -> list[int]:
    return [row.place.at - AT for row in answer.rows]


def test_a_patient_is_found_however_it_is_written(database: Database) -> None:
    write(database, approval(1, "Chart of MRN-47", "MRN-47", "MRN-48"), tap(2), approval(3, "MRN-47"))
    for said in ("MRN-47", "mrn-47", " MRN-47 ", "MRN-４７", "MRN-٤٧"):
        answer = ask(database, Question(patient=said))
        assert (numbers(answer), answer.faults, answer.more) == ([1, 3], (), None), said
        assert [row.opened for row in answer.rows] == [("MRN-47",), ("MRN-47",)]
        assert [row.others for row in answer.rows] == [2, 0], "other patients of the row are counted, not named"
    for said in ("MRN-4", "MRN-%", "MRN-4_", "*", "MRN-47' OR '1'='1", 'MRN-47"', "MRN-4７8", "MRN-O47"):
        assert numbers(ask(database, Question(patient=said))) == [], said


def test_without_a_patient_everything_that_a_row_names_is_joined(database: Database) -> None:
    write(database, approval(1, "Chart", "MRN-47", "MRN-48"))
    (row,) = ask(database, Question(person="ada")).rows
    assert (row.opened, row.others, row.erased) == (("Chart", "MRN-47", "MRN-48"), 0, 0)


def test_every_filter_narrows_and_both_ends_of_a_time_are_included(database: Database) -> None:
    write(
        database,
        tap(1),
        approval(2, "Chart", "MRN-47"),
        tap(3, "bob"),
        approval(4, "Chart", "MRN-47", person="bob", station="s2"),
        tap(5, station="s2"),
    )
    cases = [
        (Question(person="bob"), [3, 4]),
        (Question(stations=("s2",)), [4, 5]),
        (Question(stations=("s1", "s2")), [1, 2, 3, 4, 5]),
        (Question(action="tap"), [1, 3, 5]),
        (Question(action="record.export"), [2, 4]),
        (Question(action="record.exp"), []),
        (Question(since=AT + 2, until=AT + 4), [2, 3, 4]),
        (Question(patient="MRN-47", person="bob"), [4]),
        (Question(patient="MRN-47", stations=("s1",), action="stepup"), [2]),
        (Question(patient="MRN-47", since=AT + 3), [4]),
        (Question(person="ada", action="tap", until=AT + 1), [1]),
    ]
    for asked, wanted in cases:
        assert numbers(ask(database, asked)) == wanted, asked


def test_an_answer_that_is_cut_goes_on_and_names_each_row_once(database: Database) -> None:
    write(database, *(approval(n, "Chart", "MRN-47", station=f"s{n % 3}") for n in range(10)))
    write(database, *(tap(0, station=f"s{n}", at=AT + 20) for n in range(5)))  # all in one second
    for asked in (Question(limit=4), Question(limit=4, patient="chart"), Question(limit=2, action="tap")):
        whole = [row.place for row in ask(database, replace(asked, limit=100)).rows]
        pages, after = [], None
        while True:
            answer = ask(database, replace(asked, after=after))
            assert len(answer.rows) <= asked.limit
            pages += [row.place for row in answer.rows]
            after = answer.more
            if after is None:
                break
        assert pages == whole
        assert len(whole) == len(set(whole)) >= 5


def test_what_does_not_hold_is_said_with_the_answer(database: Database) -> None:
    write(database, tap(1), approval(2, "Chart", "MRN-47"), tap(3))
    assert ask(database, Question(person="ada")).faults == ()
    for statement, why in (
        ("UPDATE audit_row SET body=replace(body,'record.export','record.view') WHERE seq=2", "its hash is wrong"),
        ("UPDATE audit_row SET workstation='s9' WHERE seq=2", "columns do not agree"),
        ("UPDATE opening SET value='MRN-99' WHERE value='MRN-47'", "an identifier was exchanged"),
        ("UPDATE evidence SET body=body || ' '", "its evidence is missing or was changed"),
        ("DELETE FROM audit_row WHERE seq=1", "rows of it are missing"),
        ("UPDATE audit_chain SET head_seq=2", "its head was not written by the service"),
    ):
        with pytest.raises(ArithmeticError):
            database.write_now(undone(statement, why))


def undone(statement: str, why: str) -> Callable[[Connection], None]:
    """Tamper, ask, and take it back."""

    def act(conn: Connection) -> None:
        conn.execute(text(statement))
        faults = found.answer(conn, Question(person="ada")).faults
        assert any(why in fault for fault in faults), (statement, faults)
        raise ArithmeticError

    return act


def test_a_column_that_hides_a_row_fails_the_verification(database: Database) -> None:
    write(database, tap(1), tap(2))
    database.write_now(lambda conn: conn.execute(update(audit_row).where(audit_row.c.seq == 1).values(person="bob")))
    assert numbers(ask(database, Question(person="ada"))) == [2]
    finding = database.read_now(verify, {}).finding
    assert finding is not None
    assert (finding.seq, finding.why) == (1, "its columns do not agree with its text")


def test_a_mark_that_hides_a_patient_is_named(database: Database) -> None:
    write(database, approval(1, "Chart", "MRN-47"))
    hide = update(opening).where(opening.c.value == "MRN-47").values(mark=None)
    database.write_now(lambda conn: conn.execute(hide))
    assert [fault.table for fault in database.read_now(examine).found] == ["opening"]
    assert "an identifier was exchanged" in ask(database, Question(person="ada")).faults[0]


def test_an_opening_that_was_erased_is_counted_and_found_no_more(database: Database) -> None:
    write(database, approval(1, "Chart", "MRN-47"))
    database.write_now(lambda conn: conn.execute(delete(opening).where(opening.c.value == "MRN-47")))
    assert numbers(ask(database, Question(patient="MRN-47"))) == []
    (row,) = ask(database, Question(patient="Chart")).rows
    assert (row.opened, row.erased, row.fault) == (("Chart",), 1, None)


@pytest.mark.parametrize(
    ("one", "other"), [("A  B", "a b"), ("ＭＲＮ", "mrn"), ("x\u200by", "xy"), ("Ｓtraße", "STRASSE")]
)
def test_what_reads_alike_is_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


BODY = (
    '{"action":"tap","at":5,"chain":"s1","detail":{"person":"eve","x":"\\"person\\":\\"eve\\""},"person":"ada","seq":1}'
)


@pytest.mark.parametrize("kind", BOTH)
def test_rows_and_openings_of_the_version_before_are_found(
    request: pytest.FixtureRequest, tmp_path: object, kind: str
) -> None:
    store = left_at("0017", request, tmp_path, kind)  # type: ignore[arg-type]
    insert = "INSERT INTO audit_row (chain, seq, at, body, prev, hash) VALUES ('s1', :seq, 5, :body, :link, :link)"

    def before(conn: Connection) -> None:
        strange = '{"action":"tap","person":"ada","x":"\\u0000"}'
        for seq, body in ((1, BODY), (2, "no JSON"), (3, strange)):
            conn.execute(text(insert), {"seq": seq, "body": body, "link": b"l" * 32})
        conn.execute(
            text("INSERT INTO opening (commitment, salt, value, chain, seq) VALUES ('c', 's', 'MRN-47', 's1', 1)")
        )

    store.write_now(before)
    store.migrate_now()
    columns = store.read_now(
        lambda conn: conn.execute(text("SELECT action, person, workstation FROM audit_row ORDER BY seq")).all()
    )
    assert [tuple(row) for row in columns] == [("tap", "ada", None), (None, None, None), ("tap", "ada", None)]
    assert store.read_now(examine).found == [], "the mark and the time are under the opening's code"
    marked = store.read_now(lambda conn: conn.execute(text("SELECT at FROM opening WHERE mark IS NOT NULL")).all())
    assert [row.at for row in marked] == [5]
    (row,) = ask(store, Question(patient="mrn-47")).rows
    assert row.opened == ("MRN-47",)
    store.close_now()


ASKED = '{"action":"stepup","at":5,"chain":"s1","detail":{"action":"record.export"},"seq":%d}'


@pytest.mark.parametrize("kind", BOTH)
def test_what_was_asked_for_in_rows_of_the_version_before_is_found(
    request: pytest.FixtureRequest, tmp_path: object, kind: str
) -> None:
    store = left_at("0021", request, tmp_path, kind)  # type: ignore[arg-type]
    insert = (
        "INSERT INTO audit_row (chain, seq, at, body, prev, hash, action) VALUES ('s1', :seq, 5, :body, :l, :l, :a)"
    )
    strange = ("no JSON", "[]", '{"detail":[]}', '{"detail":{"action":{}}}', '{"detail":{"action":"x\\u0000"}}')

    def before(conn: Connection) -> None:
        rows = [("stepup", ASKED % number) for number in range(1, 2102)]
        rows += [("admin", '{"detail":{"act":"ca.next","action":"x"}}'), ("tap", '{"detail":{"action":"x"}}')]
        rows += [("stepup", body) for body in strange]
        told = [{"seq": number, "body": body, "l": b"l" * 32, "a": a} for number, (a, body) in enumerate(rows, 1)]
        conn.execute(text(insert), told)

    store.write_now(before)
    store.migrate_now()
    said = "SELECT asked, COUNT(*) AS many FROM audit_row GROUP BY asked"
    filled = {row.asked: row.many for row in store.read_now(lambda conn: conn.execute(text(said)).all())}
    assert filled == {"record.export": 2101, "ca.next": 1, None: 1 + len(strange)}
    assert len(ask(store, Question(action="record.export", limit=5000)).rows) == 2101
    store.close_now()


def test_a_row_whose_asked_column_was_changed_is_not_believed(database: Database) -> None:
    write(database, approval(1, "Chart"), tap(2))
    assert ask(database, Question(action="record.export")).faults == ()
    database.write_now(lambda conn: conn.execute(update(audit_row).values(asked="record.print")).rowcount)
    (row,) = [row for row in ask(database, Question(action="record.print")).rows if row.place.at == AT + 1]
    assert row.fault == "its columns do not agree with its text"
    finding = database.read_now(verify, {}).finding
    assert finding is not None and finding.why == "its columns do not agree with its text"
