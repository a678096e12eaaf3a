"""One service at two addresses: whoever does not answer is left within two seconds, and nothing is lost or doubled."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.cli import doctor_station
from kiosk.client.addresses import FIRST_REST, Addresses
from kiosk.client.api import Api
from kiosk.client.enrol import enrol
from kiosk.client.events import FIRST_WAIT, MAX_WAIT, EventStream, read_events
from kiosk.client.keystore import open_keystore
from kiosk.client.trust import Trust
from kiosk.model.proof import Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.settings import AgentSettings, SettingsError, load, save
from tests.fakes.central import PIN, UID, ServiceProcess, free_port
from tests.fakes.gate import Gate
from tests.fakes.process_table import until

SIGN_INS = """SELECT count(*) FROM audit_row WHERE body LIKE '%"action":"sign_in"%'"""


class Way:
    """A station that reaches its service through a gate first, and directly where that is shut."""

    def __init__(self, service: ServiceProcess, gate: Gate, home: Path, behind: int) -> None:
        self.service, self.gate, self.home = service, gate, home
        self.both = (service.url, f"https://localhost:{behind}")

    def api(self) -> Api:
        settings = load(AgentSettings, self.home / "agent.toml")
        key = open_keystore(settings.keystore, self.home).load()
        return Api(settings.addresses, settings.client_id, key, Trust(self.home / "trust.pem"))

    def opened(self) -> int:
        """Sign-ins that the trail tells of."""
        with contextlib.closing(sqlite3.connect(self.service.data / "kiosk.db")) as store:
            return int(store.execute(SIGN_INS).fetchone()[0])


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    folder, behind = tmp_path_factory.mktemp("hospital"), free_port()
    service = ServiceProcess(folder, behind)
    try:
        service.person("anna", "Anna Berg")
        service.start()
        with Gate(int(service.url.rpartition(":")[2]), behind) as gate:
            enrol(folder / "home", service.url, service.code("shared"))
            made = Way(service, gate, folder / "home", behind)
            settings = load(AgentSettings, made.home / "agent.toml")
            save(replace(settings, service=made.both), made.home / "agent.toml")
            yield made
    finally:
        service.close()


@pytest.fixture
def api(way: Way) -> Iterator[Api]:
    way.gate.open, way.gate.loses = True, False
    way.gate.silent.clear()
    made = way.api()
    made.warm()
    assert made.addresses.now == way.both[0]
    yield made
    made.close()


def sign_in(api: Api) -> str:
    view = api.begin(UidPresented(UID), 1)
    if view.state == "prove":
        view = api.prove_secret(view.id, Method.PIN, Secret(PIN), None)
    assert view.session is not None
    return view.session.id


def test_a_tap_goes_to_the_next_address_where_the_first_is_cut_or_says_nothing(way: Way, api: Api) -> None:
    sign_in(api)
    way.gate.shut()
    sign_in(api)
    assert api.addresses.now == way.both[1]
    way.gate.open = True
    api.addresses.asked(good=True)
    sign_in(api)
    way.gate.silent.set()
    sign_in(api)
    assert api.addresses.now == way.both[1]


def test_a_lost_answer_is_told_by_the_other_address_and_nothing_is_done_twice(way: Way, api: Api) -> None:
    sign_in(api)
    before = way.opened()
    api.station()
    way.gate.loses = True
    session = sign_in(api)
    assert api.addresses.now == way.both[1]
    assert way.opened() == before + 1
    assert api.session(session).state == "open"


def test_the_only_address_is_tried_once_more_where_the_connection_broke(way: Way) -> None:
    settings = load(AgentSettings, way.home / "agent.toml")
    key = open_keystore(settings.keystore, way.home).load()
    way.gate.open = True
    way.gate.silent.clear()
    api = Api(way.both[0], settings.client_id, key, Trust(way.home / "trust.pem"))
    try:
        sign_in(api)
        before = way.opened()
        way.gate.loses = True
        sign_in(api)
        assert way.opened() == before + 1
    finally:
        api.close()


def test_the_event_stream_follows_and_comes_back(way: Way, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    greeted: list[float] = []
    stream = EventStream(
        api, lambda _: None, lambda: None, lambda _: None, lambda fresh: greeted.append(time.monotonic())
    )
    thread = threading.Thread(target=stream.follow)
    thread.start()
    try:
        until("the first greeting", lambda: len(greeted) == 1)
        way.gate.silent.set()
        sign_in(api)
        until("a greeting at the other address", lambda: len(greeted) == 2)
        way.gate.silent.clear()
        way.gate.open = True
        monkeypatch.setattr(api.addresses, "_ask_at", 0.0)
        until("a greeting at the first address", lambda: len(greeted) == 3)
        assert api.addresses.now == way.both[0]
    finally:
        stream.stop()
        thread.join(20)
    assert not thread.is_alive()


def test_a_service_that_stops_says_when_to_come_back(api: Api) -> None:
    stream = EventStream(api, lambda _: None, lambda: None, lambda _: None)
    for said, waits in (("retry: 1500", 1.5), ("retry: 999999999", MAX_WAIT), ("retry: soon", FIRST_WAIT)):
        assert list(read_events(stream._here(iter([said, ""])))) == []
        assert stream._back_in == waits or (waits == FIRST_WAIT and 0 < stream._back_in < 2 * FIRST_WAIT)


def test_doctor_looks_at_each_address(way: Way) -> None:
    way.gate.shut()
    found = doctor_station.checks(way.home, central=False)
    assert [(check.name, check.ok) for check in found if check.name == "service"] == [
        ("service", False),
        ("service", True),
    ]
    assert way.both[0] in next(check.do for check in found if check.name == "service")


def test_one_address_or_several_in_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('service = ["https://a.example", "https://b.example"]\nclient_id = "w1"\n')
    assert load(AgentSettings, path).addresses == ("https://a.example", "https://b.example")
    path.write_text('service = "https://a.example"\nclient_id = "w1"\n')
    assert load(AgentSettings, path).addresses == ("https://a.example",)
    for said in ("[]", "5", '["https://a.example", "http://b"]', '["https://a.example", "https://a.example"]', "[1]"):
        path.write_text(f'service = {said}\nclient_id = "w1"\n')
        with pytest.raises(SettingsError, match="service"):
            load(AgentSettings, path)


def test_an_address_that_failed_rests_longer_each_time_that_it_fails_again() -> None:
    now = [0.0]
    addresses = Addresses(("https://a/", "https://b"), lambda: now[0])
    moved: list[str] = []
    addresses.on_moved = lambda: moved.append(addresses.now)
    addresses.failed("https://a")
    addresses.failed("https://a")  # another thread had asked there, too
    assert (addresses.now, moved, addresses.due()) == ("https://b", ["https://b"], None)
    now[0] = FIRST_REST
    assert addresses.due() == "https://a"
    addresses.asked(good=False)
    assert addresses.due() is None
    now[0] += 2 * FIRST_REST
    assert addresses.due() == "https://a"
    addresses.asked(good=True)
    assert (addresses.now, addresses.due()) == ("https://a", None)
    addresses.failed("https://a")
    addresses.failed("https://b")
    assert addresses.now == "https://a", "after the last comes the first"
