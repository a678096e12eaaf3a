"""The store's door: transactions, named errors, waking."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text, update

from kiosk.service.store import integrity, people, workstations
from kiosk.service.store.database import Database, sqlite_url
from kiosk.service.store.errors import (
    StoreBusyError,
    StoreConflictError,
    StoreDownError,
    StoreFullError,
    StoreStandbyError,
)
from kiosk.service.store.schema import METADATA, person, station_throttle, workstation
from kiosk.service.store.sqlite import CACHE_KIB, LIST_CACHE_KIB, roomy
from tests.fakes.stores import guard


def add_station(conn: Connection, name: str = "ward-3") -> str:
    made = workstations.announce(conn, name, "Ward 3", "secret-of-" + name, 1, exempt=False)
    integrity.change(conn, workstation, workstation.c.id == made, {"state": "enrolled"})
    return made


def ring(conn: Connection) -> None:
    workstations.tell_settings(conn, 2)


def test_the_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    options = {"compare_type": True, "compare_server_default": True}

    def difference(conn: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(conn, opts=options), METADATA))

    assert database.read_now(difference) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate_now()
    database.migrate_now()


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    database.write_now(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(StoreDownError, match="newer version"):
        database.migrate_now()


async def test_what_a_failing_function_wrote_is_taken_back(database: Database) -> None:
    def write_and_fail(conn: Connection) -> None:
        people.add(conn, "ada", "Ada", 1)
        raise LookupError("after the write")

    with pytest.raises(LookupError):
        await database.write(write_and_fail)
    assert await database.read(people.everybody) == []
    await database.close()


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(StoreDownError):
        await database.read(people.add, "ada", "Ada", 1)
    assert await database.read(people.everybody) == []
    await database.close()


def test_a_broken_rule_is_named_without_the_values(database: Database) -> None:
    database.write_now(people.add, "ada", "Ada", 1)
    with pytest.raises(StoreConflictError) as caught:
        database.write_now(people.add, "ada", "Other", 1)
    assert "login" in caught.value.rule
    assert caught.value.__cause__ is None
    assert "Other" not in str(caught.value)


async def test_an_event_of_this_process_wakes_whoever_waits(database: Database) -> None:
    await database.write(add_station)
    waiting = asyncio.create_task(database.event_after(0, 30))
    await asyncio.sleep(0.05)  # it waits by then; where not yet, it finds what came before
    assert not waiting.done()
    await database.write(ring)
    assert await waiting
    await database.close()


async def test_an_event_of_another_process_wakes_whoever_waits(database: Database) -> None:
    await database.write(add_station)
    waiting = asyncio.create_task(database.event_after(0, 30))
    await asyncio.sleep(0.05)  # it waits by then; where not yet, it finds what came before
    program = (
        "import sys\nfrom kiosk.service.store.database import Database\nfrom kiosk.service.store import workstations\n"
        "from tests.fakes.stores import guard\n"
        "db = Database(sys.argv[1], guard()); db.write_now(workstations.tell_settings, 2); db.close_now()"
    )
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", program, database.url)
    assert await waiting
    assert await other.wait() == 0
    await database.close()


async def test_an_event_from_before_is_not_missed_and_an_old_one_does_not_wake(database: Database) -> None:
    await database.write(add_station)
    await database.write(ring)
    assert await database.event_after(0, 30)
    assert not await database.event_after(1, 0.3)
    await database.close()


async def test_a_commit_without_event_wakes_nobody(database: Database) -> None:
    waiting = asyncio.create_task(database.event_after(0, 0.4))
    await asyncio.sleep(0.05)  # it waits by then; where not yet, it finds what came before
    await database.write(people.add, "ada", "Ada", 1)
    assert not await waiting
    await database.close()


async def test_waiting_survives_the_end_of_its_connection(postgres: Database) -> None:
    await postgres.write(add_station)
    waiting = asyncio.create_task(postgres.event_after(0, 30))
    others = text("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name='kiosk-events'")
    for _ in range(200):
        if await postgres.write(lambda conn: conn.execute(others).scalar_one()):
            break
        await asyncio.sleep(0.02)  # asked again
    else:
        pytest.fail("nobody listened")
    await postgres.write(ring)
    assert await waiting
    await postgres.close()


async def test_those_who_read_and_then_write_at_once_all_count(database: Database) -> None:
    station = await database.write(add_station)
    row = {"workstation": station, "count": 0, "last": 0, "until": 0}
    await database.write(lambda conn: conn.execute(insert(station_throttle).values(row)))

    def count_up(conn: Connection) -> None:
        now = conn.execute(select(station_throttle.c.count).with_for_update()).scalar_one()
        conn.execute(update(station_throttle).values(count=now + 1))

    await asyncio.gather(*(database.write(count_up) for _ in range(6)))
    assert await database.read(lambda conn: conn.execute(select(station_throttle.c.count)).scalar_one()) == 6
    await database.close()


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ("53100", StoreFullError),
        ("25006", StoreStandbyError),
        ("57P03", StoreDownError),
        ("40001", StoreBusyError),
        ("08006", StoreDownError),
    ],
)
def test_what_postgresql_says_has_a_name(postgres: Database, state: str, named: type[StoreDownError]) -> None:
    raising = text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(StoreDownError) as caught:
        postgres.write_now(lambda conn: conn.execute(raising))
    assert type(caught.value) is named


def test_a_server_that_is_not_there_is_down() -> None:
    with pytest.raises(StoreDownError, match="does not answer"):
        Database("postgresql://kiosk@127.0.0.1:1/none", guard()).read_now(people.everybody)


@pytest.mark.parametrize("url", ["", "mysql://x/y", "nonsense"])
def test_only_two_kinds_of_database_are_known(url: str) -> None:
    with pytest.raises(StoreDownError, match="sqlite"):
        Database(url, guard())


def test_sqlite_keeps_few_pages_but_while_a_list_comes_in(sqlite: Database) -> None:
    def pages(conn: Connection) -> int:
        return int(conn.execute(text("PRAGMA cache_size")).scalar_one())

    def roomy_pages(conn: Connection) -> int:
        with roomy(conn):
            return pages(conn)

    assert sqlite.write_now(pages) == sqlite.read_now(pages) == -CACHE_KIB
    assert sqlite.write_now(roomy_pages) == -LIST_CACHE_KIB
    assert sqlite.write_now(pages) == -CACHE_KIB


def test_a_full_sqlite_file_says_so_and_keeps_what_was_there(sqlite: Database) -> None:
    sqlite.write_now(people.add, "ada", "Ada", 1)

    def fill(conn: Connection) -> None:
        pages = conn.execute(text("PRAGMA page_count")).scalar_one()
        conn.execute(text(f"PRAGMA max_page_count={pages}"))
        for number in range(10_000):
            people.add(conn, f"p{number}", "x" * 1000, 1)

    with pytest.raises(StoreFullError, match="disk"):
        sqlite.write_now(fill)
    assert [person.login for person in sqlite.read_now(people.everybody)] == ["ada"]


SMALL_DISK = """
import subprocess, sys
from pathlib import Path
from kiosk.cli import doctor_central
from kiosk.service.store import people
from kiosk.service.store.database import Database, sqlite_url
from kiosk.service.store.errors import StoreError
from tests.fakes.stores import guard
disk, case = Path(sys.argv[1]), sys.argv[2]
db = Database(sqlite_url(disk / "kiosk.db"), guard())
db.migrate_now()
if "anew" in case or "read-only" in case:
    db.close_now()
