"""The tests' own databases: whoever gets an earlier test's finds nothing of that test, whatever it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.service.store import people
from kiosk.service.store.database import Database
from tests.fakes import emptied, postgres
from tests.fakes.psql import Psql
from tests.fakes.stores import empty_store, guard

pytestmark = pytest.mark.postgres


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.fixture
def server() -> Iterator[postgres.Cluster]:
    """One whose databases nobody else makes and drops."""
    with postgres.cluster() as running:
        yield running


def test_rows_numbers_and_connections_are_gone(server: postgres.Cluster) -> None:
    url = empty_store(server)
    Database(url, guard()).write_now(people.add, "ada", "Ada", 1)
    number = "INSERT INTO station_event (workstation, kind, created) VALUES ('a', 'b', 1) RETURNING id"
    first = server.sql(f"SET session_replication_role = replica; {number}", name_of(url))
    left = Psql(postgres.BINARIES[-1] / "psql", server.port, name_of(url))
    server.drop(url)
    again = empty_store(server)
    assert again == url
    with pytest.raises(RuntimeError):
        left.ask("SELECT 1")
    assert server.sql("SELECT count(*) FROM person", name_of(url)) == "0\n"
    assert server.sql("SELECT count(*) FROM alembic_version", name_of(url)) == "1\n"
    assert server.sql(f"SET session_replication_role = replica; {number}", name_of(url)) == first


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another (a int)",
        "DROP INDEX ix_station_event_created",
        "ALTER TABLE person ADD another int",
        "ALTER TABLE person DISABLE TRIGGER ALL",
        "ALTER TABLE person ALTER name DROP NOT NULL",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE RULE nothing AS ON INSERT TO person DO INSTEAD NOTHING",
        "CREATE SCHEMA another",
        "GRANT SELECT ON person TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC",
        "ANALYZE person",
        "ALTER DATABASE {name} SET work_mem = '1MB'",
        "ALTER DATABASE {name} CONNECTION LIMIT 5",
        "ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        "UPDATE alembic_version SET version_num = 'another'",
        "DELETE FROM alembic_version",
        "INSERT INTO alembic_version VALUES ('another')",
    ],
)
def test_one_in_which_more_than_rows_was_changed_is_not_used_again(
    hospital_cluster: postgres.Cluster, change: str
) -> None:
    url = empty_store(hospital_cluster)
    Database(url, guard()).write_now(people.add, "ada", "Ada", 1)  # or there is nothing to analyse
    where = "postgres" if "{name}" in change else name_of(url)
    hospital_cluster.sql(change.format(name=name_of(url)), where)
    hospital_cluster.drop(url)
    again = empty_store(hospital_cluster)
    assert again != url
    hospital_cluster.drop(again)


def test_after_many_uses_it_is_made_anew(server: postgres.Cluster) -> None:
    seen = []
    for _ in range(emptied.MAX_USES + 1):
        seen.append(empty_store(server))
        server.drop(seen[-1])
    assert set(seen[:-1]) == {seen[0]}
    assert seen[-1] != seen[0]


def test_two_at_once_are_two(server: postgres.Cluster) -> None:
    one, other = empty_store(server), empty_store(server)
    assert one != other
    server.drop(one)
    assert empty_store(server) == one


def test_a_server_that_was_stopped_meanwhile_is_asked_anew(server: postgres.Cluster) -> None:
    url = empty_store(server)
    server.drop(url)
    again = empty_store(server)
    server.stop()
    server.start()
    server.drop(again)
    assert server.sql("SELECT count(*) FROM person", name_of(empty_store(server))) == "0\n"
