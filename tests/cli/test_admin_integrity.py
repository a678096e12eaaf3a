"""``kiosk admin integrity``: rows that somebody else wrote are named, and believed only after somebody looked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]
TABLES = {"person": "id", "manifest": "subject", "badge": "person"}


@contextmanager
def sql(desk: AdminDesk) -> Iterator[sqlite3.Connection]:
    """Somebody who can write to the database, and has no key."""
    with closing(sqlite3.connect(desk.data / "kiosk.db")) as conn:
        conn.row_factory = sqlite3.Row
        yield conn
        conn.commit()


@pytest.fixture
def ada(desk: AdminDesk) -> str:
    """A person with a badge; their id."""
    desk.admin("person", "add", "ada", "--name", "Ada", "--role", "nurse")
    desk.admin("badge", "add", "ada", "--uid", "04A1B2C3")
    with sql(desk) as conn:
        return str(conn.execute("SELECT id FROM person").fetchone()[0])


def accepted(desk: AdminDesk, table: str, key: str) -> None:
    """``accept`` says so, the trail does, and nothing is in doubt any more."""
    said = desk.admin("integrity", "accept", "--reason", "Seen at their desk", "--", table, key)
    assert said == f"{table} {key} is believed from now on.\n"
    assert desk.admin("integrity", "check").startswith("Every row is as the service wrote it: ")
    last = [row for row in desk.rows() if row["action"] == "admin"][-1]["detail"]
    assert (last["act"], last["table"], last["key"]) == ("integrity.accept", table, key)
    assert last["reason"] == "Seen at their desk"


def test_a_row_that_sql_changed(desk: AdminDesk, ada: str) -> None:
    with sql(desk) as conn:
        conn.execute("UPDATE person SET name = 'Eve'")
    said = desk.admin("integrity", "check", status=1)
    assert f"person {ada}: was not written by the service" in desk.out
    assert "1 of " in said
    assert "accept --reason TEXT -- TABLE KEY" in said
    accepted(desk, "person", ada)
    assert "Eve" in desk.admin("person", "list")


def test_a_role_that_sql_gave_and_one_that_it_took(desk: AdminDesk, ada: str) -> None:
    with sql(desk) as conn:
        conn.execute("INSERT INTO person_role (person, role) VALUES (?, 'administrator')", (ada,))
    desk.admin("integrity", "check", status=1)
    accepted(desk, "person_role", f"{ada}/administrator")
    with sql(desk) as conn:
        conn.execute("DELETE FROM person_role WHERE role = 'nurse'")
    desk.admin("integrity", "check", status=1)
    accepted(desk, "manifest", f"{ada}/role:nurse")


def test_a_badge_that_was_taken_away(desk: AdminDesk, ada: str) -> None:
    with sql(desk) as conn:
        name = ":".join(("badge", str(conn.execute("SELECT id FROM badge").fetchone()[0])))
        conn.execute("DELETE FROM badge")
    desk.admin("integrity", "check", status=1)
    assert f"manifest {ada}/{name}: lists a row that has been taken away" in desk.out
    accepted(desk, "manifest", f"{ada}/{name}")


def test_a_list_that_sql_changed_and_one_that_is_gone(desk: AdminDesk, ada: str) -> None:
    with sql(desk) as conn:
        conn.execute("UPDATE manifest SET body = replace(body, 'nurse', 'admin') WHERE subject = ?", (ada,))
    desk.admin("integrity", "check", status=1)
    accepted(desk, "manifest", ada)
    assert "nurse" in desk.admin("person", "show", "ada")


def test_a_whole_person_put_back(desk: AdminDesk, ada: str) -> None:
    """Their badge was withdrawn; all their rows of before are put back, each with its right code."""
    with sql(desk) as conn:
        kept = {
            table: [tuple(row) for row in conn.execute(f"SELECT * FROM {table} WHERE {key} = ?", (ada,))]  # noqa: S608
            for table, key in TABLES.items()
        }
    desk.admin("badge", "revoke", "ada")
    with sql(desk) as conn:
        for table, rows in kept.items():
            conn.execute(f"DELETE FROM {table} WHERE {TABLES[table]} = ?", (ada,))  # noqa: S608
            for row in rows:
                conn.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
    desk.admin("integrity", "check", status=1)
    assert f"manifest {ada}: was put back to an earlier state" in desk.out
    assert desk.run("audit", "verify", "--data", str(desk.data)) == 1
    assert f"manifest {ada}: was put back" in desk.out
    assert desk.run("doctor", "--data", str(desk.data)) == 1
    assert "was put back to an earlier state" in desk.out
    accepted(desk, "manifest", ada)


@pytest.mark.parametrize("key", ["nobody", "nobody/x"])
def test_what_is_right_or_not_there_is_not_accepted(desk: AdminDesk, ada: str, key: str) -> None:
    for wanted in (key, ada):
        said = desk.admin("integrity", "accept", "--reason", "Because", "--", "person", wanted, status=1)
        assert said == f"kiosk: No row person {wanted} is in doubt. See those that are: kiosk admin integrity check\n"


def test_a_reason_is_given_in_words(desk: AdminDesk, ada: str) -> None:
    with sql(desk) as conn:
        conn.execute("UPDATE person SET name = 'Eve'")
    said = desk.admin("integrity", "accept", "--reason", "  ", "--", "person", ada, status=1)
    assert said == "kiosk: Say why, in words.\n"
    assert "person" in desk.admin("integrity", "check", status=1) + desk.out
    with pytest.raises(SystemExit):
        desk.admin("integrity", "accept", "--", "person", ada)
