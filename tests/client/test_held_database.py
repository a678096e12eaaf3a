"""SQLite that somebody else holds, by a copy or a tool left open: each workstation hears the service's own reason."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.client.api import Api
from kiosk.client.enrol import enrol
from kiosk.client.errors import ClientError, ServiceProblemError
from kiosk.client.keystore import open_keystore
from kiosk.client.trust import Trust
from kiosk.model.proof import UidPresented
from kiosk.settings import AgentSettings, load
from tests.fakes.central import UID, ServiceProcess

LINES = 3


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    process = ServiceProcess(tmp_path)
    try:
        process.start()
        enrol(tmp_path / "home", process.url, process.code("ward-3"))
        yield tmp_path / "home"
    finally:
        process.close()


def opened(home: Path) -> Api:
    settings = load(AgentSettings, home / "agent.toml")
    key = open_keystore(settings.keystore, home).load()
    return Api(settings.service, settings.client_id, key, Trust(home / "trust.pem"))


def tap(api: Api) -> str:
    """What somebody at a workstation hears of an unknown badge."""
    try:
        return api.begin(UidPresented(UID), 1).state
    except ServiceProblemError as problem:
        return problem.code
    except ClientError as error:
        return type(error).__name__


def test_everybody_hears_that_the_database_is_busy_and_nobody_that_the_network_is_gone(home: Path) -> None:
    """Over an open connection and over new ones, at the same moment, for as long as it is held."""
    apis = [opened(home) for _ in range(LINES)]
    apis[0].station()
    holder = sqlite3.connect(home.parent / "service" / "kiosk.db", isolation_level=None, timeout=30)
    holder.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(LINES) as pool:
        for _ in range(2):
            assert set(pool.map(tap, apis)) == {"store_busy"}
    holder.execute("COMMIT")
    assert tap(apis[0]) == "refused"
    holder.close()
    for api in apis:
        api.close()


@pytest.mark.parametrize("first", [False, True], ids=["later", "first-token"])
def test_a_station_asks_again_by_itself_and_nobody_hears_of_a_short_wait(home: Path, first: bool) -> None:
    api = opened(home)
    if not first:
        api.station()
    holder = sqlite3.connect(
        home.parent / "service" / "kiosk.db", isolation_level=None, timeout=30, check_same_thread=False
    )
    holder.execute("BEGIN IMMEDIATE")
    letting_go = threading.Timer(1.5, holder.execute, ("COMMIT",))
    letting_go.start()
    try:
        assert tap(api) == "refused"
    finally:
        letting_go.join()
        holder.close()
        api.close()
