"""Several servers of one database: the one that writes is found, again after it has changed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from kiosk.cli.doctor_central import _reached
from kiosk.service.store import people
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreDownError, StoreReadOnlyError
from kiosk.service.store.postgres_connect import Connector
from kiosk.service.store.postgres_url import where
from tests.fakes import postgres
from tests.fakes.process_table import until
from tests.fakes.stores import guard
from tests.service.store.test_database import add_station, ring

pytestmark = pytest.mark.postgres


class Pair:
    """Two servers, of which the second follows the first."""

    def __init__(self, primary: postgres.Cluster) -> None:
        self.primary = primary
        self.name = primary.fresh().rpartition("/")[2]
        self.standby = primary.standby()

    def url(self, *servers: postgres.Cluster) -> str:
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
        return f"postgresql://kiosk@{hosts}/{self.name}"


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Cluster]:
    with postgres.cluster() as running:
        yield running


@pytest.fixture
def pair() -> Iterator[Pair]:
    with postgres.cluster() as primary:
        made = Pair(primary)
        try:
            yield made
        finally:
            with suppress(RuntimeError):
                made.standby.stop()


def _read_only(server: postgres.Cluster, value: str) -> None:
    """Once this returns it holds for every connection: who connects later was let in after all others had been told."""
    server.sql(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
    server.sql("SELECT pg_reload_conf()")
    _until(server, f"SELECT current_setting('default_transaction_read_only') = '{value}'", "postgres")


def _until(server: postgres.Cluster, question: str, name: str) -> None:
    """Wait until ``question`` is true in the database ``name``."""
    until(question, lambda: server.sql(question, name).strip() == "t", 60)


async def _logins(db: Database) -> list[str]:
    return sorted(person.login for person in await db.read(people.everybody))


async def _until_taken(db: Database, login: str) -> None:
    """A service's next requests, until one is taken: a server may just be stopping."""
    async with asyncio.timeout(60):
        while True:
            try:
                await db.write(people.add, login, login, 1)
                return
            except StoreDownError:
                await asyncio.sleep(0.05)  # asked again, as a service's next request is


async def test_the_primary_is_found_and_found_again_once_a_standby_is_promoted(pair: Pair) -> None:
    old, new = pair.primary, pair.standby
    db = Database(pair.url(new, old), guard())  # the standby is named first
    await asyncio.to_thread(Database(pair.url(old), guard()).migrate_now)
    for login in ("ada", "ben"):
        await db.write(people.add, login, login, 1)
    assert await _logins(db) == ["ada", "ben"]

    # Only the standby is left: it says so, in words, until it is promoted.
    await asyncio.to_thread(_until, new, "SELECT count(*) = 2 FROM person", pair.name)
    only = Database(pair.url(new), guard())
    assert await _logins(only) == ["ada", "ben"]
    with pytest.raises(StoreReadOnlyError, match="standby"):
        await only.write(people.add, "cleo", "cleo", 1)
    await only.close()
    found = [await asyncio.to_thread(_reached, pair.url(new, old))]
    old.stop()
    found.append(await asyncio.to_thread(_reached, pair.url(new, old)))
    assert [check.ok for check in found] == [True, False]
    assert f"127.0.0.1:{old.port}: " in found[1].detail
    assert str(new.port) not in found[1].detail
    with pytest.raises(StoreDownError):
        await db.write(people.add, "cleo", "cleo", 1)
    with pytest.raises(StoreReadOnlyError, match="Promote one"):
        await db.write(people.add, "cleo", "cleo", 1)
    new.promote()
    await _until_taken(db, "dora")
    assert await _logins(db) == ["ada", "ben", "dora"]

    # Demoted while its connections stay open: the next change is taken elsewhere at once, and so is what is read.
    await asyncio.gather(*(db.read(people.count) for _ in range(6)))
    await asyncio.to_thread(old.start)
    _read_only(new, "on")
    await db.write(people.add, "eve", "eve", 1)
    assert await _logins(db) == ["ada", "ben", "eve"]
    await asyncio.gather(*(db.write(people.add, f"p{n}", "p", 1) for n in range(6)))
    await db.close()


