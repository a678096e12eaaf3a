"""Cases for review in the store: none is lost, none is altered unseen, a flood of them stays bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from kiosk.service.audit import put_back
from kiosk.service.store import integrity, review_cases, workstations
from kiosk.service.store.database import Database
from kiosk.service.store.review_cases import MAX_OPEN, NewCase
from kiosk.service.store.schema import manifest, review_case, workstation


def station(conn: Connection, name: str = "ward-3") -> str:
    made = workstations.announce(conn, name, "Ward 3", "secret-of-" + name, 1, exempt=False)
    integrity.change(conn, workstation, workstation.c.id == made, {"state": "enrolled"})
    return made


def a_case(where: str, why: str = "suspended", subject: str = "session-1") -> NewCase:
    return NewCase("offline", subject, "ada-id", where, "Ward 3", why, 50)


def test_a_case_is_found_as_it_was_opened(database: Database) -> None:
    where = database.write_now(station)
    case_id = database.write_now(review_cases.open_case, a_case(where), 100)
    (case,) = database.read_now(review_cases.every)
    assert (case.id, case.kind, case.subject, case.person) == (case_id, "offline", "session-1", "ada-id")
    assert (case.station, case.place, case.why, case.happened, case.opened) == (where, "Ward 3", "suspended", 50, 100)
    assert database.read_now(review_cases.why_of, where, "session-1") == "suspended"
    assert database.read_now(review_cases.why_of, where, "session-2") is None
    assert database.read_now(put_back.examine).found == []


def test_the_end_of_what_it_tells_of_is_kept(database: Database) -> None:
    where = database.write_now(station)
    case_id = database.write_now(review_cases.open_case, a_case(where), 100)
    database.write_now(review_cases.ended, case_id, 180)
    assert database.read_now(review_cases.waiting)[0].until == 180


def test_a_flood_is_counted_at_the_newest_case(database: Database) -> None:
    where = database.write_now(station)

    def flood(conn: Connection) -> set[str]:
        return {review_cases.open_case(conn, a_case(where, subject=f"s{n}"), 100 + n) for n in range(MAX_OPEN + 7)}

    assert len(database.write_now(flood)) == MAX_OPEN
    cases = database.read_now(review_cases.waiting)
    assert [case.more for case in cases] == [0] * (MAX_OPEN - 1) + [7]
    other = NewCase("emergency", "e1", None, where, "Ward 3", "reanimation", 60)
    assert database.write_now(review_cases.open_case, other, 300) not in {case.id for case in cases}


def _delete(conn: Connection) -> None:
    conn.execute(delete(review_case))


def _alter(conn: Connection) -> None:
    conn.execute(update(review_case).values(why="journal_torn"))


def _close(conn: Connection) -> None:
    conn.execute(update(review_case).values(closed=120, finding="justified"))


@pytest.mark.parametrize("deed", [_delete, _alter, _close])
def test_a_row_that_was_deleted_or_altered_in_the_database_shows(
    database: Database, deed: Callable[[Connection], None]
) -> None:
    where = database.write_now(station)
    database.write_now(review_cases.open_case, a_case(where), 100)
    database.write_now(deed)
    assert database.read_now(review_cases.every) == []
    (found,) = database.read_now(put_back.examine).found
    assert found.table in ("review_case", "manifest")


def test_a_closed_case_that_is_put_back_to_open_shows(database: Database) -> None:
    where = database.write_now(station)
    case_id = database.write_now(review_cases.open_case, a_case(where), 100)
    before: dict[str, Any] = dict(database.read_now(lambda conn: conn.execute(select(review_case)).one()._mapping))

    def close(conn: Connection) -> None:
        case = review_cases.find(conn, case_id)
        assert case is not None
        review_cases.change(conn, case, {"closed": 120, "closed_by": "berta-id", "finding": "justified"})

    def reopen(conn: Connection) -> None:
        conn.execute(delete(review_case))
        conn.execute(insert(review_case), before)

    database.write_now(close)
    assert database.read_now(review_cases.waiting) == []
    database.write_now(reopen)
    assert database.read_now(review_cases.waiting) == []
    assert [found.table for found in database.read_now(put_back.examine).found] == ["review_case"]


def test_a_case_cannot_be_made_up_in_the_database(database: Database) -> None:
    where = database.write_now(station)
    database.write_now(review_cases.open_case, a_case(where), 100)
    database.write_now(lambda conn: conn.execute(text("UPDATE review_case SET id = 'C-FORGED00'")))
    assert database.read_now(review_cases.every) == []
    assert database.read_now(lambda conn: conn.execute(select(manifest)).all()) != []
