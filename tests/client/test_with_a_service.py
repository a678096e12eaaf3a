"""The client against a real service process over real TLS."""

from __future__ import annotations

import json
import queue
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from kiosk.agent.link import Link
from kiosk.cli import doctor_station
from kiosk.client.api import Api
from kiosk.client.enrol import enrol
from kiosk.client.errors import (
    ClientError,
    EnrolCodeRefusedError,
    NotEnrolledError,
    ServiceProblemError,
    ServiceUnreachableError,
    StationRevokedError,
    UntrustedServiceError,
    WrongServiceError,
)
from kiosk.client.events import EventStream
from kiosk.client.keystore import open_keystore
from kiosk.client.trust import Trust
from kiosk.model import binding, enrolment_code
from kiosk.model.people import StationView
from kiosk.model.proof import ACR_PIN, Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.model.wire import Report, StationEvent
from kiosk.settings import AgentSettings, load
from tests.fakes.central import PIN, UID, ServiceProcess
from tests.fakes.certificates import authority
from tests.fakes.process_table import until


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    process = ServiceProcess(tmp_path_factory.mktemp("hospital"))
    process.person("anna", "Anna Berg")
    process.start()
    yield process
    process.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def opened(home: Path, clock_off: float = 0.0) -> Api:
    settings = load(AgentSettings, home / "agent.toml")
    key = open_keystore(settings.keystore, home).load()
    trust = Trust(home / "trust.pem")
    return Api(settings.service, settings.client_id, key, trust, lambda: time.time() + clock_off)


@pytest.fixture(scope="module")
def enrolled(service: ServiceProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("station") / "home"
    enrol(home, service.url, service.code("shared"))
    return home


@pytest.fixture
def api(enrolled: Path) -> Iterator[Api]:
    made = opened(enrolled)
    yield made
    made.close()


def test_an_enrolled_workstation_learns_its_rules(api: Api, service: ServiceProcess) -> None:
    station = api.station()
    assert (station.place, station.origin) == ("Ward 3", service.url)


def test_a_tap_and_a_pin_open_a_session_and_the_pin_is_wiped(api: Api) -> None:
    view = api.begin(UidPresented(UID), 1)
    assert view.state == "prove"
    typed = Secret(PIN)
    done = api.prove_secret(view.id, Method.PIN, typed, None)
    assert done.session is not None
    assert (done.session.person.login, done.session.assurance.acr) == ("anna", ACR_PIN)
    assert not typed


def test_reports_are_taken_and_the_same_twice_is_no_error(api: Api) -> None:
    report = Report("0f8fad5b-d9cb-469f-a165-70867728950e", "agent_start", int(time.time()))
    api.report((report,))
    api.report((report,))


def test_a_code_is_sent_to_its_own_service_alone_and_once(service: ServiceProcess, home: Path, tmp_path: Path) -> None:
    code = service.code("pinned")
    secret, _ = enrolment_code.parse(code)
    false = enrolment_code.make(binding.unb64u(secret), b"\0" * 32)
    with pytest.raises(WrongServiceError, match="was not sent"):
        enrol(home, service.url, false)
    assert not home.exists()
    enrol(tmp_path / "first", service.url, code)  # so the service has not seen it before
    with pytest.raises(ServiceProblemError) as caught:
        enrol(home, service.url, code)
    assert caught.value.code == "bad_code"
    assert [p.name for p in home.rglob("*") if p.is_file()] == []


def test_a_mistyped_code_is_found_before_anybody_is_asked(home: Path) -> None:
    with pytest.raises(EnrolCodeRefusedError):
        enrol(home, "https://localhost:1", "B02FT-15D0H")


def test_an_enrolled_folder_is_not_enrolled_again(service: ServiceProcess, enrolled: Path) -> None:
    before = (enrolled / "keys" / "workstation.pem").read_bytes()
    with pytest.raises(NotEnrolledError):
        enrol(enrolled, service.url, enrolment_code.make(b"\0" * 10, b"\0" * 32))
    assert (enrolled / "keys" / "workstation.pem").read_bytes() == before


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "https://", "localhost", "https://u@h", "https://h:x", "https://h/p"]
)
def test_an_address_that_is_none_is_refused(home: Path, url: str) -> None:
    code = enrolment_code.make(b"\0" * 10, b"\0" * 32)
    with pytest.raises(ClientError, match="https://host:port"):
        enrol(home, url, code)


def test_a_service_with_another_certificate_authority_is_not_spoken_to(enrolled: Path, home: Path) -> None:
    shutil.copytree(enrolled, home)
    (home / "trust.pem").write_text(authority("Somebody else"))
    stranger = opened(home)
    with pytest.raises(UntrustedServiceError, match="does not trust"):
        stranger.station()
    stranger.close()
    check = doctor_station.checks(home, central=False)[1]
    assert check.name == "service"
    assert not check.ok
    assert "enrol this workstation again" in check.do, "whom a renewed CA has left behind is not sent to the network"


def test_an_old_nonce_costs_one_more_request_and_no_error(api: Api) -> None:
    api.station()
    api._transport.exchange.nonce = "stale"
    assert api.station().place == "Ward 3"