async def test_a_connection_in_use_while_its_pool_is_dropped_is_closed_after_it(
    server: postgres.Cluster,
) -> None:
    """Else each such moment leaves up to sixteen open at the server, until Python happens to look for garbage."""
    url = server.fresh()
    db = Database(url, guard())
    await asyncio.to_thread(Database(url, guard()).migrate_now)
    store = db._postgres
    assert store is not None
    running, name = asyncio.Event(), url.rpartition("/")[2]
    loop = asyncio.get_running_loop()

    def slow(conn: Connection) -> int:
        loop.call_soon(running.set)
        return int(conn.execute(text("SELECT pg_backend_pid() FROM pg_sleep(0.5)")).scalar_one())

    acts = [asyncio.create_task(db.write(slow)) for _ in range(3)]
    await running.wait()
    await store._renew(store._pools)
    backends = await asyncio.gather(*acts)
    gone = f"SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = ANY(ARRAY{backends})"  # noqa: S608 # numbers
    await asyncio.to_thread(_until, server, gone, name)
    await db.close()


async def test_whoever_waits_for_events_hears_of_them_from_the_new_primary(pair: Pair) -> None:
    old, new = pair.primary, pair.standby
    db = Database(pair.url(old, new), guard())
    await asyncio.to_thread(db.migrate_now)
    await db.write(add_station)
    await db.write(ring)
    await asyncio.to_thread(_until, new, "SELECT count(*) = 1 FROM station_event", pair.name)
    waiting = asyncio.create_task(db.event_after(1, 60))
    listens = "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name='kiosk-events'"
    await asyncio.to_thread(_until, old, listens, pair.name)
    old.stop()
    new.promote()
    async with asyncio.timeout(60):
        while True:
            try:
                await db.write(ring)
                break
            except StoreDownError:
                await asyncio.sleep(0.05)  # asked again, as a service's next request is
    assert await waiting
    await db.close()


async def test_one_address_whose_server_cannot_write_for_a_while_heals_by_itself(server: postgres.Cluster) -> None:
    db = Database(server.fresh(), guard())
    await asyncio.to_thread(db.migrate_now)
    await asyncio.gather(*(db.read(people.count) for _ in range(6)))
    _read_only(server, "on")
    try:
        for _ in range(3):
            with pytest.raises(StoreReadOnlyError, match="standby"):
                await db.write(people.add, "ada", "ada", 1)
            assert await _logins(db) == []
    finally:
        _read_only(server, "off")
    await _until_taken(db, "ada")
    await db.close()


async def test_a_server_that_is_stopped_and_started_again_needs_no_restart_of_ours(server: postgres.Cluster) -> None:
    db = Database(server.fresh(), guard())
    await asyncio.to_thread(db.migrate_now)
    await asyncio.gather(*(db.read(people.count) for _ in range(6)))
    server.stop()
    with pytest.raises(StoreDownError, match="does not answer"):
        await db.read(people.count)
    await asyncio.to_thread(server.start)
    assert await db.read(people.count) == 0
    await db.write(people.add, "ada", "ada", 1)
    await db.close()


