"""What attacks have in common: either database, empty, or with a service in this process on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import free_port
from kiosk.service.store.database import Database
from tests.fakes.archived import OldTrail
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.hospitals import either, in_memory, service
from tests.fakes.keylogged_station import Overheard
from tests.fakes.offices import office, provider
from tests.fakes.postgres import Cluster
from tests.fakes.stores import database as database_file
from tests.fakes.stores import database_url, empty_store, migrated_file, sqlite

__all__ = [
    "database_file",
    "database_url",
    "either",
    "in_memory",
    "migrated_file",
    "office",
    "provider",
    "service",
    "sqlite",
]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A new database's URL, with its tables; empty for SQLite in the data folder."""
    if request.param == "sqlite":
        yield ""
        return
    cluster: Cluster = request.getfixturevalue("hospital_cluster")
    url = empty_store(cluster)
    yield url
    cluster.drop(url)


@pytest.fixture(scope="module")
def ward(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """A hospital for the attacks at a station's screen."""
    hospital = Ward(tmp_path_factory.mktemp("hospital"), cards=one_card_service)
    try:
        hospital.start()
        yield hospital
    finally:
        hospital.stop()


@pytest.fixture(scope="module")
def ada(ward: Ward) -> Colleague:
    """They work at the station, and one of their programs is hostile."""
    return ward.hire("Ada Byron", key=True)


@pytest.fixture(scope="module")
def ben(ward: Ward) -> Colleague:
    return ward.hire("Ben Macdui", "physician")


@pytest.fixture(scope="module")
def overheard(ward: Ward, ada: Colleague, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Overheard]]:
    """A station under each stage. They end with their file: idle, they would cost every test that comes after."""
    key = str(tmp_path_factory.mktemp("application") / "key.jwk")
    ward.admin("app", "add", "records", "--audience", "urn:records", "--new-key", key)
    ward.admin("app", "origin", "add", "records", "--origin", Overheard.ORIGIN, "--action", "record.export")
    found = {}
    for slot, kind in enumerate(("nested", "single")):
        door = free_port()
        settings = "" if kind == "nested" else f"doorbell_port = {door}"
        station = Overheard(
            ward, tmp_path_factory.mktemp(kind), kind, slot, nested=kind == "nested", settings=settings, doorbell=door
        )
        station.welcome(ada)
        station.start()
        found[kind] = station
    yield found
    for station in found.values():
        station.close()


@pytest.fixture(params=["nested", "single"])
def station(overheard: dict[str, Overheard], request: pytest.FixtureRequest) -> Overheard:
    """Locked, and at rest."""
    found = overheard[request.param]
    found.rest()
    return found


@pytest.fixture
def old(database_file: Database, tmp_path: Path) -> OldTrail:
    return OldTrail(database_file, tmp_path)
