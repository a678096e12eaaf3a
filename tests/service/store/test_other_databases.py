"""An address that leads to a database which is not the service's, or to no database: it is said what it is."""

from __future__ import annotations

import secrets
import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from kiosk.cli import doctor_central
from kiosk.service.folder import ServiceFolder
from kiosk.service.store import people
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreDownError
from tests.fakes import postgres
from tests.fakes.stores import guard


def refused(url: str) -> str:
    with pytest.raises(StoreDownError) as caught:
        Database(url, guard()).migrate_now()
    return str(caught.value)


@pytest.mark.postgres
def test_a_database_with_another_programs_tables_is_refused_as_such(hospital_cluster: postgres.Cluster) -> None:
    url = hospital_cluster.fresh()
    hospital_cluster.sql("CREATE TABLE person (a int)", url.rpartition("/")[2])
    assert "has tables of another program" in refused(url)


@pytest.mark.postgres
def test_a_user_without_the_right_to_make_tables_is_told_so(hospital_cluster: postgres.Cluster) -> None:
    url, user = hospital_cluster.fresh(), f"u{secrets.token_hex(4)}"
    hospital_cluster.sql(f"CREATE ROLE {user} LOGIN")
    sentence = refused(url.replace("kiosk@", f"{user}@"))
    assert "Make that user its owner" in sentence
    assert "does not answer" not in sentence


@pytest.mark.postgres
def test_an_encoding_that_has_not_every_name_is_refused_before_a_name_is_lost(
    hospital_cluster: postgres.Cluster,
) -> None:
    name = f"k{secrets.token_hex(6)}"
    hospital_cluster.sql(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    assert "encoding is LATIN1" in refused(hospital_cluster.url(name))


@pytest.mark.postgres
def test_doctor_warns_of_an_older_database_in_such_an_encoding(hospital_cluster: postgres.Cluster) -> None:
    name = f"k{secrets.token_hex(6)}"
    hospital_cluster.sql(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    hospital_cluster.sql("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)", name)
    url = hospital_cluster.url(name)
    Database(url, guard()).migrate_now()
    folder = cast(ServiceFolder, SimpleNamespace(database=lambda: Database(url, guard())))
    check = doctor_central._database(folder)
    assert not check.ok
    assert "encoding is LATIN1" in check.detail
    assert "createdb --encoding=UTF8" in check.do


@pytest.mark.postgres
def test_a_database_that_takes_no_connections_is_not_called_silent(hospital_cluster: postgres.Cluster) -> None:
    url = hospital_cluster.fresh()
    hospital_cluster.sql(f"ALTER DATABASE {url.rpartition('/')[2]} ALLOW_CONNECTIONS false")
    assert "takes no connections" in refused(url)


@pytest.mark.parametrize("mode", ["", "?sslmode=disable", "?sslmode=require"])
@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"J\0\0\0\x0a8.0.36\0"]
)
def test_what_is_no_postgresql_is_called_that(reply: bytes, mode: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(64)
                connection.sendall(reply)

        other = threading.Thread(target=answer)
        other.start()
        with pytest.raises(StoreDownError, match="no PostgreSQL"):
            Database(f"postgresql://kiosk@127.0.0.1:{server.getsockname()[1]}/x{mode}", guard()).read_now(
                people.everybody
            )
        other.join(30)


def test_an_sqlite_file_in_a_folder_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    assert "See that its folder is there" in refused(f"sqlite:///{tmp_path}/none/kiosk.db")
