"""What was done to a person's factors since they last signed in: told once, at their next sign-in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, delete, insert, literal, select, union_all

from kiosk.service.store import risk_rows
from kiosk.service.store.schema import factor_news, person_language, session
from kiosk.service.store.unit import unit_of

What = Literal["added", "lost", "reset"]
Told = Literal["added", "lost", "reset", "text_owed"]
OWES: Final = "text_owed"
"""Told at each sign-in until it is settled: a text about an emergency access (``owe``)."""
ORDER: tuple[What, ...] = ("reset", "lost", "added")
# Built once: every sign-in asks this, and to build a statement takes longer than to run it.
_OF = select(factor_news.c.what).where(factor_news.c.person == bindparam("wanted"))
_SPEAKS = literal("speaks ")
_AND_LANGUAGE = union_all(
    _OF, select(_SPEAKS + person_language.c.language).where(person_language.c.person == bindparam("wanted"))
)
"""In one question, with what is told: a sign-in waits for each."""
QUESTION = _AND_LANGUAGE.subquery("asked")
_CAME = select(session.c.id).where(session.c.person == bindparam("wanted")).limit(1)


def add(conn: Connection, person: str, what: What, now: int) -> None:
    """It was done to ``person``. Nothing is kept for one who never signed in: to them nothing of it is news."""
    told = set(conn.execute(_OF, {"wanted": person}).scalars())
    if not conn.execute(_CAME, {"wanted": person}).first():
        return
    risk_rows.note(conn, person, what, now)
    if what not in told:
        conn.execute(insert(factor_news).values(person=person, what=what, at=now))


def take(conn: Connection, person: str) -> tuple[Told, ...]:
    """What is to be told to ``person`` now; it is told once."""
    return greet(conn, person)[0]


def greet(conn: Connection, person: str) -> tuple[tuple[Told, ...], str]:
    """What is to be told to ``person`` now, once; and the language in which they read, empty if they never chose."""
    unit = unit_of(conn)
    kept = None if unit is None else unit.kept.pop(("news", person), None)
    told = set(conn.execute(_AND_LANGUAGE, {"wanted": person}).scalars()) if kept is None else kept
    language = next((word.removeprefix("speaks ") for word in told if word.startswith("speaks ")), "")
    if told & set(ORDER):
        conn.execute(delete(factor_news).where(factor_news.c.person == person, factor_news.c.what.in_(ORDER)))
    said: tuple[Told, ...] = (*ORDER, OWES)
    return tuple(what for what in said if what in told), language


def owe(conn: Connection, person: str, now: int) -> None:
    """They owe a text about an emergency access."""
    if OWES not in set(conn.execute(_OF, {"wanted": person}).scalars()):
        conn.execute(insert(factor_news).values(person=person, what=OWES, at=now))


def settle(conn: Connection, person: str) -> None:
    """They owe none any more."""
    conn.execute(delete(factor_news).where(factor_news.c.person == person, factor_news.c.what == OWES))


def keep(conn: Connection, person: str, told: Iterable[str]) -> None:
    """Another query has asked ``QUESTION`` along, after the person was locked."""
    unit = unit_of(conn)
    if unit is not None:
        unit.kept["news", person] = set(told)


def speaks(conn: Connection, person: str, language: str) -> None:
    """``person`` wants to read the screens in ``language`` from now on."""
    conn.execute(delete(person_language).where(person_language.c.person == person))
    conn.execute(insert(person_language).values(person=person, language=language))
