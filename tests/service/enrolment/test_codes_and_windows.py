"""Start codes, recovery codes, windows, news and guesses as stored, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select, text

from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import enrol_windows, factors, guesses, news, people, recovery_codes, start_codes, workstations
from kiosk.service.store.database import Database
from kiosk.service.store.schema import recovery_code, session, start_code

KEYS = BadgeKeys("2", {"1": b"1" * 32, "2": b"2" * 32})
OLD = BadgeKeys("1", {"1": b"1" * 32})


@pytest.fixture
def ada(database: Database) -> str:
    return database.write_now(people.add, "ada", "Ada", 1)


def issue(database: Database, person: str, now: int = 100, keys: BadgeKeys = KEYS) -> str:
    return database.write_now(start_codes.issue, keys, person, "the help desk", "first day", now)


def use(database: Database, typed: str, now: int) -> str | None:
    used = database.write_now(start_codes.use, KEYS, typed, now)
    return None if used is None else used.person


def test_a_start_code_says_once_and_in_time_who_it_is(database: Database, ada: str) -> None:
    code = issue(database, ada)
    assert len(code) == 12
    assert code.isdigit()
    assert use(database, code, 100 + 900) is None
    assert use(database, f"{code[:4]} {code[4:8]}-{code[8:]}", 999) == ada
    assert use(database, code, 999) is None


def test_a_new_start_code_voids_the_one_before(database: Database, ada: str) -> None:
    first, second = issue(database, ada), issue(database, ada)
    assert use(database, first, 101) is None
    assert use(database, second, 101) == ada


def test_a_start_code_of_an_older_key_still_counts_and_is_not_stored(database: Database, ada: str) -> None:
    code = issue(database, ada, keys=OLD)
    rows = database.read_now(lambda conn: conn.execute(select(start_code)).all())
    assert code not in str(rows)
    assert use(database, code, 101) == ada


@pytest.mark.parametrize("typed", ["", "12345678901", "1234567890123", "12345678901a", "٠" * 12, "000000000000"])
def test_what_is_no_start_code_is_nobody(database: Database, ada: str, typed: str) -> None:
    issue(database, ada)
    assert use(database, typed, 101) is None


def test_a_withdrawn_start_code_is_void(database: Database, ada: str) -> None:
    code = issue(database, ada)
    assert database.write_now(start_codes.withdraw, ada, 101)
    assert not database.write_now(start_codes.withdraw, ada, 101)
    assert use(database, code, 102) is None


def give(database: Database, person: str, now: int = 100) -> tuple[str, ...]:
    codes = recovery_codes.fresh()
    database.write_now(recovery_codes.issue, KEYS, person, codes, now)
    return codes


def ask(database: Database, person: str, now: int = 101) -> int | None:
    return database.read_now(recovery_codes.ask, person, now)


def asked(database: Database, person: str) -> int:
    """The number of the code that is asked for now."""
    number = ask(database, person)
    assert number is not None
    return number


def try_code(database: Database, person: str, number: int, typed: str, now: int = 101) -> bool:
    return database.write_now(recovery_codes.use, KEYS, person, number, typed, now)


def test_recovery_codes_are_ten_of_twenty_digits_and_all_differ() -> None:
    codes = recovery_codes.fresh()
    assert len(set(codes)) == 10
    assert all(len(code) == 20 and code.isdigit() for code in codes)


def test_a_recovery_code_counts_once_and_only_the_one_asked_for(database: Database, ada: str) -> None:
    codes = give(database, ada)
    number = asked(database, ada)
    right, other = codes[number - 1], number % 10 + 1
    assert not try_code(database, ada, other, codes[other - 1])
    assert not try_code(database, ada, number, codes[other - 1])
    assert asked(database, ada) == number
    assert try_code(database, ada, number, " ".join((right[:10], right[10:])))
    assert not try_code(database, ada, number, right)
    assert asked(database, ada) != number
    assert database.read_now(recovery_codes.left, ada, 101) == 9


def test_recovery_codes_end_ninety_days_after_issue_or_last_use(database: Database, ada: str) -> None:
    codes = give(database, ada)
    end = 100 + 90 * 86_400
    number = asked(database, ada)
    assert ask(database, ada, end - 1) == number
    assert ask(database, ada, end) is None
    assert not try_code(database, ada, number, codes[number - 1], end)
    assert try_code(database, ada, number, codes[number - 1], end - 1)
    assert ask(database, ada, end - 2 + 90 * 86_400) not in (None, number)
    assert database.read_now(recovery_codes.left, ada, end - 1 + 90 * 86_400) == 0


def test_a_new_set_takes_the_place_of_the_old_one(database: Database, ada: str) -> None:
    old, new = give(database, ada), give(database, ada)
    number = asked(database, ada)
    assert not try_code(database, ada, number, old[number - 1])
    assert try_code(database, ada, number, new[number - 1])


def test_recovery_codes_are_a_factor_that_is_suspended_and_taken_away(database: Database, ada: str) -> None:
    codes = give(database, ada)
    number = asked(database, ada)
    [factor] = database.read_now(factors.of_person, ada)
    assert (factor.mark, factor.short, factor.until) == ("recovery", "recovery", 100 + 90 * 86_400)
    database.write_now(factors.suspend, "recovery", ada, "lost", 101)
    assert ask(database, ada) is None
    assert not try_code(database, ada, number, codes[number - 1])
    database.write_now(factors.resume, "recovery", ada)
    assert ask(database, ada) == number
    database.write_now(factors.revoke, "recovery", ada, 102)
    assert database.read_now(factors.of_person, ada) == []
    assert database.read_now(lambda conn: conn.execute(select(recovery_code)).all()) == []


def test_no_recovery_code_is_stored(database: Database, ada: str) -> None:
    codes = give(database, ada)
    rows = str(database.read_now(lambda conn: conn.execute(select(recovery_code)).all()))
    assert not any(code in rows for code in codes)


def test_a_window_is_open_where_when_and_for_what_it_was_opened(database: Database) -> None:
    station = database.write_now(workstations.announce, "w", "Ward 3", "secret", 1, exempt=False)

    def is_open(kind: str = "badge", now: int = 150, place: str = "Ward 3", at: str = station) -> bool:
        return database.read_now(enrol_windows.is_open, at, place, kind, now)

    assert not is_open()
    here = database.write_now(enrol_windows.open, ["badge"], "boss", 200, 100, workstation=station)
    assert is_open()
    assert not is_open("pin")
    assert not is_open(now=200)
    assert not is_open(at="other")
    assert database.write_now(enrol_windows.close, here, 150)
    assert not database.write_now(enrol_windows.close, here, 150)
    assert not is_open()
    database.write_now(enrol_windows.open, ["badge", "pin"], "boss", 200, 100, place="Ward 3")
    assert is_open("pin", at="other")
    assert not is_open(place="Ward 4")
    [one] = database.read_now(enrol_windows.all_open, 150)
    assert (one.place, one.kinds, one.opened_by, one.until) == ("Ward 3", ("badge", "pin"), "boss", 200)


def test_news_is_told_once_and_only_to_one_who_came_before(database: Database, ada: str) -> None:
    def came(conn: Connection) -> None:
        station = workstations.announce(conn, "w", "Ward 3", "secret", 1, exempt=False)
        row = {"id": "s", "person": ada, "workstation": station, "state": "ended", "acr": "", "amr": "[]"}
        conn.execute(session.insert().values(**row, auth_time=1, opened=1))

    database.write_now(news.add, ada, "added", 1)
    assert database.write_now(news.take, ada) == ()
    database.write_now(came)
    for what in ("added", "lost", "added"):
        database.write_now(news.add, ada, what, 2)
    assert database.write_now(news.take, ada) == ("lost", "added")
    assert database.write_now(news.take, ada) == ()


def test_wrong_tries_everywhere_together_are_slowed(database: Database) -> None:
    def wait(now: int) -> int:
        return database.read_now(lambda conn: guesses.wait_left(conn, "start", now, most=3, within=60))

    def wrong(now: int) -> None:
        database.write_now(lambda conn: guesses.add(conn, "start", now, within=60))

    for now in (100, 110):
        wrong(now)
    assert wait(111) == 0
    wrong(120)
    assert wait(121) == 39
    assert wait(160) == 0
    wrong(170)
    assert wait(171) == 0
    assert database.read_now(lambda conn: conn.execute(text("SELECT count FROM guesses")).scalar()) == 1
