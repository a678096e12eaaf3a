"""Lists of persons brought in, and a badge looked up among one and among a million, on both databases."""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from kiosk.service.admin.act import Admin
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.records import importing, people_csv
from kiosk.service.store import badges, people
from kiosk.service.store.database import Database, sqlite_url
from tests.benchmarks.table import Row
from tests.fakes.postgres import cluster
from tests.fakes.stores import guard

PERSONS = 10_000
"""In each of two lists; the second is measured, so that the store is not empty."""
MIN_RATE = 2000.0
BADGES = 1_000_000
LOOK_UPS = 500
FLAT = 1.5
"""So many times as long among a million as among one, at most."""
KEYS = BadgeKeys("1", {"1": b"bench-key" * 4})
NUMBER = bytes.fromhex("04A1B2C3D4E5F6")

# A million badges with the hash of their exact number each, made by the database itself: to enrol them one by one, with
# the hashes of their other forms, would take minutes and change nothing about how one is found.
FILL = {
    "sqlite": (
        "INSERT INTO badge (id, person, created) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < {count}) SELECT 'b' || i, '{person}', 1 FROM n",
        "INSERT INTO badge_form (badge, key_id, form, hmac) SELECT id, '1', 'exact', randomblob(32) FROM badge "
        "WHERE id LIKE 'b%' AND created = 1 ORDER BY rowid",
    ),
    "postgresql": (
        "INSERT INTO badge (id, person, created) SELECT 'b' || i, '{person}', 1 FROM generate_series(1, {count}) i",
        "INSERT INTO badge_form (badge, key_id, form, hmac) SELECT 'b' || i, '1', 'exact', sha256(i::text::bytea) "
        "FROM generate_series(1, {count}) i",
        "ANALYZE badge, badge_form",
    ),
}


def measure(work: Path) -> Iterator[Row]:
    yield from rows("SQLite", work, sqlite_url(work / "lists.db"), sqlite_url(work / "badges.db"))
    with cluster(durable=True) as postgres:
        yield from rows("PostgreSQL", work, postgres.fresh(), postgres.fresh())


def rows(kind: str, work: Path, lists: str, many: str) -> Iterator[Row]:
    rate = import_rate(work, lists)
    name = f"CSV import into a store of {PERSONS}, persons a second, {kind}"
    yield Row(name, rate, "1/s", None, f"≥ {MIN_RATE:g} 1/s", rate >= MIN_RATE)
    one, million = look_ups(many)
    target = f"flat: ≤ {FLAT:g}× as among 1"
    yield Row(f"lookup of a badge among {BADGES}, {kind}", million, "µs", one, target, million <= FLAT * one)


def import_rate(work: Path, url: str) -> float:
    """Reading, checking and writing, all durable, as the command does."""
    database = Database(url, guard())
    database.migrate_now()
    taken = 0.0
    for letter in "pq":
        path = work / f"{letter}.csv"
        path.write_bytes(a_list(letter))
        begun = time.monotonic()
        read = people_csv.read(path.read_bytes())
        checked = database.read_now(importing.check, KEYS, read)
        done = database.write_now(importing.run, Admin("bench", 0, 1), KEYS, read, path.name, checked)
        taken = time.monotonic() - begun
        if (done.persons, done.badges) != (PERSONS, PERSONS):
            raise RuntimeError(f"only {done} came in")
    database.close_now()
    return PERSONS / taken


def a_list(letter: str) -> bytes:
    """A CSV of so many persons with two roles and a badge of seven bytes each."""
    lines = ["login,name,roles,uid,place"]
    for number in range(PERSONS):
        uid = "04" + hashlib.sha256(f"{letter}{number}".encode()).hexdigest()[:12]
        lines.append(f"{letter}{number},Person Number {number},nurse;ward-{number % 30},{uid},Ward {number % 30}")
    return "\n".join(lines).encode()


def look_ups(url: str) -> tuple[float, float]:
    """Median microseconds of one lookup, among one badge and among a million."""
    database = Database(url, guard())
    database.migrate_now()
    person = database.write_now(people.add, "ada", "Ada", 2)
    made = database.write_now(badges.add, KEYS, person, NUMBER, 2)
    one = database.read_now(look_up, made)

    def fill(conn: Connection) -> None:
        for statement in FILL[database.kind]:
            conn.exec_driver_sql(statement.format(person=person, count=BADGES))

    database.write_now(fill)
    million = database.read_now(look_up, made)
    database.close_now()
    return one, million


def look_up(conn: Connection, made: str) -> float:
    taken = []
    for _ in range(LOOK_UPS):
        begun = time.perf_counter()
        owner = badges.owner(conn, KEYS, NUMBER)
        taken.append(time.perf_counter() - begun)
        if owner is None or owner[0] != made:
            raise RuntimeError("the badge was not found")
    return statistics.median(taken) * 1e6
