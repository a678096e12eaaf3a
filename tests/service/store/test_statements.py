"""Statements are compiled once for every handle on a kind of database, and kept without what they were run with."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.service.store import statements
from kiosk.service.store.database import Database
from kiosk.service.store.schema import person
from kiosk.service.store.statements import Statements


def test_another_handle_compiles_nothing_that_one_has_compiled(database: Database) -> None:
    kept = statements.SQLITE if database.kind == "sqlite" else statements.POSTGRESQL
    by_login = select(person.c.name).where(person.c.login == "nobody of that name")
    assert database.read_now(lambda conn: conn.execute(by_login).all()) == []
    before = dict(kept)
    other = database.beside()
    asked = select(person.c.name).where(person.c.login == "somebody else")
    assert other.read_now(lambda conn: conn.execute(asked).all()) == []
    other.close_now()
    assert dict(kept) == before
    assert not [key for key in kept if "nobody of that name" in str(key)]


def test_those_of_long_ago_are_forgotten() -> None:
    kept = Statements(4)
    compiled = select(person.c.name).compile()
    for number in range(100):
        kept[number,] = compiled
    assert 4 <= len(kept) <= 6
    assert kept.get((99,)) is compiled
    assert (0,) not in kept