async def test_a_server_that_is_silent_does_not_keep_the_others_waiting(server: postgres.Cluster) -> None:
    """Its limit is its own, and it is asked last from then on, even where nobody has waited for its limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        name = server.fresh().rpartition("/")[2]
        many = f"postgresql://kiosk@127.0.0.1:{port},127.0.0.1:{server.port}/{name}"
        connector = Connector(where(f"{many}?connect_timeout=1"), "kiosk")
        await (await connector.connect()).close()
        assert [host.port for host in connector._hosts] == [server.port, port]
        slow = Connector(where(f"{many}?connect_timeout=600"), "kiosk")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await slow.connect()
        await (await slow.connect()).close()


async def test_a_server_that_says_nothing_any_more_is_given_up_and_comes_back(server: postgres.Cluster) -> None:
    """Stopped in the middle, as by a machine that hangs: its kernel still acknowledges what is sent."""
    db = Database(server.fresh(), guard())
    await asyncio.to_thread(db.migrate_now)
    await asyncio.gather(*(db.read(people.count) for _ in range(6)))
    ours = server.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'kiosk'").split()
    hung = [int(pid) for pid in (*ours, (server._data / "postmaster.pid").read_text().splitlines()[0])]
    try:
        for pid in hung:
            os.kill(pid, signal.SIGSTOP)
        asked = [asyncio.create_task(db.read(people.count)) for _ in range(4)]
        for question in asked:
            with pytest.raises(StoreDownError, match="does not answer"):
                async with asyncio.timeout(60):
                    await question
    finally:
        for pid in hung:
            os.kill(pid, signal.SIGCONT)
    assert await db.read(people.count) == 0
    await db.close()


async def test_what_the_address_says_reaches_the_server(server: postgres.Cluster) -> None:
    query = "?application_name=ward%203&options=-c%20work_mem%3D5MB&tcp_user_timeout=7000&keepalives_idle=11"
    url = server.fresh()
    name = url.rpartition("/")[2]
    connector = Connector(where(url + query), "kiosk", {"enable_seqscan": "off"})
    connection = await connector.connect()
    settings = ("application_name", "work_mem", "enable_seqscan")
    assert [await connection.fetchval(f"SHOW {setting}") for setting in settings] == ["ward 3", "5MB", "off"]
    found = connection._transport.get_extra_info("socket")
    assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000
    assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 11
    assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    await connection.close()
    folder = server._folder
    for url in (
        f"postgres:///{name}?host={folder}&port={server.port}&user=kiosk",
        f"postgresql://kiosk@{str(folder).replace('/', '%2F')}:{server.port}/{name}",
        f"postgresql+asyncpg://kiosk@localhost:{server.port}/?dbname={name}&connect_timeout=3",
    ):
        db = Database(url, guard())
        assert await db.read(lambda conn: conn.execute(text("SELECT current_database()")).scalar_one()) == name
        await db.close()


def test_a_password_is_taken_from_address_or_file_and_never_told(server: postgres.Cluster, tmp_path: Path) -> None:
    odd = "p@ss:w/o?r%d"
    server.sql(f"CREATE ROLE nurse LOGIN SUPERUSER PASSWORD '{odd}'")
    rules = server._data / "pg_hba.conf"
    rules.write_text("host all nurse 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    server.sql("SELECT pg_reload_conf()")
    name = server.fresh().rpartition("/")[2]
    place = f"127.0.0.1:{server.port}/{name}"

    def count(url: str) -> int:
        return Database(url, guard()).read_now(lambda conn: int(conn.execute(text("SELECT 1")).scalar_one()))

    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{server.port}:*:nurse:{odd.replace(':', chr(92) + ':')}\n")
    file.chmod(0o600)
    assert count(f"postgresql://nurse:p%40ss%3Aw%2Fo%3Fr%25d@{place}") == 1
    assert count(f"postgresql://nurse@{place}?passfile={file}") == 1
    for url, said in (
        (f"postgresql://nurse:hunter2@{place}", "refuses the password"),
        (f"postgresql://nurse@{place}", "refuses the password"),
        (f"postgresql://nobody:hunter2@{place}", "let this user in"),
        (f"postgresql://kiosk:hunter2@{place}none", "no database of the name"),
        (f"postgresql://kiosk:hunter2@{place}?options=-c%20nonsense%3D1", "options"),
        (f"postgresql://kiosk:hunter2@no.such.host.invalid/{name}", "host name"),
    ):
        with pytest.raises(StoreDownError, match=said) as caught:
            count(url)
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None
    file.chmod(0o644)
    with pytest.raises(StoreDownError, match=r"passfile.*chmod 600"):
        count(f"postgresql://nurse@{place}?passfile={file}")