@pytest.mark.parametrize("off", [-7200.0, 7200.0])
def test_a_workstation_whose_clock_is_hours_off_still_proves_itself(enrolled: Path, off: float) -> None:
    wrong = opened(enrolled, clock_off=off)
    told: list[float] = []
    wrong.on_clock(told.append)
    assert wrong.station().place == "Ward 3"
    assert abs(told[-1] + off) < 60, "what the lock screen says of it"
    wrong.close()


def test_a_forgotten_access_token_is_fetched_anew(api: Api) -> None:
    api.station()
    api._transport._token._token = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"
    assert api.station().place == "Ward 3"


def test_a_revoked_workstation_is_told_so_and_its_stream_ends(service: ServiceProcess, home: Path) -> None:
    enrol(home, service.url, service.code("stolen"))
    api = opened(home)
    told = Listener(api)
    assert isinstance(told.next(), StationView)
    service.admin("workstation", "revoke", "stolen")
    event = told.next()
    assert isinstance(event, StationEvent)
    assert event.kind == "revoked"
    told.stop()
    with pytest.raises(StationRevokedError):
        api.begin(UidPresented(UID), 1)
    api.close()


def listed(service: ServiceProcess) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads(service.admin("workstation", "list", "--json"))}


def test_the_list_shows_what_a_station_says_of_itself_and_when_it_was_there(
    service: ServiceProcess, home: Path
) -> None:
    enrol(home, service.url, service.code("talks"))
    before = listed(service)["talks"]
    assert (before["last_contact"], before["version"], before["ca"]) == (None, None, None)
    link = Link(home, load(AgentSettings, home / "agent.toml"), lambda event: None)
    link.start()
    link.say_doors(("local", "web 7421 taken"))
    until("its doors to be told", lambda: listed(service)["talks"]["doorbell"] == "local, web 7421 taken", 60)
    link.stop()
    after = listed(service)["talks"]
    assert (after["version"], after["ca"], after["stage"]) == (version("kiosk"), "present", "single")
    assert after["last_contact"] is not None


def test_a_station_is_renamed_and_moved_and_hears_of_it_and_is_set_up_anew(
    service: ServiceProcess, home: Path, tmp_path: Path
) -> None:
    enrol(home, service.url, service.code("first"))
    old = opened(home)
    told = Listener(old)
    assert isinstance(told.next(), StationView)
    service.admin("workstation", "rename", "first", "second")
    assert told.until(lambda said: isinstance(said, StationView) and said.name == "second")
    service.admin("workstation", "move", "second", "Ward 9")
    assert told.until(lambda said: isinstance(said, StationView) and said.place == "Ward 9")

    code = service.admin("workstation", "reinstall", "second").splitlines()[-1]
    assert old.station().name == "second", "it works on until the new machine enrols"
    assert "waits to be set up anew" in listed(service)["second"]["state"]
    anew = tmp_path / "anew"
    out = enrol(anew, service.url, code)
    assert (out.station.name, out.station.place) == ("second", "Ward 9")
    new = opened(anew)
    assert new.station().name == "second"
    told.until(lambda said: isinstance(said, StationEvent) and said.kind == "revoked")
    told.stop()
    with pytest.raises(StationRevokedError):
        old.begin(UidPresented(UID), 1)
    assert new.begin(UidPresented(UID), 1)
    with pytest.raises(ServiceProblemError):
        enrol(tmp_path / "third", service.url, code)
    assert service.verified()
    old.close()
    new.close()


def test_a_service_that_dies_and_comes_back_is_noticed_both_times(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path)
    service.start()
    enrol(tmp_path / "home", service.url, service.code("w"))
    api = opened(tmp_path / "home")
    told = Listener(api)
    assert isinstance(told.next(), StationView)
    service.stop(9)
    assert told.next() == "offline"
    with pytest.raises(ServiceUnreachableError):
        api.begin(UidPresented(UID), 1)
    service.start()
    assert isinstance(told.next(), StationView)
    told.stop()
    api.close()
    service.close()


class Listener:
    """An event stream on a thread, and what it says."""

    def __init__(self, api: Api) -> None:
        self._said: queue.Queue[StationView | StationEvent | str] = queue.Queue()
        self._stream = EventStream(api, self._said.put, lambda: self._said.put("offline"), self._said.put)
        self._thread = threading.Thread(target=self._stream.follow)
        self._thread.start()

    def next(self) -> StationView | StationEvent | str:
        return self._said.get(timeout=30)

    def until(self, right: Callable[[StationView | StationEvent | str], bool]) -> bool:
        """Whether something like that comes; what comes before is passed over."""
        while not right(self.next()):
            pass
        return True

    def stop(self) -> None:
        self._stream.stop()
        self._thread.join(10)
        assert not self._thread.is_alive()


def test_requests_that_overtake_each_other_are_signed_anew(enrolled: Path, service: ServiceProcess) -> None:
    """Two runs of one workstation at once: each counts by itself, and the service takes only what rises."""
    one, two = opened(enrolled), opened(enrolled)
    try:
        for turn in range(6):
            (one, two)[turn % 2].report((Report(str(uuid.uuid4()), "agent_start", int(time.time())),))
    finally:
        one.close()
        two.close()
    assert "The trail holds" in service.verified()