if "full" in case:
    with (disk / "fill").open("wb", 0) as fill:
        try:
            while fill.write(bytes(4096)):
                pass
        except OSError:
            pass
if "read-only" in case:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
written = 0
try:
    for written in range(10_000):
        db.write_now(people.add, f"p{written}", "x" * 2000, 1)
except StoreError as error:
    print(type(error).__name__, error)
if "stays" in case:
    assert len(db.read_now(people.everybody)) == written
class Folder:
    def database(self):
        return Database(db.url, guard())
check = doctor_central._database(Folder())
print(check.ok, check.detail)
"""


@pytest.mark.parametrize(
    ("case", "error", "said"),
    [
        ("fills up, and stays", "StoreFullError", "disk"),
        ("is full, and stays", "StoreFullError", "disk"),
        ("is full, opened anew", "StoreFullError", "disk"),
        ("is read-only", "StoreReadOnlyError", "mounted read-only"),
    ],
)
def test_a_disk_that_really_takes_no_more_says_so(case: str, error: str, said: str) -> None:
    """A 2 MB file system of its own, in a mount namespace that ends with the process; and what ``doctor`` says."""
    script = 'd=$(mktemp -d) && mount -t tmpfs -o size=2m kiosk-test "$d" && exec "$0" -c "$1" "$d" "$2"'
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        ["unshare", "--mount", *user, "sh", "-c", script, sys.executable, SMALL_DISK, case],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    store, doctor = done.stdout.splitlines()
    assert store.startswith(f"{error} The ")
    assert said in store
    assert doctor.startswith("False ")
    assert "disk" in doctor


def test_a_file_that_is_no_database_is_down(tmp_path: Path) -> None:
    (tmp_path / "kiosk.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreDownError, match=r"damaged.*SQLITE_NOTADB"):
        Database(sqlite_url(tmp_path / "kiosk.db"), guard()).read_now(lambda conn: conn.execute(select(person)).all())


def test_a_file_held_by_another_is_said_before_a_workstation_stops_waiting(tmp_path: Path) -> None:
    """What the limits are, not how long it took: the service's own reason must come first."""
    from kiosk.client.tries import CONNECT_SECONDS, READ_SECONDS
    from kiosk.service.store.sqlite import SERVING_MS

    assert min(CONNECT_SECONDS, READ_SECONDS) - 1 >= SERVING_MS / 1000
